//! Publishing what was decided: each kind of copy on a channel of its own, each with an end.
//!
//! Whose trouble is it, and who else waits? A reply is its sender's ([`replies`]), a broadcast that
//! is declined is an observer's, a dead letter that cannot be laid down is an operator's. None of
//! them is an event's, and no other event waits for them longer than the contract says: 2 s for a
//! reply, 5 s for the others. Then it is counted and given up, and the event is acknowledged. A
//! connection that is away or blocked is the broker's trouble ([`link`]): then everybody waits.

mod copies;
mod lane;
mod link;
mod nodes;
mod once_more;
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

/// For a broadcast or a dead letter, by the contract.
const LIMIT: Duration = Duration::from_secs(5);
/// For those while one was not confirmed a moment ago.
const IN_TROUBLE: Duration = Duration::from_secs(1);
/// For one that is published alone.
const ALONE: Duration = Duration::from_secs(1);

/// What could not be published of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// Replies that did not reach their queue.
    pub replies: usize,
    /// Broadcasts that an observer's queue declined, or that were not confirmed.
    pub broadcasts: usize,
    /// The places in the batch of those whose dead letter could not be laid down.
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

/// Copies to our own exchange or queues.
struct Ours {
    together: Lane,
    apart: Lane,
    tolerance: Tolerance,
    once_more: OnceMore,
    /// Why a copy is tried a second time.
    again: End,
}

impl Publisher {
    /// Publishes by connections of its own, and tells how they are.
    pub fn new(service: Service, broker: &Arc<BrokerNodes>, status: &Arc<Status>) -> Self {
        let link = |part| Link::new(broker.clone(), part, status.clone());
        let [replies, outcomes, apart] = [Part::Replies, Part::Outcomes, Part::Apart].map(link);
        let ours = |again| Ours {
            together: Lane::declaring(outcomes.clone()),
            apart: Lane::declaring(apart.clone()),
            tolerance: Tolerance::new(LIMIT, IN_TROUBLE),
            once_more: OnceMore::new(),
            again,
        };
        Self {
            replies: Replies::new(Lane::new(replies.clone()), Lane::new(apart.clone())),
            broadcasts: ours(End::Declined),
            dead_letters: ours(End::CameBack),
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
    pub async fn is_possible(&self) {
        self.replies.are_possible().await;
        self.broadcasts.together.is_open().await;
        self.dead_letters.together.is_open().await;
    }

    /// Publishes every copy of every outcome; each is confirmed or given up when it returns.
    pub async fn publish(&self, outgoing: &[Outgoing]) -> GivenUp {
        let replies = outgoing.iter().filter_map(|one| {
            let to = one.reply.as_ref()?;
            let copy = reply(one, to)?;
            Some(ReplyCopy {
                copy,
                to: &to.queue,
            })
        });
        let replies = self.replies.publish(replies.collect());
        let broadcasts: Vec<Copy<'_>> = outgoing.iter().map(broadcast).collect();
        let broadcasts = self.broadcasts.publish(&broadcasts);
        let letters = outgoing.iter().enumerate().filter_map(|(at, one)| {
            let dead = one.dead.as_ref()?;
            Some((at, dead_letter(one, dead, &self.dead_queue)))
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

    /// Broadcasts seals of the trail, and returns how many were given up.
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
            if self.again == End::CameBack {
                // The queue is gone: a new channel declares it.
                self.together.renew().await;
            }
            self.once_more
                .try_again(&self.together, copies, &mut ends, self.again)
                .await;
        }
        let begun = Instant::now();
        for (copy, end) in copies.iter().zip(&mut ends) {
            if end.is_unclear() && begun.elapsed() < LIMIT {
                *end = self.apart.alone(copy, ALONE).await;
            }
        }
        if ends.contains(&End::Silent) {
            self.tolerance.was_exhausted(Instant::now());
        }
        ends
    }
}
