//! The figures of the contract: how long, how often, how many.

use std::collections::BTreeSet;

use jiff::SignedDuration;

/// The figures that settings can change, and the names that texts and apps show.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The issuer that apps and texts show.
    pub issuer: String,
    /// Where texts may go, ISO 3166.
    pub sms_countries: BTreeSet<String>,
    /// The host of origin-bound texts, if they are.
    pub sms_origin: Option<String>,
    /// Between two texts to one user.
    pub sms_throttle: SignedDuration,
    /// How long a texted code is good.
    pub sms_code_ttl: SignedDuration,
    /// How long a browser is remembered.
    pub remember_for: SignedDuration,
    /// How long an event may wait before it is stale.
    pub event_max_age: SignedDuration,
    /// The wait after the fifth failure; it doubles with each further one.
    pub guess_wait: SignedDuration,
    /// The longest wait.
    pub guess_wait_max: SignedDuration,
    /// The failure that locks.
    pub guess_limit: u32,
}

impl Limits {
    /// Failures in a row that cost no wait.
    pub const FREE_FAILURES: u32 = 4;
    /// Texts to one user in 24 hours.
    pub const TEXTS_A_DAY: usize = 20;
    /// Enrollment texts to one number in 24 hours, over all tenants.
    pub const NUMBER_TEXTS_A_DAY: usize = 5;
    /// Calls of the provider for one user within one throttle period, refused ones too.
    pub const CALLS_A_PERIOD: usize = 5;
    /// Remembered browsers of one user.
    pub const BROWSERS: usize = 20;
    /// Backup codes in a set.
    pub const BACKUP_CODES: usize = 10;
    /// The day of the texts' daily limits.
    pub const DAY: SignedDuration = SignedDuration::from_hours(24);
    /// How long a TOTP set-up waits for its code.
    pub const TOTP_PENDING: SignedDuration = SignedDuration::from_mins(15);
    /// How long a session that set a method up is let in for it.
    pub const ENROLLED: SignedDuration = SignedDuration::from_mins(10);
    /// How long an accepted session may change second factors.
    pub const SESSION: SignedDuration = SignedDuration::from_hours(12);
    /// How long the secrets of an answer are kept for its repeats.
    pub const SECRETS_KEPT: SignedDuration = SignedDuration::from_mins(15);
    /// How far an event's time may lie ahead of the database's clock.
    pub const CLOCK_LEAD: SignedDuration = SignedDuration::from_secs(30);
    /// How old an event may be at all.
    pub const EVENT_TOO_OLD: SignedDuration = SignedDuration::from_hours(7 * 24);
    /// How far ahead an exemption may reach.
    pub const EXEMPTION: SignedDuration = SignedDuration::from_hours(30 * 24);
    /// How long the provider has to answer.
    pub const PROVIDER_PATIENCE: SignedDuration = SignedDuration::from_secs(10);
    /// After this an unsettled text of another worker counts as sent.
    pub const HOLD_PATIENCE: SignedDuration = SignedDuration::from_secs(15);
}

impl Default for Limits {
    /// The contract's figures.
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

/// Seconds from `now` to `then`, rounded up, at least 0.
pub fn seconds_until(now: jiff::Timestamp, then: jiff::Timestamp) -> i64 {
    let left = then.duration_since(now);
    if !left.is_positive() {
        return 0;
    }
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}
