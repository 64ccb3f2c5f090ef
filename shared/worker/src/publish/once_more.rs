//! A second try for copies that a queue declined, for one batch at a time.
//!
//! A queue may be full for a moment, so a copy is tried twice. A queue that declines everything
//! would cause each copy to be published twice to all other queues, and delay each event; so while
//! one batch has its second try, other batches have none.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::copies::Copy;
use super::lane::{End, Lane};

/// Wait before the second try.
const PAUSE: Duration = Duration::from_millis(200);
/// Maximum time for the second try.
const LIMIT: Duration = Duration::from_secs(1);

/// Permit for a second try, for one batch at a time.
#[derive(Debug)]
pub struct OnceMore(Semaphore);

impl OnceMore {
    /// Begins with the permit free.
    pub const fn new() -> Self {
        Self(Semaphore::const_new(1))
    }

    /// Publishes the copies with this result a second time, unless another batch has its second try
    /// now, and replaces their results.
    pub async fn try_again(&self, lane: &Lane, copies: &[Copy<'_>], ends: &mut [End], why: End) {
        let again: Vec<usize> = (0..ends.len()).filter(|at| ends[*at] == why).collect();
        if again.is_empty() {
            return;
        }
        let Ok(_permit) = self.0.try_acquire() else {
            return;
        };
        tokio::time::sleep(PAUSE).await;
        lane.again(copies, &again, LIMIT, ends).await;
        for at in again {
            // A copy that closed the channel now was declined before: it had its two tries.
            if ends[at].is_unclear() {
                ends[at] = why;
            }
        }
    }
}
