//! Texts that this process is sending now, by the outcome id of the event that asked.
//!
//! It outlives connections to the broker: an event that is delivered again while its text is being
//! sent must find it here.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// Set of texts that are being sent.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<Uuid>>);

impl InFlight {
    /// Notes that a text is about to be sent; `false` if that was noted before.
    pub fn begin(&self, id: Uuid) -> bool {
        self.ids().insert(id)
    }

    /// Notes that the fate of a text is written, or that it is not sent.
    pub fn end(&self, id: Uuid) {
        self.ids().remove(&id);
    }

    /// Returns `true` if that text is being sent.
    pub fn has(&self, id: Uuid) -> bool {
        self.ids().contains(&id)
    }

    /// Returns `true` if no text is being sent.
    pub fn is_empty(&self) -> bool {
        self.ids().is_empty()
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        // A set of ids is never half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
