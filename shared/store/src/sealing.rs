//! Age of the unsealed part of the trail, as far as this process knows.
//!
//! It matters most while nothing can be sealed: the database is away, refuses or hangs, or its
//! clock was set back. So it is also measured here, by a monotonic clock, from the first of the
//! attempts that have failed since the last success. It knows no database.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// State of sealing, as far as this process knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sealing(Arc<Mutex<Known>>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Start of the first attempt after the last success.
    trying_since: Option<Instant>,
    /// Last age that the database reported, in seconds, and the time of that report.
    given: Option<(f64, Instant)>,
}

impl Sealing {
    /// Notes that an attempt begins.
    pub(crate) fn begins(&self) {
        self.change(|known| known.trying_since = known.trying_since.or(Some(Instant::now())));
    }

    /// Notes that an attempt succeeded.
    pub(crate) fn succeeds(&self) {
        self.change(|known| known.trying_since = None);
    }

    /// Returns the age in seconds; `given` is the one that the database reported just now, if any.
    pub(crate) fn age(&self, given: Option<f64>) -> f64 {
        let now = Instant::now();
        let known = self.change(|known| {
            if let Some(age) = given {
                known.given = Some((age, now));
            }
        });
        let since = |then: Instant| now.duration_since(then).as_secs_f64();
        let trying = known.trying_since.map_or(0.0, since);
        // A trail that is sealed whole has no age until the database reports a new row.
        let grown = |(age, at): (f64, Instant)| if age > 0.0 { age + since(at) } else { 0.0 };
        known.given.map_or(0.0, grown).max(trying)
    }

    fn change(&self, change: impl FnOnce(&mut Known)) -> Known {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        *known
    }
}
