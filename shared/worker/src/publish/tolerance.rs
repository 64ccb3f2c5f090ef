//! The time limit for confirms: shorter for a while after one was missing.
//!
//! A queue that never confirms, such as one without a majority of its nodes, would delay each event
//! by the full time, and with enough of them nothing else would be taken. Once that is noticed, the
//! events wait for a short time only.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time for which a missing confirm is remembered.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Time limit for one kind of copy.
#[derive(Debug)]
pub struct Tolerance {
    usual: Duration,
    in_trouble: Duration,
    trouble_until: Mutex<Option<Instant>>,
}

impl Tolerance {
    /// Makes a limit of `usual`, and of `in_trouble` after a confirm was missing.
    pub const fn new(usual: Duration, in_trouble: Duration) -> Self {
        Self {
            usual,
            in_trouble,
            trouble_until: Mutex::new(None),
        }
    }

    /// Returns the time limit for the confirm of a copy that is published at `now`.
    pub fn limit(&self, now: Instant) -> Duration {
        let until = *self
            .trouble_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| now < until) {
            self.in_trouble
        } else {
            self.usual
        }
    }

    /// Notes that a copy was not confirmed in time.
    pub fn was_exhausted(&self, now: Instant) {
        let mut until = self
            .trouble_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *until = Some(now + REMEMBERED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shrinks_for_half_a_minute() {
        let usual = Duration::from_secs(5);
        let in_trouble = Duration::from_secs(1);
        let tolerance = Tolerance::new(usual, in_trouble);
        let now = Instant::now();
        assert_eq!(tolerance.limit(now), usual);
        tolerance.was_exhausted(now);
        assert_eq!(tolerance.limit(now), in_trouble);
        assert_eq!(tolerance.limit(now + REMEMBERED / 2), in_trouble);
        assert_eq!(tolerance.limit(now + REMEMBERED), usual);
    }
}
