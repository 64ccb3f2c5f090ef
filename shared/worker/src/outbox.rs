//! What was decided leaves: published, confirmed, acknowledged, while the next batch is decided.
//!
//! A few batches may be on their way at once. A delivery is acknowledged only after every copy of
//! its outcome was confirmed. What a lost session takes with it comes back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use tokio::sync::Semaphore;

use crate::broker;
use crate::failpoint::{Failpoint, Place, reach};
use crate::metrics::Metrics;
use crate::outgoing::Outgoing;
use crate::session::Session;
use crate::spans::Spans;
use crate::trace::{Stopwatch, Trace, Work};

/// Why an event was not acknowledged, as its span says.
const CONNECTION_LOST: &str = "connection_lost";
/// Batches on their way to the broker at once.
const BATCHES: u32 = 4;

/// An outcome, and the delivery that it completes.
pub struct Finished {
    /// Where it was delivered.
    pub session: Arc<Session>,
    /// Its delivery tag.
    pub tag: u64,
    /// When it was delivered.
    pub at: Instant,
    /// What is published of it.
    pub outgoing: Outgoing,
    /// What happened to it, where somebody wants to know.
    pub trace: Option<Box<Trace>>,
}

/// Publishes and acknowledges.
#[derive(Clone)]
pub struct Outbox {
    permits: Arc<Semaphore>,
    metrics: Metrics,
    spans: Spans,
    failpoint: Option<Failpoint>,
}

impl Outbox {
    /// An outbox with nothing in it.
    pub fn new(metrics: Metrics, spans: Spans, failpoint: Option<Failpoint>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(BATCHES as usize)),
            metrics,
            spans,
            failpoint,
        }
    }

    /// Whether deliveries have traces.
    pub const fn is_traced(&self) -> bool {
        self.spans.are_wanted()
    }

    /// Sends a batch on its way; waits where too many are under way already.
    pub async fn hand_over(&self, mut finished: Vec<Finished>) {
        while let Some(session) = finished.first().map(|one| one.session.clone()) {
            // All of one session but for texts that were sent before a connection was lost.
            let of_session = |one: &Finished| Arc::ptr_eq(&one.session, &session);
            let (batch, others) = finished.into_iter().partition(of_session);
            finished = others;
            if session.is_lost() {
                let (_, outgoing, published) = Published::begin(batch);
                self.tell(published, &outgoing, Some(CONNECTION_LOST));
                continue;
            }
            let permit = self.permits.clone().acquire_owned().await;
            let outbox = self.clone();
            tokio::spawn(async move {
                let delivering = AssertUnwindSafe(outbox.deliver(&session, batch));
                if delivering.catch_unwind().await.is_err() {
                    session.lose();
                }
                drop(permit);
            });
        }
    }

    /// Returns once nothing is under way.
    pub async fn drain(&self) {
        // The semaphore is never closed.
        let _ = self.permits.acquire_many(BATCHES).await;
    }

    async fn deliver(&self, session: &Session, batch: Vec<Finished>) {
        let (deliveries, outgoing, published) = Published::begin(batch);
        let delivered = async {
            let came_back = session.publisher.publish(&outgoing).await?;
            if came_back > 0 {
                self.metrics.came_back(came_back);
            }
            reach(self.failpoint, Place::BeforeAck).await;
            let tags: Vec<u64> = deliveries.iter().map(|(tag, _)| *tag).collect();
            session.acknowledge(&tags).await
        };
        match delivered.await {
            Ok(()) => {
                for (_, at) in &deliveries {
                    self.metrics.acknowledged(at.elapsed());
                }
                for dead in outgoing.iter().filter_map(|one| one.dead.as_ref()) {
                    self.metrics.set_aside(dead.reason);
                }
                self.tell(published, &outgoing, None);
            }
            Err(error) => {
                let error = broker::said(&error);
                tracing::warn!(
                    error,
                    "outcomes could not be published; their events come again"
                );
                session.lose();
                self.tell(published, &outgoing, Some(CONNECTION_LOST));
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

/// Delivery tags, and when each was delivered.
type Deliveries = Vec<(u64, Instant)>;

impl Published {
    fn begin(mut batch: Vec<Finished>) -> (Deliveries, Vec<Outgoing>, Self) {
        let is_traced = batch.iter().any(|one| one.trace.is_some());
        let watch = Stopwatch::start(is_traced, Work::Publish, batch.len());
        let wanted = batch.iter_mut().filter(|_| is_traced);
        let traces = wanted.map(|one| one.trace.take()).collect();
        let apart = |one: Finished| ((one.tag, one.at), one.outgoing);
        let (deliveries, outgoing) = batch.into_iter().map(apart).unzip();
        (deliveries, outgoing, Self { watch, traces })
    }
}
