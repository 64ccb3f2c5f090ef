//! Late events: what a person sent to change something waited too long, or the user was reset
//! since.

use jiff::Timestamp;
use twofactor_contract::Reason;

use crate::{Moment, User};

/// Runs the first two checks of an event by which a person changes something.
pub(crate) fn too_late(user: &User, time: Timestamp, moment: &Moment<'_>) -> Option<Reason> {
    if time + moment.limits.event_max_age < moment.now {
        return Some(Reason::StaleEvent);
    }
    user.reset_since
        .filter(|since| time <= *since)
        .map(|_| Reason::ResetSince)
}
