//! People at an institution, as the CRM knows them: the events that they cause.
//!
//! It knows the events of the contract about one user, and no test's purpose.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authenticator::Authenticator;
use crate::event::CrmEvent;

/// The administrator who sets policies and resets people.
pub const ADMIN: &str = "admin-1";
/// The address from which people log in, unless a test says otherwise.
const IP: &str = "203.0.113.7";
/// Count of different numbers.
const NUMBERS: u32 = 900_000;

/// A person in one login session.
#[derive(Clone, Debug)]
pub struct Person {
    /// `tenant_id`.
    pub tenant: String,
    /// `user_id`.
    pub user: String,
    /// `session_id`.
    pub session: String,
    /// The address from which they log in.
    pub ip: String,
    /// Their mobile number, E.164.
    pub number: String,
}

impl Person {
    pub(crate) fn at(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            user: format!("user-{}", Uuid::new_v4().simple()),
            session: fresh_session(),
            ip: IP.to_owned(),
            number: fresh_number(),
        }
    }

    /// Returns a new person of the same institution.
    #[must_use]
    pub fn colleague(&self) -> Self {
        Self::at(&self.tenant)
    }

    /// Returns the same person at another login.
    #[must_use]
    pub fn anew(&self) -> Self {
        self.in_session(&fresh_session())
    }

    /// Returns the same person in that session.
    #[must_use]
    pub fn in_session(&self, session: &str) -> Self {
        Self {
            session: session.to_owned(),
            ..self.clone()
        }
    }

    /// Returns the same person at another address.
    #[must_use]
    pub fn at_ip(&self, ip: &str) -> Self {
        Self {
            ip: ip.to_owned(),
            ..self.clone()
        }
    }

    /// Returns an event about the person, with these members more.
    pub fn event(&self, event_type: &str, more: &Value) -> CrmEvent {
        let mut data = json!({ "tenant_id": self.tenant, "user_id": self.user });
        for (name, value) in more.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        CrmEvent::new(event_type, data)
    }

    /// Returns an event of the person's session, with these members more.
    pub fn session_event(&self, event_type: &str, more: &Value) -> CrmEvent {
        self.event(event_type, more)
            .with_data("session_id", json!(self.session))
    }

    /// `login.attempted.v1` without a code.
    pub fn login(&self) -> CrmEvent {
        self.session_event("login.attempted.v1", &json!({ "ip": self.ip }))
    }

    /// `login.attempted.v1` with a code of that method.
    pub fn login_by(&self, method: &str, code: &str) -> CrmEvent {
        self.login()
            .with_data("code", json!({ "method": method, "value": code }))
    }

    /// `login.attempted.v1` with the code that the app shows so many steps from now.
    pub fn login_by_app(&self, app: &Authenticator, steps: i64) -> CrmEvent {
        let now = Timestamp::now();
        self.login_by("totp", &app.code_steps_from(now, steps))
            .at(now)
    }

    /// `sms.requested.v1`.
    pub fn request_text(&self) -> CrmEvent {
        self.session_event("sms.requested.v1", &json!({}))
    }

    /// `enrollment.totp.started.v1`.
    pub fn start_totp(&self) -> CrmEvent {
        let more = json!({ "account": "anna@example.org" });
        self.session_event("enrollment.totp.started.v1", &more)
    }

    /// `enrollment.totp.confirmed.v1`.
    pub fn confirm_totp(&self, code: &str) -> CrmEvent {
        self.session_event("enrollment.totp.confirmed.v1", &json!({ "code": code }))
    }

    /// `enrollment.sms.started.v1` with the person's number.
    pub fn start_sms(&self) -> CrmEvent {
        let more = json!({ "mobile_number": self.number });
        self.session_event("enrollment.sms.started.v1", &more)
    }

    /// `enrollment.sms.confirmed.v1`.
    pub fn confirm_sms(&self, code: &str) -> CrmEvent {
        self.session_event("enrollment.sms.confirmed.v1", &json!({ "code": code }))
    }

    /// `enrollment.method.reset.v1`.
    pub fn give_up(&self, method: &str) -> CrmEvent {
        self.session_event("enrollment.method.reset.v1", &json!({ "method": method }))
    }

    /// `enrollment.backup_codes.requested.v1`.
    pub fn request_backup_codes(&self) -> CrmEvent {
        self.session_event("enrollment.backup_codes.requested.v1", &json!({}))
    }

    /// `enrollment.browsers.forgotten.v1`.
    pub fn forget_browsers(&self) -> CrmEvent {
        self.event("enrollment.browsers.forgotten.v1", &json!({}))
    }

    /// `enrollment.browsers.forgotten.v1` of one browser alone.
    pub fn forget_browser(&self, id: &str) -> CrmEvent {
        self.forget_browsers().with_data("browser_id", json!(id))
    }

    /// `enrollment.exempted.v1` by [`ADMIN`].
    pub fn exempt(&self, reason: &str, until: Timestamp) -> CrmEvent {
        let more = json!({ "admin_id": ADMIN, "reason": reason, "until": until.to_string() });
        self.event("enrollment.exempted.v1", &more)
    }

    /// `reset.requested.v1` by [`ADMIN`].
    pub fn reset(&self, reason: &str) -> CrmEvent {
        let more = json!({ "admin_id": ADMIN, "reason": reason });
        self.event("reset.requested.v1", &more)
    }

    /// `reset.user.erased.v1` by [`ADMIN`].
    pub fn erase(&self, reason: &str) -> CrmEvent {
        let more = json!({ "admin_id": ADMIN, "reason": reason });
        self.event("reset.user.erased.v1", &more)
    }

    /// `profile.requested.v1` by the person.
    pub fn own_profile(&self) -> CrmEvent {
        self.session_event("profile.requested.v1", &json!({ "viewer_id": self.user }))
    }

    /// `profile.requested.v1` by somebody else.
    pub fn profile_for(&self, viewer: &str) -> CrmEvent {
        self.event("profile.requested.v1", &json!({ "viewer_id": viewer }))
    }
}

/// Returns a new login session.
fn fresh_session() -> String {
    format!("session-{}", Uuid::new_v4().simple())
}

/// Returns a mobile number that no other person of this process has.
pub fn fresh_number() -> String {
    // They begin at a random place, so that a search for one finds no number of another kind.
    static NEXT: LazyLock<AtomicU32> =
        LazyLock::new(|| AtomicU32::new(Uuid::new_v4().as_fields().0 % NUMBERS));
    let last = 100_000 + NEXT.fetch_add(1, Ordering::Relaxed) % NUMBERS;
    format!("+447400{last}")
}
