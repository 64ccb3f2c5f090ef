//! An institution's policy: whether a second factor is required, and how long grace runs.

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::AdminId;

/// The policy of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `true` if a second factor is required.
    pub required: bool,
    /// Length of grace, in days of 24 hours.
    pub grace_days: u8,
    /// Time at which `required` became true; setting it again does not change it.
    pub required_since: Option<Timestamp>,
    /// The administrator who set it last.
    pub set_by: AdminId,
    /// Time at which it was set last.
    pub set_at: Timestamp,
}

impl Policy {
    /// Returns the deadline for a user without a method to set one up: grace runs from
    /// `required_since` or from the user's first login, whichever is later.
    pub fn set_up_by(&self, first_login_at: Timestamp) -> Option<Timestamp> {
        let since = self
            .required_since
            .filter(|_| self.required && self.grace_days > 0)?;
        let grace = SignedDuration::from_hours(24 * i64::from(self.grace_days));
        since.max(first_login_at).checked_add(grace).ok()
    }
}
