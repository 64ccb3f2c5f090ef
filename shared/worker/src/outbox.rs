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
}

/// Publishes and acknowledges.
#[derive(Clone)]
pub struct Outbox {
    permits: Arc<Semaphore>,
    metrics: Metrics,
    failpoint: Option<Failpoint>,
}

impl Outbox {
    /// An outbox with nothing in it.
    pub fn new(metrics: Metrics, failpoint: Option<Failpoint>) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(BATCHES as usize)),
            metrics,
            failpoint,
        }
    }

    /// Sends a batch on its way; waits where too many are under way already.
    pub async fn hand_over(&self, mut finished: Vec<Finished>) {
        while let Some(session) = finished.first().map(|one| one.session.clone()) {
            // All of one session but for texts that were sent before a connection was lost.
            let of_session = |one: &Finished| Arc::ptr_eq(&one.session, &session);
            let (batch, others) = finished.into_iter().partition(of_session);
            finished = others;
            if session.is_lost() {
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
        let (outgoing, deliveries): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|one| (one.outgoing, (one.tag, one.at)))
            .unzip();
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
            }
            Err(error) => {
                let error = broker::said(&error);
                tracing::warn!(
                    error,
                    "outcomes could not be published; their events come again"
                );
                session.lose();
            }
        }
    }
}
