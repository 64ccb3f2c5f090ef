//! What was decided leaves: published, confirmed, acknowledged, while the next batch is decided.
//!
//! A delivery is acknowledged once every copy of its outcome is confirmed or given up. Whose trouble
//! is it? A copy that is given up is its reader's, and it is counted here. A batch that waits for
//! one holds up its own acknowledgements and nothing else: as many batches are on their way as the
//! prefetch allows. What a lost connection takes with it comes back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use tokio::sync::Semaphore;

use crate::broker::describe;
use crate::consumer_connection::ConsumerConnection;
use crate::failpoint::{Failpoint, Fault, reach};
use crate::in_hand::Held;
use crate::metrics::Metrics;
use crate::outgoing::Outgoing;
use crate::publish::{GivenUp, Publisher};
use crate::spans::Spans;
use crate::trace::{Stopwatch, Trace, Work};

/// Why an event was not acknowledged, as its span says.
const CONNECTION_LOST: &str = "connection_lost";
/// Batches on their way to the broker at once, at most: more than any prefetch holds.
const BATCHES: u32 = u16::MAX as u32;

/// An outcome, and the delivery that it completes.
pub struct Finished {
    /// Where it was delivered.
    pub connection: Arc<ConsumerConnection>,
    /// Its delivery tag.
    pub tag: u64,
    /// When it was delivered.
    pub at: Instant,
    /// Ends when it is acknowledged or comes back.
    pub held: Held,
    /// What is published of it.
    pub outgoing: Outgoing,
    /// What happened to it, where somebody wants to know.
    pub trace: Option<Box<Trace>>,
}

/// Publishes and acknowledges.
#[derive(Clone)]
pub struct Outbox {
    publisher: Arc<Publisher>,
    permits: Arc<Semaphore>,
    metrics: Metrics,
    spans: Spans,
    fault: Option<Fault>,
}

impl Outbox {
    /// An outbox with nothing in it.
    pub fn new(
        publisher: Arc<Publisher>,
        metrics: Metrics,
        spans: Spans,
        fault: Option<Fault>,
    ) -> Self {
        Self {
            publisher,
            permits: Arc::new(Semaphore::new(BATCHES as usize)),
            metrics,
            spans,
            fault,
        }
    }

    /// Whether deliveries have traces.
    pub const fn is_traced(&self) -> bool {
        self.spans.are_wanted()
    }

    /// Sends a batch on its way.
    pub async fn hand_over(&self, mut finished: Vec<Finished>) {
        while let Some(connection) = finished.first().map(|one| one.connection.clone()) {
            // All of one connection but for texts that were sent before a connection was lost.
            let of_connection = |one: &Finished| Arc::ptr_eq(&one.connection, &connection);
            let (batch, others) = finished.into_iter().partition(of_connection);
            finished = others;
            if connection.is_lost() {
                let (_, outgoing, published) = Published::begin(batch);
                self.tell(published, &outgoing, Some(CONNECTION_LOST));
                continue;
            }
            let permit = self.permits.clone().acquire_owned().await;
            let outbox = self.clone();
            tokio::spawn(async move {
                let delivering = AssertUnwindSafe(Box::pin(outbox.deliver(&connection, batch)));
                if delivering.catch_unwind().await.is_err() {
                    connection.lose();
                }
                drop(permit);
            });
        }
    }

    /// Returns once nothing is under way, and closes what was published on.
    pub async fn drain(&self) {
        // The semaphore is never closed.
        let _ = self.permits.acquire_many(BATCHES).await;
        self.publisher.close().await;
    }

    async fn deliver(&self, connection: &ConsumerConnection, batch: Vec<Finished>) {
        let (deliveries, outgoing, published) = Published::begin(batch);
        let given_up = tokio::select! {
            given_up = self.publisher.publish(&outgoing) => given_up,
            // Nothing of it can be acknowledged any more, and all of it comes again.
            () = connection.until_lost() => {
                self.tell(published, &outgoing, Some(CONNECTION_LOST));
                return;
            }
        };
        self.count(&given_up, &outgoing);
        reach(self.fault, Failpoint::BeforeAck).await;
        let tags: Vec<u64> = deliveries.iter().map(|one| one.tag).collect();
        let acknowledged = tokio::select! {
            acknowledged = connection.acknowledge(&tags) => acknowledged,
            () = connection.until_lost() => {
                self.tell(published, &outgoing, Some(CONNECTION_LOST));
                return;
            }
        };
        match acknowledged {
            Ok(()) => {
                for one in &deliveries {
                    self.metrics.acknowledged(one.at.elapsed());
                }
                self.tell(published, &outgoing, None);
            }
            Err(error) => {
                let error = describe(&error);
                tracing::warn!(error, "events could not be acknowledged; they come again");
                connection.lose();
                self.tell(published, &outgoing, Some(CONNECTION_LOST));
            }
        }
    }

    /// Counts the dead letters of a batch, and what was given up of it.
    fn count(&self, given_up: &GivenUp, outgoing: &[Outgoing]) {
        self.metrics.gave_up_replies(given_up.replies);
        self.metrics.gave_up_broadcasts(given_up.broadcasts);
        for (at, one) in outgoing.iter().enumerate() {
            let Some(dead) = &one.dead else {
                continue;
            };
            if given_up.dead_letters.contains(&at) {
                self.metrics.lost_dead_letter();
                let outcome = one.id;
                let sha256 = dead.sha256.as_str();
                let reason = dead.reason.as_str();
                tracing::error!(%outcome, sha256, reason, "a dead letter could not be laid down");
            } else {
                self.metrics.set_aside(dead.reason);
            }
        }
    }

    /// Writes the spans of a batch that is done with; `error` says why it is not acknowledged.
    fn tell(&self, published: Published, outgoing: &[Outgoing], error: Option<&'static str>) {
        let Published { watch, mut traces } = published;
        let all = traces.iter_mut().map(Option::as_deref_mut);
        if let Some(ended) = watch.stop(all, error.map(str::to_owned)) {
            self.spans.write(&traces, outgoing, ended, error);
        }
    }
}

/// The traces of a batch that is being published; empty where it has none.
struct Published {
    watch: Stopwatch,
    traces: Vec<Option<Box<Trace>>>,
}

/// A delivery that is acknowledged once its batch is published.
struct Delivery {
    tag: u64,
    at: Instant,
    /// In hand until then.
    _held: Held,
}

impl Published {
    fn begin(mut batch: Vec<Finished>) -> (Vec<Delivery>, Vec<Outgoing>, Self) {
        let is_traced = batch.iter().any(|one| one.trace.is_some());
        let watch = Stopwatch::start(is_traced, Work::Publish, batch.len());
        let wanted = batch.iter_mut().filter(|_| is_traced);
        let traces = wanted.map(|one| one.trace.take()).collect();
        let apart = |one: Finished| {
            let delivery = Delivery {
                tag: one.tag,
                at: one.at,
                _held: one.held,
            };
            (delivery, one.outgoing)
        };
        let (deliveries, outgoing) = batch.into_iter().map(apart).unzip();
        (deliveries, outgoing, Self { watch, traces })
    }
}
