//! Failpoints: places where a test can end or pause a worker, as a power cut or a long pause would.
//!
//! The binaries that ship have the failpoints and no fault: neither the setting nor the code of
//! faults is compiled. The feature `failpoints` adds both, for `failing-worker` alone, which the
//! end-to-end tests start.

#[cfg(not(any(test, feature = "failpoints")))]
mod absent;
#[cfg(any(test, feature = "failpoints"))]
mod asked;

#[cfg(not(any(test, feature = "failpoints")))]
pub use absent::{Fault, panic_over, reach};
#[cfg(any(test, feature = "failpoints"))]
pub use asked::{Fault, panic_over, reach};

/// Place in the path of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failpoint {
    /// While the needs of an event are collected.
    PanicOnLoad,
    /// While an event is decided.
    PanicOnDecide,
    /// After a batch was decided, before it is written.
    BeforeCommit,
    /// After a batch was committed, before any of it is published.
    AfterCommit,
    /// After the hold of a text was committed, before the provider is called.
    BeforeProvider,
    /// After the provider answered, before the answer is kept.
    AfterProvider,
    /// After all copies were confirmed, before the delivery is acknowledged.
    BeforeAck,
}
