//! Sending texts: the provider is called once for each, in a task of its own.
//!
//! The hold was committed before. The provider's answer returns with the event to the loop, which
//! settles it; until that is written the event counts as in flight. A slow provider delays its own
//! events alone. A call begins soon after its hold or never, since another worker may settle it then.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use twofactor_rules::Limits;
use twofactor_rules::text::{ProviderAnswer, TextOrder};

use crate::delivered::Delivered;
use crate::failpoint::{Failpoint, Fault, reach};
use crate::metrics::Metrics;
use crate::provider::{Called, Provider};
use crate::trace::{Call, Stage, Work};

/// Maximum count of calls at once.
const CALLS: usize = 512;
/// Maximum time between the commit of a hold and the call. After it, and the provider's own maximum,
/// another worker may settle the text, so it is not sent any more.
const BEFORE_CALL: Duration = Duration::from_secs(4);
const _: () = assert!(
    BEFORE_CALL.as_secs() + Limits::PROVIDER_PATIENCE.as_secs().unsigned_abs()
        < Limits::HOLD_PATIENCE.as_secs().unsigned_abs(),
    "nobody settles a text that is still being sent"
);
/// Wait before an event is decided again while another worker may be sending its text.
pub const LATER: Duration = Duration::from_secs(1);

/// Sends texts, and brings events back when there is something to decide.
pub struct Texts {
    provider: Option<Arc<Provider>>,
    permits: Arc<Semaphore>,
    again: UnboundedSender<Delivered>,
    fault: Option<Fault>,
}

impl Texts {
    /// Makes it send by `provider`, and bring events back by `again`.
    pub fn new(
        provider: Option<Provider>,
        again: UnboundedSender<Delivered>,
        fault: Option<Fault>,
    ) -> Self {
        let provider = provider.map(Arc::new);
        let permits = Arc::new(Semaphore::new(CALLS));
        Self {
            provider,
            permits,
            again,
            fault,
        }
    }

    /// Sends a text whose hold was just committed, and brings its event back with the provider's
    /// answer. If its turn to be sent does not come in time, the provider counts as unavailable.
    pub fn send(&self, mut event: Delivered, order: Box<TextOrder>) {
        let held_at = Instant::now();
        let provider = self.provider.clone();
        let permits = self.permits.clone();
        let again = self.again.clone();
        let fault = self.fault;
        tokio::spawn(async move {
            reach(fault, Failpoint::BeforeProvider).await;
            let permit = in_time(permits, held_at, BEFORE_CALL).await;
            let answer = match provider.zip(permit) {
                Some((provider, _permit)) => {
                    let begun = Instant::now();
                    let sending = AssertUnwindSafe(provider.send(&order)).catch_unwind();
                    let called = sending.await.unwrap_or_else(|_| Called::panicked());
                    let took = begun.elapsed();
                    Metrics::called_provider(provider.name(), took);
                    if let Some(trace) = &mut event.trace {
                        trace.keep(stage(&called, begun, took));
                    }
                    called.answer
                }
                // Too late; a worker without a provider has no events that hold texts.
                None => ProviderAnswer::Unavailable,
            };
            reach(fault, Failpoint::AfterProvider).await;
            event.message.answered = Some(answer);
            // Where the loop has ended, the event is delivered again and settled as unknown.
            let _ = again.send(event);
        });
    }

    /// Brings an event back after a wait.
    pub fn look_again(&self, event: Delivered, wait: Duration) {
        let again = self.again.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let _ = again.send(event);
        });
    }
}

/// Waits for a permit to call; `None` once more than `patience` has passed since `held_at`.
async fn in_time(
    permits: Arc<Semaphore>,
    held_at: Instant,
    patience: Duration,
) -> Option<OwnedSemaphorePermit> {
    let permit = timeout(patience, permits.acquire_owned()).await;
    let permit = permit.ok()?.ok()?;
    // A process that was stopped for a while gets a permit, and is late all the same.
    (held_at.elapsed() <= patience).then_some(permit)
}

/// The call as a part of its event's trace.
fn stage(called: &Called, from: Instant, took: Duration) -> Stage {
    let answer = called.answer.clone();
    let status = called.status;
    Stage {
        work: Work::Text(Call { answer, status }),
        from,
        to: from + took,
        events: 1,
        error: called.error.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_begins_soon_after_its_hold_or_never() {
        const PATIENCE: Duration = Duration::from_secs(5);
        let free = Arc::new(Semaphore::new(1));
        let now = Instant::now();
        let permit = in_time(free.clone(), now, PATIENCE).await;
        assert!(permit.is_some());
        let behind = in_time(free.clone(), now, Duration::from_millis(10)).await;
        assert!(behind.is_none(), "others are still calling");
        drop(permit);
        let long_ago = now
            .checked_sub(PATIENCE * 2)
            .expect("a machine that runs longer");
        let late = in_time(free.clone(), long_ago, PATIENCE).await;
        assert!(late.is_none(), "the process was stopped");
        assert_eq!(free.available_permits(), 1, "nobody keeps one");
    }
}
