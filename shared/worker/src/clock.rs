//! This machine's clock. It decides nothing: decisions are timed by the database's clock.
//!
//! It measures how far the two are apart, dates spans, and stamps what the database could not.

use jiff::Timestamp;

/// Now, as this machine believes.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads this clock"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
