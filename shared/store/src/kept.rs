//! Retention times of the state, which loading and sweeping share.
//!
//! What a rule needs is kept for as long as the rule says. The other times are from the contract,
//! or are the store's own choice.

use jiff::SignedDuration;
use twofactor_rules::Limits;

use crate::connection::Param;

/// Retention of outcomes, those of refusals too, and of texts.
pub(crate) const OUTCOMES: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Retention of the secret members of outcomes.
pub(crate) const SECRETS: SignedDuration = Limits::SECRETS_KEPT;
/// Retention of login sessions, from their last write.
pub(crate) const SESSIONS: SignedDuration = SignedDuration::from_hours(24);
/// Age up to which the throttle counts texts: all of them are loaded, also those that a reset or an
/// erasure voided.
pub(crate) const THROTTLED: SignedDuration = Limits::DAY;
/// Retention of browsers after they expired, so that the reason can be `expired`, not `unknown`.
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

/// Makes such a time a parameter of a statement, in seconds.
pub(crate) fn seconds<'a>(kept: SignedDuration) -> Param<'a> {
    Box::new(kept.as_secs_f64())
}
