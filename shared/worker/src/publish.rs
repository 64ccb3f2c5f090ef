//! Publishing outcomes: each kind of copy on a channel of its own, and each with a time limit.
//!
//! Who waits? A reply that fails concerns its sender ([`replies`]), a declined broadcast an
//! observer, a dead letter that cannot be published an operator. No other event waits for any of
//! them longer than the contract says: 2 s for a reply, 5 s for the others. Then the copy is
//! counted and given up, and the event is acknowledged. If a connection is lost or blocked
//! ([`link`]), all wait. Nothing waits for the one on which doubtful copies are published apart, once
//! it has been refused for 10 s while the others are open.

mod copies;
mod lane;
mod link;
mod nodes;
mod once_more;
mod own_node;
mod replies;
mod tolerance;

use std::sync::Arc;
use std::time::{Duration, Instant};

use lapin::types::ShortString;
use twofactor_contract::Service;

use self::copies::{Copy, broadcast, dead_letter, reply};
use self::lane::{End, Lane};
use self::link::Link;
use self::once_more::OnceMore;
use self::replies::{Replies, ReplyCopy};
use self::tolerance::Tolerance;
use crate::broker::BrokerNodes;
use crate::health::{Part, Status};
use crate::outgoing::Outgoing;
use crate::topology::dead_queue;

/// Maximum time for a broadcast or a dead letter, by the contract.
const LIMIT: Duration = Duration::from_secs(5);
/// The same, for a while after one was not confirmed.
const IN_TROUBLE: Duration = Duration::from_secs(1);
/// Maximum time for one that is published alone.
const ALONE: Duration = Duration::from_secs(1);

/// Copies of a batch that were given up.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// Count of replies that did not reach their queue.
    pub replies: usize,
    /// Count of broadcasts that an observer's queue declined, or that were not confirmed.
    pub broadcasts: usize,
    /// Positions in the batch of the messages whose dead letter could not be published.
    pub dead_letters: Vec<usize>,
}

/// Publishes outcomes.
pub struct Publisher {
    replies: Replies,
    broadcasts: Ours,
    dead_letters: Ours,
    seals: Ours,
    dead_queue: ShortString,
    links: [Arc<Link>; 3],
}

/// Publishes one kind of copy to our own exchange or queues.
struct Ours {
    together: Lane,
    apart: Lane,
    tolerance: Tolerance,
    once_more: OnceMore,
    /// Result after which a copy is tried a second time.
    again: End,
}

impl Publisher {
    /// Makes a publisher with connections of its own, which reports their state to `status`.
    pub fn new(service: Service, broker: &Arc<BrokerNodes>, status: &Arc<Status>) -> Self {
        let link = |part| Link::new(broker.clone(), part, status.clone());
        let [replies, outcomes, apart] = [Part::Replies, Part::Outcomes, Part::Apart].map(link);
        let ours = |again| Ours {
            together: Lane::declaring(outcomes.clone()),
            apart: Lane::declaring(apart.clone()).beside(outcomes.clone()),
            tolerance: Tolerance::new(LIMIT, IN_TROUBLE),
            once_more: OnceMore::new(),
            again,
        };
        Self {
            replies: Replies::new(replies.clone(), apart.clone()),
            broadcasts: ours(End::Declined),
            dead_letters: ours(End::Returned),
            seals: ours(End::Declined),
            dead_queue: dead_queue(service),
            links: [replies, outcomes, apart],
        }
    }

    /// Keeps the connections open, for the life of the process.
    pub fn keep_connected(&self) {
        for link in &self.links {
            tokio::spawn(link.clone().keep_open());
        }
    }

    /// Waits until everything can be published.
    pub async fn until_possible(&self) {
        self.replies.until_possible().await;
        self.broadcasts.together.until_open().await;
        self.dead_letters.together.until_open().await;
    }

    /// Publishes every copy of every outcome; each is confirmed or given up when it returns.
    pub async fn publish(&self, outgoing: &[&Outgoing]) -> GivenUp {
        let replies = outgoing.iter().filter_map(|one| {
            let to = one.reply.as_ref()?;
            Some(ReplyCopy {
                copy: reply(one, to),
                to: &to.queue,
            })
        });
        let replies = self.replies.publish(replies.collect());
        let broadcasts: Vec<Copy<'_>> = outgoing.iter().copied().map(broadcast).collect();
        let broadcasts = self.broadcasts.publish(&broadcasts);
        let letters = outgoing.iter().enumerate().filter_map(|(at, one)| {
            let dead = one.dead.as_ref()?;
            Some((at, dead_letter(one, dead, self.dead_queue.as_str())))
        });
        let (places, letters): (Vec<usize>, Vec<Copy<'_>>) = letters.unzip();
        let letters = self.dead_letters.publish(&letters);
        let (replies, broadcasts, letters) = futures::join!(replies, broadcasts, letters);
        let is_lost = |end: &End| *end != End::Confirmed;
        let lost = places
            .into_iter()
            .zip(letters)
            .filter(|(_, end)| is_lost(end));
        GivenUp {
            replies,
            broadcasts: broadcasts.iter().filter(|end| is_lost(end)).count(),
            dead_letters: lost.map(|(at, _)| at).collect(),
        }
    }

    /// Broadcasts seals of the trail, and returns the count of those that were given up.
    pub async fn publish_seals(&self, seals: &[Outgoing]) -> usize {
        let copies: Vec<Copy<'_>> = seals.iter().map(broadcast).collect();
        let ends = self.seals.publish(&copies).await;
        ends.iter().filter(|end| **end != End::Confirmed).count()
    }

    /// Closes the connections of a process that ends.
    pub async fn close(&self) {
        futures::future::join_all(self.links.iter().map(|link| link.close())).await;
    }
}

impl Ours {
    async fn publish(&self, copies: &[Copy<'_>]) -> Vec<End> {
        let limit = self.tolerance.limit(Instant::now());
        let mut ends = self.together.together(copies, limit).await;
        if ends.contains(&self.again) {
            if self.again == End::Returned {
                // The queue is gone: a new channel declares it.
                self.together.renew().await;
            }
            self.once_more
                .try_again(&self.together, copies, &mut ends, self.again)
                .await;
        }
        if ends.iter().any(|end| end.is_unclear()) {
            // The time to connect does not count.
            self.apart.until_open().await;
        }
        let begun = Instant::now();
        for (copy, end) in copies.iter().zip(&mut ends) {
            if end.is_unclear() && begun.elapsed() < LIMIT {
                *end = self.apart.alone(copy, ALONE).await;
            }
        }
        let places = 0..ends.len();
        let left: Vec<usize> = places.filter(|at| ends[*at] == End::NoConnection).collect();
        if !left.is_empty() {
            self.together.again(copies, &left, ALONE, &mut ends).await;
        }
        if ends.contains(&End::Silent) {
            self.tolerance.was_exhausted(Instant::now());
        }
        ends
    }
}
