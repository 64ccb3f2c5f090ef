//! The time of this machine. No decision uses it: the workers decide by the database's clock.

use jiff::Timestamp;

/// Returns the time now, by this machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
