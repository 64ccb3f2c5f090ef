//! A second try for copies that a queue declined, for one batch at a time.
//!
//! Whose trouble is it? The queue's. A queue may be full for a moment, so a copy is tried twice. A
//! queue that declines everything would have each copy published twice to all the others, and each
//! event wait for it; so while one batch has its second try, those of others have none.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::copies::Copy;
use super::lane::{End, Lane};

/// Before the second try.
const PAUSE: Duration = Duration::from_millis(200);
/// For the second try.
const LIMIT: Duration = Duration::from_secs(1);

/// Whether a second try is under way.
#[derive(Debug)]
pub struct OnceMore(Semaphore);

impl OnceMore {
    /// None is under way.
    pub const fn new() -> Self {
        Self(Semaphore::const_new(1))
    }

    /// Publishes the copies that had this end a second time, unless others have their second try
    /// now, and writes down how it ended.
    pub async fn try_again(&self, lane: &Lane, copies: &[Copy<'_>], ends: &mut [End], why: End) {
        let again: Vec<usize> = (0..ends.len()).filter(|at| ends[*at] == why).collect();
        if again.is_empty() {
            return;
        }
        let Ok(_permit) = self.0.try_acquire() else {
            return;
        };
        tokio::time::sleep(PAUSE).await;
        let second: Vec<Copy<'_>> = again.iter().map(|at| copies[*at].clone()).collect();
        let ended = lane.together(&second, LIMIT).await;
        for (at, end) in again.into_iter().zip(ended) {
            // What closed the channel now was declined before: it had its two tries.
            ends[at] = if end.is_unclear() { why } else { end };
        }
    }
}
