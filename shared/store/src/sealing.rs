//! How old the unsealed part of the trail is, as far as this process knows.
//!
//! That must be known most of all where nothing is sealed, be it that the database is away,
//! refuses, stands still, or that its clock was set back. So it is also counted here, by a clock
//! that nobody sets, from the first attempt since which none has succeeded. It knows no database.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// What this process knows of sealing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sealing(Arc<Mutex<Known>>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// When the first attempt began since which none has succeeded.
    trying_since: Option<Instant>,
    /// The age in seconds that the database gave last, and when.
    given: Option<(f64, Instant)>,
}

impl Sealing {
    /// An attempt begins.
    pub(crate) fn begins(&self) {
        self.change(|known| known.trying_since = known.trying_since.or(Some(Instant::now())));
    }

    /// An attempt came to its end.
    pub(crate) fn succeeds(&self) {
        self.change(|known| known.trying_since = None);
    }

    /// The age in seconds, with that which the database gave just now, if it did.
    pub(crate) fn age(&self, given: Option<f64>) -> f64 {
        let now = Instant::now();
        let known = self.change(|known| {
            if let Some(age) = given {
                known.given = Some((age, now));
            }
        });
        let since = |then: Instant| now.duration_since(then).as_secs_f64();
        let trying = known.trying_since.map_or(0.0, since);
        // What was sealed whole has no age until it is known that something was added.
        let grown = |(age, at): (f64, Instant)| if age > 0.0 { age + since(at) } else { 0.0 };
        known.given.map_or(0.0, grown).max(trying)
    }

    fn change(&self, change: impl FnOnce(&mut Known)) -> Known {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        *known
    }
}
