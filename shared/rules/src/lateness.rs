//! What a person sent to change something may come too late: it waited, or the user was reset.

use jiff::Timestamp;
use twofactor_contract::Reason;

use crate::{Moment, User};

/// The first two checks of what a person sent to change something.
pub(crate) fn too_late(user: &User, time: Timestamp, moment: &Moment<'_>) -> Option<Reason> {
    if time + moment.limits.event_max_age < moment.now {
        return Some(Reason::StaleEvent);
    }
    user.reset_since
        .filter(|since| time <= *since)
        .map(|_| Reason::ResetSince)
}
