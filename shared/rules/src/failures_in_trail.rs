//! Consecutive wrong codes at login, counted from rows of the trail, to explain an event whose own
//! count was not kept. No decision is made from it: [`crate::failures`] does that, and a test
//! compares the two.

use twofactor_contract::declaration::OutcomeData;
use twofactor_contract::login::{LoginAccepted, LoginRejected};
use twofactor_contract::reset::{ResetCompleted, ResetErased};
use twofactor_contract::{Method, Reason, Via};

/// The columns of a row of `audit.login_log` or `audit.reset_log` that the count depends on.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The type of the outcome.
    pub outcome_type: &'a str,
    /// The method that it was about.
    pub method: Option<&'a str>,
    /// The reason, if it was rejected or refused.
    pub reason: Option<&'a str>,
    /// The factor or exception by which the login was accepted, if it was.
    pub via: Option<&'a str>,
}

/// The effect of an event on the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// One more wrong code.
    Counts,
    /// The count starts again at 0: a login was accepted with a code, or everything was reset.
    Clears,
    /// The count stays.
    Leaves,
}

impl Row<'_> {
    /// Returns the effect of the event on the count.
    pub fn effect(&self) -> Effect {
        let is = |outcome_type: &str| self.outcome_type == outcome_type;
        if is(ResetCompleted::TYPE) || is(ResetErased::TYPE) {
            return Effect::Clears;
        }
        if is(LoginAccepted::TYPE) {
            return match self.via.and_then(Via::parse) {
                Some(Via::Totp | Via::Sms | Via::Backup) => Effect::Clears,
                Some(
                    Via::Remembered | Via::Enrolled | Via::Grace | Via::Exempt | Via::NotRequired,
                )
                | None => Effect::Leaves,
            };
        }
        let is_wrong_code = self.reason == Some(Reason::WrongCode.as_str());
        let is_counted = match self.method.and_then(Method::parse) {
            Some(Method::Totp | Method::Sms) => is_wrong_code,
            Some(Method::Backup) | None => false,
        };
        if is(LoginRejected::TYPE) && is_counted {
            Effect::Counts
        } else {
            Effect::Leaves
        }
    }
}
