//! An institution's rule: whether a second factor is required, and how long grace runs.

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::AdminId;

/// The policy of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether a second factor is required.
    pub required: bool,
    /// Days of grace, each of 24 hours.
    pub grace_days: u8,
    /// When `required` became true; setting it again does not restart it.
    pub required_since: Option<Timestamp>,
    /// Who set it last.
    pub set_by: AdminId,
    /// The moment at which it was set last.
    pub set_at: Timestamp,
}

impl Policy {
    /// Until when a user without a method must set one up: grace runs from the later of the
    /// moment that it became required and the user's first login.
    pub fn set_up_by(&self, first_login_at: Timestamp) -> Option<Timestamp> {
        let since = self
            .required_since
            .filter(|_| self.required && self.grace_days > 0)?;
        let grace = SignedDuration::from_hours(24 * i64::from(self.grace_days));
        since.max(first_login_at).checked_add(grace).ok()
    }
}
