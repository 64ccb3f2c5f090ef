//! The wait after wrong codes: a count and the time of the last failure, nothing else.
//!
//! ```text
//!   0..=4 failures        5..=99                        100
//!   [ free ] --failure--> [ waits 30 s, 60 s, … 900 s ] --failure--> [ locked ]
//!       ^                      |                                        |
//!       +---- accepted --------+---------- backup code, reset ----------+
//! ```
//!
//! During a wait no code is judged, so none is counted and the wait is not prolonged. A failure in
//! the future, because the database's clock was set back, counts from now.

use jiff::{SignedDuration, Timestamp};

use crate::Limits;

/// Consecutive failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Count of consecutive failures.
    pub count: u32,
    /// Time at which the last failure was decided.
    pub last_at: Option<Timestamp>,
}

impl Failures {
    /// Returns the failures with one more.
    #[must_use]
    pub fn counted(self, now: Timestamp) -> Self {
        Self {
            count: self.count.saturating_add(1),
            last_at: Some(now),
        }
    }

    /// Returns whether only a backup code or a reset helps.
    pub fn is_locked(&self, limits: &Limits) -> bool {
        self.count >= limits.guess_limit
    }

    /// Returns the end of the wait, if one runs. None runs under a lock, where waiting does not
    /// help.
    pub fn waits_until(&self, now: Timestamp, limits: &Limits) -> Option<Timestamp> {
        if self.is_locked(limits) {
            return None;
        }
        let beyond = self.count.checked_sub(Limits::FREE_FAILURES + 1)?;
        let doubled = 1_i32
            .checked_shl(beyond)
            .filter(|factor| *factor > 0)
            .unwrap_or(i32::MAX);
        let wait = limits
            .guess_wait
            .checked_mul(doubled)
            .unwrap_or(SignedDuration::MAX);
        let until = self.last_at?.min(now) + wait.min(limits.guess_wait_max);
        (until > now).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_fifth_failure_to_fifteen_minutes() {
        let limits = Limits::default();
        let now = Timestamp::UNIX_EPOCH;
        let wait = |count| {
            let failures = Failures {
                count,
                last_at: Some(now),
            };
            failures
                .waits_until(now, &limits)
                .map(|until| until.duration_since(now).as_secs())
        };
        let table = [
            (0, None),
            (4, None),
            (5, Some(30)),
            (6, Some(60)),
            (7, Some(120)),
            (8, Some(240)),
            (9, Some(480)),
            (10, Some(900)),
            (11, Some(900)),
            (60, Some(900)),
            (99, Some(900)),
        ];
        for (count, expected) in table {
            assert_eq!(wait(count), expected, "after {count}");
        }
    }

    #[test]
    fn a_wait_ends_by_itself_and_a_lock_does_not() {
        let limits = Limits::default();
        let now = Timestamp::UNIX_EPOCH;
        let failures = Failures {
            count: 5,
            last_at: Some(now),
        };
        let later = now + SignedDuration::from_secs(30);
        assert_eq!(failures.waits_until(later, &limits), None);
        assert!(
            !Failures {
                count: 99,
                last_at: Some(now)
            }
            .is_locked(&limits)
        );
        assert!(
            Failures {
                count: 100,
                last_at: Some(now)
            }
            .is_locked(&limits)
        );
    }

    #[test]
    fn a_clock_that_was_set_back_prolongs_no_wait() {
        let limits = Limits::default();
        let now = Timestamp::UNIX_EPOCH;
        for (count, wait) in [(5, 30), (9, 480), (10, 900), (99, 900)] {
            let failures = Failures {
                count,
                last_at: Some(now + SignedDuration::from_hours(1)),
            };
            let until = now + SignedDuration::from_secs(wait);
            assert_eq!(
                failures.waits_until(now, &limits),
                Some(until),
                "after {count}"
            );
        }
    }
}
