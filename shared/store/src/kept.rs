//! How long what is kept: the figures that loading and sweeping share.
//!
//! What a rule needs is kept for as long as the rule says; the rest is the contract's, or the
//! store's own.

use jiff::SignedDuration;
use twofactor_rules::Limits;

use crate::connection::Param;

/// Outcomes, those of refusals too, and texts.
pub(crate) const OUTCOMES: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Secret members of outcomes.
pub(crate) const SECRETS: SignedDuration = Limits::SECRETS_KEPT;
/// Login sessions since they were written last.
pub(crate) const SESSIONS: SignedDuration = SignedDuration::from_hours(24);
/// Texts that the throttle counts: all of them are loaded for so long, also those that a reset or
/// an erasure voided.
pub(crate) const THROTTLED: SignedDuration = Limits::DAY;
/// Browsers since they expired, so that `expired` can be said rather than `unknown`.
pub(crate) const BROWSERS: SignedDuration = SignedDuration::from_hours(60 * 24);

const _: () = assert!(
    SESSIONS.as_secs() >= Limits::SESSION.as_secs()
        && SESSIONS.as_secs() >= Limits::ENROLLED.as_secs(),
    "a session is kept for as long as it may change second factors"
);
const _: () = assert!(
    OUTCOMES.as_secs() >= THROTTLED.as_secs() && OUTCOMES.as_secs() >= SECRETS.as_secs(),
    "nothing outlives the outcome that it belongs to"
);

/// Such a time as a parameter of a statement, in seconds.
pub(crate) fn seconds<'a>(kept: SignedDuration) -> Param<'a> {
    Box::new(kept.as_secs_f64())
}
