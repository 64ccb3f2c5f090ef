//! Every sentence that a person at the login page reads, and what the page should offer then.
//!
//! The same reason has the same `next` everywhere. No sentence says whether another user exists.

use jiff::Timestamp;
use twofactor_contract::{Method, Next, Reason};

use crate::limits::seconds_until;

/// A no, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct No {
    /// Why not.
    pub reason: Reason,
    /// What the page should offer.
    pub next: Next,
    /// One plain sentence, or two.
    pub message: String,
    /// Seconds until trying again can help.
    pub retry_after_seconds: Option<i64>,
}

impl No {
    /// The no of a reason; `method` is the one that the person tried.
    pub fn new(reason: Reason, method: Option<Method>) -> Self {
        let next = next(reason, method);
        Self {
            reason,
            next,
            message: message(reason, method).to_owned(),
            retry_after_seconds: None,
        }
    }

    /// Says how long to wait, also in words.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.message = format!("{} {}", self.message, wait(seconds));
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Says how long to wait where a wait runs.
    #[must_use]
    pub fn waiting_until(self, until: Option<Timestamp>, now: Timestamp) -> Self {
        match until {
            Some(until) => self.retry_after(seconds_until(now, until)),
            None => self,
        }
    }

    /// Another sentence than the usual one.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

/// What the page should offer.
pub const fn next(reason: Reason, method: Option<Method>) -> Next {
    match reason {
        Reason::StaleEvent
        | Reason::ResetSince
        | Reason::LoginRequired
        | Reason::InvalidNumber
        | Reason::ProviderUnavailable => Next::TryAgain,
        Reason::MethodNotSetUp
        | Reason::AlreadySetUp
        | Reason::NumberRejected
        | Reason::NumberNotAccepted => Next::UseAnotherMethod,
        Reason::Locked => Next::AskAdmin,
        Reason::TooManyFailures | Reason::Throttled => Next::Wait,
        Reason::MalformedCode => Next::TryAnotherCode,
        Reason::WrongCode | Reason::CodeUsed => match method {
            Some(Method::Sms) => Next::RequestNewCode,
            Some(Method::Totp | Method::Backup) | None => Next::TryAnotherCode,
        },
        Reason::CodeExpired | Reason::NoCodeSent => Next::RequestNewCode,
        Reason::NotStarted => Next::SetUp,
    }
}

const fn message(reason: Reason, method: Option<Method>) -> &'static str {
    match (reason, method) {
        (Reason::StaleEvent, _) => "That took too long to reach us. Please try again.",
        (Reason::ResetSince, _) => {
            "Your two-factor authentication was reset in the meantime. Please start again."
        }
        (Reason::MethodNotSetUp, Some(Method::Totp)) => {
            "You have not set up an authenticator app. Use another method."
        }
        (Reason::MethodNotSetUp, Some(Method::Sms)) => {
            "You have not set up codes by text message. Use another method."
        }
        (Reason::MethodNotSetUp, Some(Method::Backup)) => {
            "You have no backup codes. Use another method."
        }
        (Reason::MethodNotSetUp, None) => "You have not set up a method yet. Set one up first.",
        (Reason::Locked, _) => {
            "Too many wrong codes were entered. Use a backup code, or ask your user administrator to reset your two-factor authentication."
        }
        (Reason::TooManyFailures, _) => "Too many wrong codes were entered.",
        (Reason::MalformedCode, Some(Method::Sms)) => {
            "A code by text message has 6 lower-case letters and digits. Check it and enter it again."
        }
        (Reason::MalformedCode, Some(Method::Backup)) => {
            "A backup code has 16 letters and digits. Check it and enter it again."
        }
        (Reason::MalformedCode, Some(Method::Totp) | None) => {
            "A code from your authenticator app has 6 digits. Check it and enter it again."
        }
        (Reason::WrongCode, Some(Method::Sms)) => {
            "That code is not right, and each text can be tried once. Request a new code."
        }
        (Reason::WrongCode, Some(Method::Backup)) => {
            "That is not one of your backup codes. Try another one."
        }
        (Reason::WrongCode, Some(Method::Totp) | None) => {
            "That code is not right. Try the next code that your authenticator app shows."
        }
        (Reason::CodeUsed, Some(Method::Sms)) => "That code was used already. Request a new code.",
        (Reason::CodeUsed, Some(Method::Backup)) => {
            "That backup code was used already. Try another one."
        }
        (Reason::CodeUsed, Some(Method::Totp) | None) => {
            "That code was used already. Wait for the next code of your authenticator app."
        }
        (Reason::CodeExpired, _) => {
            "That code is no longer good. Use the newest text, or request a new code."
        }
        (Reason::NoCodeSent, _) => "There is no code by text for this login. Request a new code.",
        (Reason::Throttled, _) => "A text can be sent once every 5 minutes, against spam.",
        (Reason::NumberRejected, _) => {
            "Texts to your mobile number are refused. Use another method, or another number."
        }
        (Reason::ProviderUnavailable, _) => "We could not send a text just now. Please try again.",
        (Reason::LoginRequired, _) => "Log in with a code first, then try again.",
        (Reason::AlreadySetUp, _) => "This is set up already. Reset it first to change it.",
        (Reason::InvalidNumber, _) => {
            "That is not a mobile number that we can send texts to. Check it and enter it again."
        }
        (Reason::NotStarted, _) => "No set-up is under way. Start the set-up again.",
        (Reason::NumberNotAccepted, _) => {
            "This number cannot be used. Use another number or an authenticator app."
        }
    }
}

/// The hint for who typed an SMS code in capitals.
pub const CAPS_LOCK: &str =
    "Codes by text message are all lower case. Switch caps lock off and enter the code again.";

/// The hint for whose phone shows the code of another time; `offset` in steps of 30 seconds.
pub fn clock_is_off(offset: i8) -> String {
    let seconds = i64::from(offset.unsigned_abs()) * 30;
    let direction = if offset > 0 { "ahead" } else { "behind" };
    format!(
        "That code is not right. The clock of your phone is about {} {direction}: set it to automatic, then try the next code.",
        duration(seconds)
    )
}

/// What a challenge says.
pub const fn challenge(next: Next) -> &'static str {
    match next {
        Next::SetUp => "Set up two-factor authentication to log in.",
        _ => "Enter a code to log in.",
    }
}

/// What a sent text says.
pub const SENT: &str = "We sent you a text with a code. It can be tried once; use the newest text.";

/// The same, where the provider gave no answer.
pub const PERHAPS_SENT: &str =
    "A text with a code should reach you soon. It can be tried once; use the newest text.";

/// "Please wait …", from seconds.
pub fn wait(seconds: i64) -> String {
    format!("Please wait {}.", duration(seconds))
}

fn duration(seconds: i64) -> String {
    let unit =
        |count: i64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    match seconds {
        ..=90 => unit(seconds, "second"),
        91..=5400 => unit((seconds + 59) / 60, "minute"),
        _ => unit((seconds + 3599) / 3600, "hour"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_no_is_plain_english_and_names_no_other_person() {
        for reason in Reason::ALL {
            for method in [
                None,
                Some(Method::Totp),
                Some(Method::Sms),
                Some(Method::Backup),
            ] {
                let no = No::new(*reason, method);
                assert!(
                    no.message.ends_with('.') && no.message.len() > 20,
                    "{}",
                    no.message
                );
                for telling in ["user exists", "another user", "somebody", "taken"] {
                    assert!(!no.message.contains(telling), "{}", no.message);
                }
            }
        }
    }

    #[test]
    fn waits_are_told_in_units_that_people_use() {
        assert_eq!(wait(1), "Please wait 1 second.");
        assert_eq!(wait(90), "Please wait 90 seconds.");
        assert_eq!(wait(241), "Please wait 5 minutes.");
        assert_eq!(wait(86_400), "Please wait 24 hours.");
    }

    #[test]
    fn a_clock_that_is_off_is_told_by_how_much() {
        assert!(clock_is_off(4).contains("2 minutes ahead"));
        assert!(clock_is_off(-2).contains("60 seconds behind"));
    }
}
