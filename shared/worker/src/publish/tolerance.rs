//! How long copies may go unconfirmed: less for a while after one did.
//!
//! Whose trouble is it? A queue that never confirms, such as one without a majority of its nodes,
//! would hold each event for the full time, and with enough of them nothing else is taken. Once it
//! is known, others' events wait a moment and no more.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a copy that was not confirmed is remembered.
const REMEMBERED: Duration = Duration::from_secs(30);

/// What is tolerated of one kind of copy.
#[derive(Debug)]
pub struct Tolerance {
    usual: Duration,
    in_trouble: Duration,
    trouble_until: Mutex<Option<Instant>>,
}

impl Tolerance {
    /// So long as a rule, and so long in trouble.
    pub const fn new(usual: Duration, in_trouble: Duration) -> Self {
        Self {
            usual,
            in_trouble,
            trouble_until: Mutex::new(None),
        }
    }

    /// How long a copy that is published at `now` may go unconfirmed.
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

    /// A copy was not confirmed in time.
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
