//! The limits of the contract: periods, counts and rates.

use std::collections::BTreeSet;

use jiff::SignedDuration;

/// The limits that settings can change, and the names that texts and apps show.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The issuer that apps and texts show.
    pub issuer: String,
    /// Countries that texts may be sent to, as ISO 3166 codes.
    pub sms_countries: BTreeSet<String>,
    /// Host of origin-bound texts; `None` if texts are not origin-bound.
    pub sms_origin: Option<String>,
    /// Minimum time between two texts to one user.
    pub sms_throttle: SignedDuration,
    /// Validity of a texted code.
    pub sms_code_ttl: SignedDuration,
    /// Period for which a browser is remembered.
    pub remember_for: SignedDuration,
    /// Maximum age of an event before it is stale.
    pub event_max_age: SignedDuration,
    /// Wait after the fifth failure; it doubles with each further one.
    pub guess_wait: SignedDuration,
    /// Maximum wait after failures.
    pub guess_wait_max: SignedDuration,
    /// Count of consecutive failures that locks.
    pub guess_limit: u32,
}

impl Limits {
    /// Count of consecutive failures without a wait.
    pub const FREE_FAILURES: u32 = 4;
    /// Maximum count of texts to one user in 24 hours.
    pub const TEXTS_A_DAY: usize = 20;
    /// Maximum count of enrollment texts to one number in 24 hours, over all institutions.
    pub const NUMBER_TEXTS_A_DAY: usize = 5;
    /// Maximum count of calls of the provider for one user within one throttle period, including
    /// refused ones.
    pub const CALLS_A_PERIOD: usize = 5;
    /// Maximum count of remembered browsers of one user.
    pub const BROWSERS: usize = 20;
    /// Count of backup codes in a set.
    pub const BACKUP_CODES: usize = 10;
    /// Period of the daily limits of texts.
    pub const DAY: SignedDuration = SignedDuration::from_hours(24);
    /// Validity of a pending TOTP set-up.
    pub const TOTP_PENDING: SignedDuration = SignedDuration::from_mins(15);
    /// Period after a set-up in which it can be used to accept a login of the same session.
    pub const ENROLLED: SignedDuration = SignedDuration::from_mins(10);
    /// Period for which an accepted login session may change second factors.
    pub const SESSION: SignedDuration = SignedDuration::from_hours(12);
    /// Period for which the secret members of an answer are kept for its repeats.
    pub const SECRETS_KEPT: SignedDuration = SignedDuration::from_mins(15);
    /// Maximum lead of an event's time over the database's clock.
    pub const CLOCK_LEAD: SignedDuration = SignedDuration::from_secs(30);
    /// Maximum age of any event.
    pub const EVENT_TOO_OLD: SignedDuration = SignedDuration::from_hours(7 * 24);
    /// Maximum length of an exemption.
    pub const EXEMPTION: SignedDuration = SignedDuration::from_hours(30 * 24);
    /// Maximum time for the provider to answer.
    pub const PROVIDER_PATIENCE: SignedDuration = SignedDuration::from_secs(10);
    /// Time after which an unsettled text of another worker counts as sent.
    pub const HOLD_PATIENCE: SignedDuration = SignedDuration::from_secs(15);
}

impl Default for Limits {
    /// Returns the contract's limits.
    fn default() -> Self {
        Self {
            issuer: "Student CRM".to_owned(),
            sms_countries: BTreeSet::from(["GB".to_owned()]),
            sms_origin: None,
            sms_throttle: SignedDuration::from_mins(5),
            sms_code_ttl: SignedDuration::from_mins(10),
            remember_for: SignedDuration::from_hours(30 * 24),
            event_max_age: SignedDuration::from_mins(2),
            guess_wait: SignedDuration::from_secs(30),
            guess_wait_max: SignedDuration::from_mins(15),
            guess_limit: 100,
        }
    }
}

/// Returns the seconds from `now` to `then`, rounded up, at least 0.
pub fn seconds_until(now: jiff::Timestamp, then: jiff::Timestamp) -> i64 {
    let left = then.duration_since(now);
    if !left.is_positive() {
        return 0;
    }
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}
