//! Replies: to queues of the CRM, and to direct reply-to addresses.
//!
//! A reply that fails concerns its sender alone, and no other event waits for it: a reply that its
//! queue declines, that is returned, that is not confirmed, or that makes the broker close a
//! channel or a connection is given up within 2 s. So is one that could only be tried on a connection
//! that is refused, once that is known (10 s). Its outcome is kept; the sender gets it by sending the
//! same event again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use twofactor_contract::ReplyTo;

use super::copies::Copy;
use super::lane::{End, Lane};
use super::link::Link;
use super::nodes::{Known, Nodes};
use super::once_more::OnceMore;
use super::tolerance::Tolerance;

/// Maximum time for a reply, by the contract.
const LIMIT: Duration = Duration::from_secs(2);
/// Maximum time for a reply that is published alone.
const ALONE: Duration = Duration::from_secs(1);

/// Reply to publish.
pub struct ReplyCopy<'a> {
    /// Message.
    pub copy: Copy<'a>,
    /// Queue or direct address of the reply.
    pub to: &'a ReplyTo,
}

/// Publishes replies.
pub struct Replies {
    /// Channel on which replies are published together.
    together: Lane,
    /// Channel on which one is published alone, on a connection that no other copy depends on.
    apart: Lane,
    /// Held while a reply is on trial.
    trial: Mutex<()>,
    nodes: Arc<Nodes>,
    tolerance: Tolerance,
    once_more: OnceMore,
}

impl Replies {
    /// Makes it publish on `together`, and on `apart` the replies that could close a connection.
    pub fn new(together: Arc<Link>, apart: Arc<Link>) -> Self {
        let nodes = Arc::new(Nodes::default());
        Self {
            together: Lane::learning(together.clone(), nodes.clone()),
            apart: Lane::new(apart).beside(together),
            trial: Mutex::new(()),
            nodes,
            tolerance: Tolerance::new(LIMIT, Duration::from_millis(500)),
            once_more: OnceMore::new(),
        }
    }

    /// Waits until replies can be published.
    pub async fn until_possible(&self) {
        self.together.until_open().await;
    }

    /// Publishes replies, and returns the count of those that were given up.
    pub async fn publish(&self, replies: Vec<ReplyCopy<'_>>) -> usize {
        let begun = Instant::now();
        let mut safe = Vec::new();
        let mut unknown = Vec::new();
        let mut given_up = 0;
        for reply in replies {
            match reply.to.node() {
                None => safe.push(reply),
                Some(node) => match self.nodes.known(&node, begun) {
                    Known::Reached => safe.push(reply),
                    Known::Avoided => given_up += 1,
                    Known::Nothing => unknown.push(reply),
                },
            }
        }
        let (of_safe, of_unknown) =
            futures::join!(self.publish_together(safe), self.publish_apart(unknown));
        given_up + of_safe + of_unknown
    }

    async fn publish_together(&self, replies: Vec<ReplyCopy<'_>>) -> usize {
        let (given_up, unclear) = self.settle(replies).await;
        given_up + self.publish_apart(unclear).await
    }

    /// Publishes replies together; returns the count of those that were given up, and the replies
    /// of which one closed a channel or connection.
    async fn settle<'a>(&self, replies: Vec<ReplyCopy<'a>>) -> (usize, Vec<ReplyCopy<'a>>) {
        let apart = |reply: ReplyCopy<'a>| (reply.copy, reply.to);
        let (copies, to): (Vec<Copy<'a>>, Vec<&ReplyTo>) = replies.into_iter().map(apart).unzip();
        let limit = self.tolerance.limit(Instant::now());
        let mut ends = self.together.together(&copies, limit).await;
        self.once_more
            .try_again(&self.together, &copies, &mut ends, End::Declined)
            .await;
        if ends.contains(&End::Silent) {
            self.tolerance.was_exhausted(Instant::now());
        }
        let mut given_up = 0;
        let mut unclear = Vec::new();
        for ((copy, to), end) in copies.into_iter().zip(to).zip(ends) {
            if end.is_unclear() {
                if let Some(node) = to.node() {
                    self.nodes.forget(&node);
                }
                unclear.push(ReplyCopy { copy, to });
            } else {
                given_up += usize::from(end != End::Confirmed);
            }
        }
        (given_up, unclear)
    }

    /// Publishes one after the other, queues first, since no name of a queue closes a connection.
    /// Once one has reached a node, the others to that node are published together.
    async fn publish_apart(&self, mut replies: Vec<ReplyCopy<'_>>) -> usize {
        if replies.is_empty() {
            return 0;
        }
        // The time to connect does not count.
        if !self.apart.until_open().await {
            return replies.len();
        }
        let begun = Instant::now();
        replies.sort_by_key(|reply| reply.to.is_direct());
        let mut given_up = 0;
        let mut reached = Vec::new();
        for reply in replies {
            let node = reply.to.node();
            let known = || match &node {
                Some(node) => self.nodes.known(node, Instant::now()),
                None => Known::Nothing,
            };
            // Another batch may have tried the same node meanwhile.
            let trial = self.apart.within(ALONE, self.trial.lock()).await;
            let has_time = begun.elapsed() < LIMIT || self.apart.is_unusable();
            match known() {
                Known::Reached => reached.push(reply),
                Known::Nothing if trial.is_some() && has_time => {
                    let end = self.apart.alone(&reply.copy, ALONE).await;
                    given_up += usize::from(end != End::Confirmed);
                    self.learn(node, end);
                }
                Known::Avoided | Known::Nothing => given_up += 1,
            }
        }
        if reached.is_empty() {
            return given_up;
        }
        let (more, unclear) = self.settle(reached).await;
        given_up + more + unclear.len()
    }

    /// Remembers the result of a reply to a node.
    fn learn(&self, node: Option<Vec<u8>>, end: End) {
        match (node, end) {
            (Some(node), End::Confirmed) => self.nodes.was_reached(node),
            (Some(node), End::ConnectionLost) => {
                tracing::warn!(
                    "a reply made the broker close its connection: it names a node that the \
                     broker does not know; replies there are given up for a minute"
                );
                self.nodes.broke(node, Instant::now());
            }
            (Some(_) | None, _) => {}
        }
    }
}
