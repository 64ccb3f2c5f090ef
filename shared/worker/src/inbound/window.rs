//! How much of the broker's deliveries is here at once: all that the prefetch allows, while they are
//! small.
//!
//! The prefetch counts deliveries and not their bytes. So the stream stops reading from the socket
//! while more than [`BYTES`] are unacknowledged here and more deliveries than the worker needs to go
//! on; an acknowledgement wakes it. A delivery counts from when the screen has seen all of it until it
//! is acknowledged, with the bytes of its properties and body that were handed over.
//!
//! A stream that is stopped reads nothing, heartbeats and answers to checks neither. The client
//! library still sends its own heartbeats, and gives the connection up after two of the agreed times
//! without a byte (40 s); RabbitMQ closes one whose socket takes nothing for 15 s. Then the deliveries
//! come again. Nobody waits for that but the owners of those large messages and those behind them: it
//! takes a database that does not answer for so long, which stops everybody.
//!
//! When its connection is lost, a stream that is stopped or would be ends: what is still to come could
//! not be acknowledged.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Maximum count of bytes of unacknowledged deliveries, if these are more than the worker needs.
pub const BYTES: usize = 32 * 1024 * 1024;

/// Unacknowledged deliveries of a connection, and the reader that waits for fewer.
#[derive(Debug)]
pub struct Window {
    /// Count of deliveries that are always taken, of whatever size.
    always: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Bytes of each unacknowledged delivery, by its tag.
    sizes: HashMap<u64, usize>,
    bytes: usize,
    reader: Option<Waker>,
    /// Count of times that a reader was stopped.
    stops: u64,
    is_lost: bool,
}

impl Window {
    /// Begins with no delivery; `always` are taken of whatever size.
    pub fn new(always: usize) -> Self {
        Self {
            always,
            inner: Mutex::default(),
        }
    }

    /// Counts a delivery.
    pub fn arrived(&self, tag: u64, bytes: usize) {
        let mut inner = self.inner();
        inner.bytes += bytes;
        inner.sizes.insert(tag, bytes);
    }

    /// Counts deliveries no more, and wakes the reader if there is room again.
    pub fn acknowledged(&self, tags: &[u64]) {
        let mut inner = self.inner();
        for tag in tags {
            inner.bytes -= inner.sizes.remove(tag).unwrap_or(0);
        }
        let reader = if self.is_full(&inner) {
            None
        } else {
            inner.reader.take()
        };
        drop(inner);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Ends a reader that is stopped, or would be, because its connection is lost.
    pub fn lose(&self) {
        let mut inner = self.inner();
        inner.is_lost = true;
        let reader = inner.reader.take();
        drop(inner);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Waits until there is room: `true` if more may be read, `false` if nothing more will be.
    pub fn poll_room(&self, context: &Context<'_>) -> Poll<bool> {
        let mut inner = self.inner();
        if !self.is_full(&inner) {
            return Poll::Ready(true);
        }
        if inner.is_lost {
            return Poll::Ready(false);
        }
        inner.stops += 1;
        inner.reader = Some(context.waker().clone());
        Poll::Pending
    }

    /// Returns how often a reader was stopped.
    pub fn stops(&self) -> u64 {
        self.inner().stops
    }

    /// Returns `true` while nothing more is read.
    pub fn is_stopped(&self) -> bool {
        self.is_full(&self.inner())
    }

    fn is_full(&self, inner: &Inner) -> bool {
        inner.sizes.len() > self.always && inner.bytes > BYTES
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each delivery is counted, or no more, in one step.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
