//! Places where a test can end a worker, or hold it up, as a power cut or a pause would.
//!
//! What ships has the places and nothing that could happen there: neither the setting nor the code
//! is compiled. The feature `failpoints` brings both, for `failing-worker` alone, which the
//! end-to-end tests start.

#[cfg(not(any(test, feature = "failpoints")))]
mod absent;
#[cfg(any(test, feature = "failpoints"))]
mod asked;

#[cfg(not(any(test, feature = "failpoints")))]
pub use absent::{Fault, panic_over, reach};
#[cfg(any(test, feature = "failpoints"))]
pub use asked::{Fault, panic_over, reach};

/// A place in the path of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failpoint {
    /// What an event needs of the database is being found out.
    PanicOnLoad,
    /// An event is being decided.
    PanicOnDecide,
    /// A batch is decided, and not yet written.
    BeforeCommit,
    /// A batch is committed, and nothing of it is published.
    AfterCommit,
    /// A text is held and committed, and the provider was not called.
    BeforeProvider,
    /// The provider answered, and the answer is written nowhere.
    AfterProvider,
    /// Everything is published and confirmed, and nothing acknowledged.
    BeforeAck,
}
