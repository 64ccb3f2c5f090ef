//! This machine's clock. No decision uses it: decisions are timed by the database's clock.
//!
//! It serves to measure the skew between the two, to date spans, and to date what the database
//! could not.

use jiff::Timestamp;

/// Reads the present time of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads this clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
