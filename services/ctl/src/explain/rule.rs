//! The rule that decided, in words for operators. The sentences for people are in the rules.

use twofactor_contract::declaration::OutcomeData;
use twofactor_contract::login::LoginChallenged;
use twofactor_contract::{Reason, RefusalReason, Via};
use twofactor_store::Explained;

/// Words the rule that decided.
pub fn rule(one: &Explained) -> String {
    let reason = one.reason.as_deref();
    if let Some(via) = one.via.as_deref() {
        return match Via::parse(via) {
            Some(via) => format!("let in by {}: {}", via.as_str(), of_via(via)),
            None => format!("let in by {via}"),
        };
    }
    let Some(name) = reason else {
        return match one.outcome_type.as_str() {
            LoginChallenged::TYPE => {
                "nothing let this login in without a code, so one was asked for".to_owned()
            }
            "import" => "set up by twofactor-ctl import".to_owned(),
            _ => "no rule was against it".to_owned(),
        };
    };
    let sentence = match (Reason::parse(name), RefusalReason::parse(name)) {
        (Some(reason), _) => of_reason(reason),
        (None, Some(refusal)) => of_refusal(refusal),
        (None, None) => "a reason that this release does not know",
    };
    format!("{name}: {sentence}")
}

const fn of_via(via: Via) -> &'static str {
    match via {
        Via::Totp => "the code was right, and its step was not spent",
        Via::Sms => "the texted code was right, in its session and in its time",
        Via::Backup => "the backup code was right and not spent",
        Via::Remembered => "the browser is remembered, at this address and not for over 30 days",
        Via::Enrolled => "this session had set a method up minutes before",
        Via::Grace => "no method yet, and the days of grace were not over",
        Via::Exempt => "no method, and an administrator's exemption was in force",
        Via::NotRequired => "no method, and the institution requires none",
    }
}

const fn of_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::StaleEvent => "the event waited for longer than EVENT_MAX_AGE",
        Reason::ResetSince => "the user was reset after the event",
        Reason::MethodNotSetUp => "the user had not set that method up",
        Reason::Locked => "wrong codes had reached GUESS_LIMIT; a backup code or a reset unlocks",
        Reason::TooManyFailures => {
            "a wait after five or more wrong codes was running; the code was not judged"
        }
        Reason::MalformedCode => "it could not be a code of that method; not counted",
        Reason::WrongCode => "a well-formed code that was wrong; counted at a login",
        Reason::CodeUsed => "this very code was accepted before",
        Reason::CodeExpired => "the right texted code, too late or replaced by a newer one",
        Reason::NoCodeSent => "there was no unspent texted code of this session",
        Reason::Throttled => "a text was sent within the throttle, or the day's limit was reached",
        Reason::NumberRejected => "the provider refused the number",
        Reason::ProviderUnavailable => "the provider did not take the text",
        Reason::LoginRequired => "the session was not let in by a second factor in 12 hours",
        Reason::AlreadySetUp => "the method was set up already",
        Reason::InvalidNumber => "no mobile number, or outside SMS_COUNTRIES",
        Reason::NotStarted => "no set-up was pending",
        Reason::NumberNotAccepted => "the number serves another user of the institution",
    }
}

const fn of_refusal(reason: RefusalReason) -> &'static str {
    match reason {
        RefusalReason::TooLarge => "the message was over 64 KiB",
        RefusalReason::Malformed => {
            "it was no CloudEvent in JSON, or its routing key was not its type; \
             see what was said"
        }
        RefusalReason::UnknownType => "this worker does not know the type",
        RefusalReason::InvalidField => "a member was missing, unknown or out of range",
        RefusalReason::ReplyToRequired => "the answer has secrets, and there was no reply_to",
        RefusalReason::IdConflict => "the same source and id came before with other content",
        RefusalReason::TooOld => "its time was over 7 days ago",
        RefusalReason::UnknownTenant => "the institution had no policy yet",
        RefusalReason::InternalError => "the worker failed on it five times; look at its log",
    }
}
