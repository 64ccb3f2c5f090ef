//! Moments as the database keeps them: in microseconds, where jiff has nanoseconds.

use std::time::SystemTime;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use crate::error::Corrupt;

/// Converts a moment to a `timestamptz`; anything finer than a microsecond is cut off.
pub(crate) fn stored(moment: Timestamp) -> SystemTime {
    SystemTime::try_from(moment).expect("every moment of jiff is a system time on Unix")
}

/// Rounds up to a whole microsecond: for a moment that no earlier or equal one may pass.
pub(crate) fn stored_up(moment: Timestamp) -> SystemTime {
    let up = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(RoundMode::Ceil);
    stored(moment.round(up).unwrap_or(moment))
}

/// Converts a `timestamptz` to a moment.
pub(crate) fn loaded(moment: SystemTime) -> Result<Timestamp, Corrupt> {
    Timestamp::try_from(moment).map_err(|_| Corrupt)
}
