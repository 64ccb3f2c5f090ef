//! The texts that this process is sending now, by the outcome id of the event that asked.
//!
//! It outlives sessions: an event that is delivered again while its text is on its way must find
//! it here.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// The set.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<Uuid>>);

impl InFlight {
    /// A text is about to be sent.
    pub fn begin(&self, id: Uuid) {
        self.ids().insert(id);
    }

    /// What became of a text is written.
    pub fn end(&self, id: Uuid) {
        self.ids().remove(&id);
    }

    /// Whether that text is on its way.
    pub fn has(&self, id: Uuid) -> bool {
        self.ids().contains(&id)
    }

    /// Whether no text is on its way.
    pub fn is_empty(&self) -> bool {
        self.ids().is_empty()
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        // A set of ids is never half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
