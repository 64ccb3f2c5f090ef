//! What an event tells besides who and when, for the trail: also one that is refused, as far as it
//! could be read.

use serde_json::Value;

use crate::reset::AdminReason;
use crate::{ClientIp, Event, Method};

/// What an event tells besides who and when.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The method it is about, also where the entered code did not matter.
    pub method: Option<Method>,
    /// The person's address; of a valid event logins alone have it.
    pub ip: Option<ClientIp>,
    /// Why an administrator acted; resets, erasures and exemptions alone. It may hold anything.
    pub admin_reason: Option<AdminReason>,
}

impl Told {
    /// What a valid event tells.
    pub fn by(event: &Event) -> Self {
        let method = match event {
            Event::LoginAttempted(login) => login.code.as_ref().map(|code| code.method),
            Event::MethodReset(event) => Some(event.method),
            other => method_of(other.event_type()),
        };
        let ip = match event {
            Event::LoginAttempted(login) => Some(login.ip),
            _ => None,
        };
        let admin_reason = match event {
            Event::Exempted(event) => Some(&event.reason),
            Event::ResetRequested(event) => Some(&event.reason),
            Event::ResetUserErased(event) => Some(&event.reason),
            _ => None,
        };
        Self {
            method,
            ip,
            admin_reason: admin_reason.cloned(),
        }
    }

    /// What can be read of an event of that type that need not be valid.
    pub(crate) fn read(event_type: &str, data: Option<&Value>) -> Self {
        let member = |name: &str| data?.get(name);
        let text = |name: &str| member(name)?.as_str();
        let entered = || member("code")?.get("method")?.as_str();
        let has_reason = matches!(
            event_type,
            "enrollment.exempted.v1" | "reset.requested.v1" | "reset.user.erased.v1"
        );
        let method = match event_type {
            "login.attempted.v1" => entered().and_then(Method::parse),
            "enrollment.method.reset.v1" => text("method").and_then(Method::parse),
            other => method_of(other),
        };
        Self {
            method,
            ip: text("ip").and_then(ClientIp::parse),
            admin_reason: text("reason")
                .filter(|_| has_reason)
                .and_then(AdminReason::parse),
        }
    }
}

/// The method that a type itself names.
fn method_of(event_type: &str) -> Option<Method> {
    match event_type {
        "enrollment.totp.started.v1" | "enrollment.totp.confirmed.v1" => Some(Method::Totp),
        "sms.requested.v1" | "enrollment.sms.started.v1" | "enrollment.sms.confirmed.v1" => {
            Some(Method::Sms)
        }
        "enrollment.backup_codes.requested.v1" => Some(Method::Backup),
        _ => None,
    }
}
