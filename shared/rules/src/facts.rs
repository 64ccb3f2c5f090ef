//! What a decision saw that nothing tells later, since the state has moved on: how far a code was
//! off, how many wrong ones came before, which wait ran. Kept beside the answer for operators, who
//! ask why. No decision is made from it, and it never holds a code, number or secret.

use jiff::Timestamp;
use twofactor_contract::Event;

use crate::throttle::Throttled;
use crate::{Moment, User};

/// What a decision saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// How many steps of 30 s lay between the event's time and the step that the code is of, -10
    /// to 10; none where it matched none of them.
    pub totp_offset: Option<i8>,
    /// Wrong codes in a row before this event; none where the event is not about codes or texts.
    pub failures_before: Option<u32>,
    /// Until when a wait after wrong codes ran.
    pub waits_until: Option<Timestamp>,
    /// The limit that held a text back.
    pub throttled: Option<Throttled>,
}

impl Facts {
    /// With what the user's state tells about the event.
    pub(crate) fn with_state_of(self, user: &User, event: &Event, moment: &Moment<'_>) -> Self {
        let failures = match event {
            Event::LoginAttempted(_) | Event::SmsRequested(_) => user.login_failures,
            Event::TotpStarted(_)
            | Event::TotpConfirmed(_)
            | Event::SmsStarted(_)
            | Event::SmsConfirmed(_) => {
                // A lock at login is a lock here too.
                if user.login_failures.is_locked(moment.limits) {
                    user.login_failures
                } else {
                    user.confirm_failures
                }
            }
            Event::BackupCodesRequested(_)
            | Event::MethodReset(_)
            | Event::BrowsersForgotten(_)
            | Event::Exempted(_)
            | Event::PolicySet(_)
            | Event::PolicyRequested(_)
            | Event::ProfileRequested(_)
            | Event::ProfileListRequested(_)
            | Event::ResetRequested(_)
            | Event::ResetUserErased(_) => return self,
        };
        Self {
            failures_before: Some(failures.count),
            waits_until: failures.waits_until(moment.now, moment.limits),
            ..self
        }
    }
}
