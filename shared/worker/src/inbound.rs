//! Bytes from the broker, checked before the client library reads them.
//!
//! The contents of a message must affect that message alone. The client library does not ensure
//! that: a property that is not UTF-8 breaks its connection, and the message is delivered first
//! again, for ever; a header nested ten thousand deep overflows its stack; a thousand bodies of 16
//! MB exceed the memory. So every byte on the connection that consumes passes a [`Screen`], which
//! hands over what the library can read, and keeps a [`Finding`] by delivery tag of what it had to
//! change. Connections that publish receive no messages of others, so they have no screen. Against
//! unforeseen faults it can take one delivery at a time, and hold back the one that
//! [`Isolation`](crate::isolation::Isolation) names.
//!
//! It knows AMQP 0-9-1 frames and the contract's maximum size of a message, and nothing of events.

mod properties;
mod screen;
mod stream;
mod window;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use screen::Screen;
pub use stream::{Screened, ScreenedReactor};
pub use window::Window;

/// Size and digest of a body that was not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Size in bytes.
    pub length: u64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// Change to a delivery so that the client library can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The properties or the routing key are unreadable. An unreadable routing key is blank; of
    /// unreadable properties only those that an answer needs are kept.
    Unreadable,
    /// The body is over 64 KiB, and was dropped.
    TooLarge(Digest),
    /// The client library broke on it twice when it was alone; its properties and body were
    /// dropped.
    Isolated(Digest),
}

/// Count of deliveries that a connection takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As many deliveries as the prefetch allows.
    Full,
    /// One delivery at a time; its digest is computed before the client library reads it.
    One {
        /// Digest of the body of the delivery that is held back.
        isolated: Option<Digest>,
    },
}

impl Width {
    /// Returns its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::One { isolated: None } => "one at a time",
            Self::One { isolated: Some(_) } => "one at a time, one held back",
        }
    }
}

/// Deliveries of one connection.
#[derive(Debug)]
pub struct Inbound {
    /// Unacknowledged deliveries; nothing more is read while they are too large.
    pub window: Window,
    width: Width,
    deliveries: AtomicU64,
    findings: Mutex<HashMap<u64, Finding>>,
    last: Mutex<Option<Digest>>,
}

impl Inbound {
    /// Begins with no delivery, and an empty window.
    pub fn new(width: Width, window: Window) -> Self {
        Self {
            window,
            width,
            deliveries: AtomicU64::new(0),
            findings: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// Returns how many deliveries are taken at once.
    pub fn width(&self) -> Width {
        self.width
    }

    /// Returns the count of deliveries that have begun to arrive.
    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }

    /// Returns the digest of the last delivery, if they are taken one at a time.
    pub fn last(&self) -> Option<Digest> {
        *lock(&self.last)
    }

    /// Takes out the finding in a delivery, if there is one.
    pub fn finding(&self, tag: u64) -> Option<Finding> {
        lock(&self.findings).remove(&tag)
    }

    fn began(&self) {
        self.deliveries.fetch_add(1, Ordering::Relaxed);
    }

    fn found(&self, tag: u64, finding: Finding) {
        lock(&self.findings).insert(tag, finding);
    }

    fn is_last(&self, digest: Digest) {
        *lock(&self.last) = Some(digest);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A map or a digest is never half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
