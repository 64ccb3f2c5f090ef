//! Holding back what a connection writes while many messages are handed over, as `TCP_CORK` does.
//!
//! The client library writes in a thread of its own, and begins with the first message. If that
//! thread is quick, each message of a batch becomes a write and a packet of its own, and the broker
//! pays for each. While the cork is held, the thread waits before its write; then it writes all of
//! them together. A write holds it too: what is handed over waits for that, and is written with the
//! next. Whoever holds one must not wait for anything meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cork of one connection. A clone is the same one.
#[derive(Clone, Debug, Default)]
pub struct Cork(Arc<Mutex<()>>);

impl Cork {
    /// Holds writes and other holders back until the result is dropped.
    pub fn hold(&self) -> MutexGuard<'_, ()> {
        // A holder that panicked left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if anybody holds it.
    #[cfg(test)]
    pub fn is_held(&self) -> bool {
        self.0.try_lock().is_err()
    }
}
