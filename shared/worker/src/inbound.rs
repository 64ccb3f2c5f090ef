//! What the broker sends, checked before the client library reads it.
//!
//! Whose trouble is it? Whatever a publisher puts into a message is that message's own. The client
//! library does not see it so: a property that is not UTF-8 breaks its connection, and the message
//! comes back first, for ever; a header nested ten thousand deep overflows its stack; a thousand
//! bodies of 16 MB are more than the memory. So every byte on the connection that consumes passes a
//! [`Screen`], which hands over what the library can read, and keeps a [`Finding`] by delivery tag
//! of what it had to change. Connections that publish receive nothing of others, so they have none.
//! For what nobody foresaw, it can look at one delivery at a time and hold back the one that
//! [`Isolation`](crate::isolation::Isolation) names.
//!
//! It knows AMQP 0-9-1 frames and the contract's largest message, and nothing of events.

mod properties;
mod screen;
mod stream;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use screen::Screen;
pub use stream::{Screened, ScreenedReactor};

/// A body that was not handed over: its size and its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The size in bytes.
    pub length: u64,
    /// The SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

/// What was changed in a delivery so that the client library could read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A property, a header or the routing key cannot be read. Those that can are as they came.
    Unreadable,
    /// The body is over 64 KiB, and was dropped as it came.
    TooLarge(Digest),
    /// The client library broke on it twice when it was alone; nothing of it was handed over.
    Isolated(Digest),
}

/// How much of the queue a connection takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As many deliveries as the prefetch allows.
    Full,
    /// One delivery at a time, and its digest is taken before the client library sees it.
    One {
        /// The delivery that is held back, by the digest of its body.
        isolated: Option<Digest>,
    },
}

impl Width {
    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::One { isolated: None } => "one at a time",
            Self::One { isolated: Some(_) } => "one at a time, one held back",
        }
    }
}

/// What one connection received.
#[derive(Debug)]
pub struct Inbound {
    width: Width,
    deliveries: AtomicU64,
    findings: Mutex<HashMap<u64, Finding>>,
    last: Mutex<Option<Digest>>,
}

impl Inbound {
    /// Nothing was received yet.
    pub fn new(width: Width) -> Self {
        Self {
            width,
            deliveries: AtomicU64::new(0),
            findings: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// How much is taken at once.
    pub fn width(&self) -> Width {
        self.width
    }

    /// How many deliveries have begun to come.
    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }

    /// The delivery that came last, where one is taken at a time.
    pub fn last(&self) -> Option<Digest> {
        *lock(&self.last)
    }

    /// What was found in a delivery; asked once for each.
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
