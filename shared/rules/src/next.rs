//! The next step that a page should offer after a rejection: the same for the same reason
//! everywhere.

use twofactor_contract::{Method, Next, Reason};

/// Returns the next step that the page should offer; `method` is the one that the person tried.
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
