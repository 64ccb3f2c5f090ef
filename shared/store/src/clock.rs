//! Moments as the database keeps them: microseconds, where jiff has nanoseconds.

use std::time::SystemTime;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use crate::error::Corrupt;

/// A moment for a `timestamptz`; what is finer than a microsecond is cut off.
pub(crate) fn stored(moment: Timestamp) -> SystemTime {
    SystemTime::try_from(moment).expect("every moment of jiff is a system time on Unix")
}

/// The next whole microsecond: for a moment that nothing of before or at it may pass.
pub(crate) fn stored_up(moment: Timestamp) -> SystemTime {
    let up = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(RoundMode::Ceil);
    stored(moment.round(up).unwrap_or(moment))
}

/// A moment from a `timestamptz`.
pub(crate) fn loaded(moment: SystemTime) -> Result<Timestamp, Corrupt> {
    Timestamp::try_from(moment).map_err(|_| Corrupt)
}
