//! Wrong codes in a row at login, counted from rows of the trail, for whoever explains an event
//! whose own count was not kept. No decision is made from it: that is [`crate::failures`]'s, and a
//! test holds the two against each other.

use twofactor_contract::declaration::OutcomeData;
use twofactor_contract::login::{LoginAccepted, LoginRejected};
use twofactor_contract::reset::{ResetCompleted, ResetErased};
use twofactor_contract::{Method, Reason, Via};

/// What a row of `audit.login_log` or `audit.reset_log` has about the count.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The type of the outcome.
    pub outcome_type: &'a str,
    /// The method that it was about.
    pub method: Option<&'a str>,
    /// The reason, where it was rejected or refused.
    pub reason: Option<&'a str>,
    /// What let the person in.
    pub via: Option<&'a str>,
}

/// What an event did to the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// One wrong code more.
    Counts,
    /// None from here on: a login was accepted with a code, or everything was reset.
    Clears,
    /// Nothing.
    Leaves,
}

impl Row<'_> {
    /// What the event of this row did to the count.
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
