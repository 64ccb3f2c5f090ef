//! Publishing and acknowledging what was decided, while the next batch is decided.
//!
//! A delivery is acknowledged once every copy of its outcome is confirmed or given up. A copy that
//! is given up concerns its reader alone, and is counted here. A batch that waits for a confirm
//! delays its own acknowledgements and nothing else: the room for events in hand limits how many
//! batches are published at once. Events of a lost connection are delivered again.

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

/// Error in the span of an event that was not acknowledged.
const CONNECTION_LOST: &str = "connection_lost";
/// Maximum count of batches that are published at once: more than there is room for.
const BATCHES: u32 = u16::MAX as u32;

/// Outcome, with the delivery that it completes.
pub struct Finished {
    /// Connection of the delivery.
    pub connection: Arc<ConsumerConnection>,
    /// Delivery tag.
    pub tag: u64,
    /// Time at which the worker read it from its connection.
    pub at: Instant,
    /// Entry among the deliveries in hand, until it is acknowledged or lost.
    pub held: Held,
    /// Copies to publish.
    pub outgoing: Box<Outgoing>,
    /// Stages of the event, if it is traced.
    pub trace: Option<Box<Trace>>,
}

impl Finished {
    /// Returns its trace and its outcome, if it is traced.
    fn traced(&self) -> Option<(&Trace, &Outgoing)> {
        Some((self.trace.as_deref()?, &self.outgoing))
    }
}

/// Publishes and acknowledges batches.
#[derive(Clone)]
pub struct Outbox {
    publisher: Arc<Publisher>,
    permits: Arc<Semaphore>,
    metrics: Metrics,
    spans: Spans,
    fault: Option<Fault>,
}

impl Outbox {
    /// Makes an empty outbox.
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

    /// Returns `true` if events are traced.
    pub const fn is_traced(&self) -> bool {
        self.spans.are_wanted()
    }

    /// Publishes and acknowledges a batch in the background.
    pub async fn hand_over(&self, mut finished: Vec<Finished>) {
        while let Some(connection) = finished.first().map(|one| one.connection.clone()) {
            // All are of one connection, except texts that were sent before one was lost.
            let of_another = |one: &mut Finished| !Arc::ptr_eq(&one.connection, &connection);
            let others = finished.extract_if(.., of_another).collect();
            let batch = std::mem::replace(&mut finished, others);
            if connection.is_lost() {
                self.end(begin(&batch), batch, Some(CONNECTION_LOST));
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

    /// Waits until no batch is being published, and closes the connections of the publisher.
    pub async fn drain(&self) {
        // The semaphore is never closed.
        let _ = self.permits.acquire_many(BATCHES).await;
        self.publisher.close().await;
    }

    async fn deliver(&self, connection: &ConsumerConnection, batch: Vec<Finished>) {
        let watch = begin(&batch);
        let acknowledged = tokio::select! {
            acknowledged = self.publish_and_acknowledge(connection, &batch) => acknowledged,
            // Nothing of it can be acknowledged any more, and all of it will be delivered again.
            () = connection.until_lost() => false,
        };
        self.end(watch, batch, (!acknowledged).then_some(CONNECTION_LOST));
    }

    /// Returns `false` if the connection is lost.
    async fn publish_and_acknowledge(
        &self,
        connection: &ConsumerConnection,
        batch: &[Finished],
    ) -> bool {
        let outgoing: Vec<&Outgoing> = batch.iter().map(|one| &*one.outgoing).collect();
        // Boxed, since it would be most of what a batch moves from one task to another.
        let given_up = Box::pin(self.publisher.publish(&outgoing)).await;
        self.count(&given_up, &outgoing);
        reach(self.fault, Failpoint::BeforeAck).await;
        let tags: Vec<u64> = batch.iter().map(|one| one.tag).collect();
        if let Err(error) = connection.acknowledge(&tags).await {
            let error = describe(&error);
            tracing::warn!(
                error,
                "events could not be acknowledged; they will be delivered again"
            );
            connection.lose();
            return false;
        }
        for one in batch {
            self.metrics.acknowledged(one.at.elapsed());
        }
        true
    }

    /// Counts the dead letters of a batch, and what was given up of it.
    fn count(&self, given_up: &GivenUp, outgoing: &[&Outgoing]) {
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
                tracing::error!(%outcome, sha256, reason, "a dead letter could not be published");
            } else {
                self.metrics.set_aside(dead.reason);
            }
        }
    }

    /// Writes the spans of a batch, whose deliveries are in hand no longer; `error` says why it is not
    /// acknowledged.
    fn end(&self, watch: Stopwatch, mut batch: Vec<Finished>, error: Option<&'static str>) {
        let traces = batch.iter_mut().map(|one| one.trace.as_deref_mut());
        if let Some(ended) = watch.stop(traces, error.map(str::to_owned)) {
            self.spans
                .write(batch.iter().filter_map(Finished::traced), ended, error);
        }
        for one in batch {
            drop(one.held);
        }
    }
}

/// Begins the stage of publishing, if an event of the batch is traced.
fn begin(batch: &[Finished]) -> Stopwatch {
    let is_traced = batch.iter().any(|one| one.trace.is_some());
    Stopwatch::start(is_traced, Work::Publish, batch.len())
}
