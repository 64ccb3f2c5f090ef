//! The choice of a sentence from the catalogue.

use twofactor_contract::sms::Delivery;
use twofactor_contract::{Method, Next, Reason};

use super::{Duration, Sentence};
use crate::Limits;
use crate::throttle::Pace;

impl Sentence {
    /// Returns the sentence for a reason; `method` is the one that the person tried.
    pub const fn of(reason: Reason, method: Option<Method>) -> Self {
        match reason {
            Reason::StaleEvent => Self::StaleEvent,
            Reason::ResetSince => Self::ResetSince,
            Reason::MethodNotSetUp => match method {
                Some(Method::Totp) => Self::MethodNotSetUpTotp,
                Some(Method::Sms) => Self::MethodNotSetUpSms,
                Some(Method::Backup) => Self::MethodNotSetUpBackup,
                None => Self::MethodNotSetUp,
            },
            Reason::Locked => Self::Locked,
            Reason::TooManyFailures => Self::TooManyFailures,
            Reason::MalformedCode => match method {
                Some(Method::Sms) => Self::MalformedCodeSms,
                Some(Method::Backup) => Self::MalformedCodeBackup,
                Some(Method::Totp) | None => Self::MalformedCodeTotp,
            },
            Reason::WrongCode => match method {
                Some(Method::Sms) => Self::WrongCodeSms,
                Some(Method::Backup) => Self::WrongCodeBackup,
                Some(Method::Totp) | None => Self::WrongCodeTotp,
            },
            Reason::CodeUsed => match method {
                Some(Method::Sms) => Self::CodeUsedSms,
                Some(Method::Backup) => Self::CodeUsedBackup,
                Some(Method::Totp) | None => Self::CodeUsedTotp,
            },
            Reason::CodeExpired => Self::CodeExpired,
            Reason::NoCodeSent => Self::NoCodeSent,
            Reason::Throttled => Self::Throttled,
            Reason::NumberRejected => Self::NumberRejected,
            Reason::ProviderUnavailable => Self::ProviderUnavailable,
            Reason::LoginRequired => Self::LoginRequired,
            Reason::AlreadySetUp => Self::AlreadySetUp,
            Reason::InvalidNumber => Self::InvalidNumber,
            Reason::NotStarted => Self::NotStarted,
            Reason::NumberNotAccepted => Self::NumberNotAccepted,
        }
    }

    /// Returns the sentence that names the limit that holds a text back, with its values.
    pub const fn throttled(by: Pace, limits: &Limits) -> Self {
        let throttle = Duration::exact(limits.sms_throttle);
        let day = Duration::exact(Limits::DAY);
        match by {
            Pace::UserPeriod => Self::ThrottledUserPeriod { period: throttle },
            Pace::UserDay => Self::ThrottledUserDay {
                texts: Limits::TEXTS_A_DAY,
                period: day,
            },
            Pace::UserCalls => Self::Throttled,
            Pace::NumberPeriod => Self::ThrottledNumberPeriod { period: throttle },
            Pace::NumberDay => Self::ThrottledNumberDay {
                texts: Limits::NUMBER_TEXTS_A_DAY,
                period: day,
            },
        }
    }

    /// Returns the sentence for a TOTP code of another time; `offset` is in steps of 30 seconds,
    /// positive if the phone's clock is ahead.
    pub fn clock_off(offset: i8) -> Self {
        let clock = Duration::rounded_up(i64::from(offset.unsigned_abs()) * 30);
        if offset > 0 {
            Self::WrongCodeClockAhead { clock }
        } else {
            Self::WrongCodeClockBehind { clock }
        }
    }

    /// Returns the message of a challenge that offers `next`.
    pub const fn challenge(next: Next) -> Self {
        match next {
            Next::SetUp => Self::ChallengeSetUp,
            Next::EnterCode
            | Next::TryAnotherCode
            | Next::RequestNewCode
            | Next::UseAnotherMethod
            | Next::Wait
            | Next::AskAdmin
            | Next::TryAgain => Self::ChallengeEnterCode,
        }
    }

    /// Returns the message after a text was sent.
    pub const fn sent(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Accepted => Self::Sent,
            Delivery::Unknown => Self::PerhapsSent,
        }
    }

    /// Returns the notice that a method was set up.
    pub const fn notice_of_set_up(method: Method) -> Self {
        match method {
            Method::Totp => Self::NoticeSetUpTotp,
            Method::Sms => Self::NoticeSetUpSms,
            Method::Backup => Self::NoticeBackupCodes,
        }
    }

    /// Returns the notice that a method was given up, or that its pending set-up was cancelled.
    pub const fn notice_of_removal(method: Method, was_set_up: bool) -> Self {
        match (method, was_set_up) {
            (Method::Totp, true) => Self::NoticeRemovedTotp,
            (Method::Totp, false) => Self::NoticeCancelledTotp,
            (Method::Sms, true) => Self::NoticeRemovedSms,
            (Method::Sms, false) => Self::NoticeCancelledSms,
            (Method::Backup, _) => Self::NoticeRemovedBackup,
        }
    }
}
