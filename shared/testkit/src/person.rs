//! People at an institution, as the CRM knows them: the events that they cause, and the way to a
//! method in one step.
//!
//! It knows the events of the contract and how a test's people answer them; no test's purpose.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authenticator::Authenticator;
use crate::crm::Crm;
use crate::event::CrmEvent;
use crate::outcome::Outcome;
use crate::sandbox::SmsSandbox;
use crate::user::{User, expect};

/// Who sets policies and resets people.
pub const ADMIN: &str = "admin-1";

/// An institution.
#[derive(Clone, Debug)]
pub struct Institution {
    /// Its `tenant_id`.
    pub id: String,
}

impl Institution {
    /// One that requires a second factor, without grace.
    pub async fn strict(crm: &Crm) -> Result<Self> {
        Self::with_policy(crm, true, 0).await
    }

    /// One with that policy.
    pub async fn with_policy(crm: &Crm, required: bool, grace_days: u8) -> Result<Self> {
        let id = format!("tenant-{}", Uuid::new_v4().simple());
        let institution = Self { id };
        let set = crm.ask(&institution.policy(required, grace_days)).await?;
        expect(set, "enrollment.policy.v1")?;
        Ok(institution)
    }

    /// `enrollment.policy.set.v1` by [`ADMIN`].
    pub fn policy(&self, required: bool, grace_days: u8) -> CrmEvent {
        let data = json!({
            "tenant_id": self.id, "admin_id": ADMIN,
            "required": required, "grace_days": grace_days,
        });
        CrmEvent::new("enrollment.policy.set.v1", data)
    }

    /// Somebody whom nobody has heard of, with a mobile number of their own, about to log in.
    pub fn person(&self) -> Person {
        Person {
            tenant: self.id.clone(),
            user: format!("user-{}", Uuid::new_v4().simple()),
            session: User::session(),
            ip: "203.0.113.7".to_owned(),
            number: fresh_number(),
        }
    }
}

/// A person in one session of theirs.
#[derive(Clone, Debug)]
pub struct Person {
    /// `tenant_id`.
    pub tenant: String,
    /// `user_id`.
    pub user: String,
    /// `session_id`.
    pub session: String,
    /// From where they log in.
    pub ip: String,
    /// Their mobile number, E.164.
    pub number: String,
}

impl Person {
    /// The same person at another login.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self {
            session: User::session(),
            ..self.clone()
        }
    }

    /// The same person at another address.
    #[must_use]
    pub fn at_ip(&self, ip: &str) -> Self {
        Self {
            ip: ip.to_owned(),
            ..self.clone()
        }
    }

    /// An event about the person, with these members more.
    pub fn event(&self, event_type: &str, more: &Value) -> CrmEvent {
        let mut data = json!({ "tenant_id": self.tenant, "user_id": self.user });
        for (name, value) in more.as_object().into_iter().flatten() {
            data[name] = value.clone();
        }
        CrmEvent::new(event_type, data)
    }

    /// An event of the person's session, with these members more.
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

    /// `reset.requested.v1` by [`ADMIN`].
    pub fn reset(&self, reason: &str) -> CrmEvent {
        let more = json!({ "admin_id": ADMIN, "reason": reason });
        self.event("reset.requested.v1", &more)
    }

    /// `profile.requested.v1` by the person.
    pub fn own_profile(&self) -> CrmEvent {
        self.session_event("profile.requested.v1", &json!({ "viewer_id": self.user }))
    }

    /// `profile.requested.v1` by somebody else.
    pub fn profile_for(&self, viewer: &str) -> CrmEvent {
        self.event("profile.requested.v1", &json!({ "viewer_id": viewer }))
    }

    /// Sets an authenticator app up, from the picture to the first code. The code is that of the
    /// step before, so that this step's and the next one's can be used at once.
    pub async fn set_up_totp(&self, crm: &Crm) -> Result<(Authenticator, Outcome)> {
        let pending = expect(crm.ask(&self.start_totp()).await?, "enrollment.pending.v1")?;
        let app = Authenticator::scan(pending.str("qr_png"))?;
        let now = Timestamp::now();
        let confirmed = self.confirm_totp(&app.code_steps_from(now, -1)).at(now);
        let completed = expect(crm.ask(&confirmed).await?, "enrollment.completed.v1")?;
        Ok((app, completed))
    }

    /// Sets the person's number up, from the text to its code.
    pub async fn set_up_sms(&self, crm: &Crm, sms: &SmsSandbox) -> Result<Outcome> {
        expect(crm.ask(&self.start_sms()).await?, "enrollment.pending.v1")?;
        let text = sms.newest_to(&self.number).await?;
        let confirmed = self.confirm_sms(text.code());
        expect(crm.ask(&confirmed).await?, "enrollment.completed.v1")
    }

    /// Logs in with an app or number that this session has just set up; the session may then
    /// change what is set up.
    pub async fn enter_after_set_up(&self, crm: &Crm) -> Result<Outcome> {
        expect(crm.ask(&self.login()).await?, "login.accepted.v1")
    }

    /// Requests a text for this login and reads its code.
    pub async fn texted_code(&self, crm: &Crm, sms: &SmsSandbox) -> Result<String> {
        expect(crm.ask(&self.request_text()).await?, "sms.sent.v1")?;
        Ok(sms.newest_to(&self.number).await?.code().to_owned())
    }
}

/// A mobile number that no other person of this process has.
pub fn fresh_number() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(100_000);
    let last = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("+447400{last:06}")
}
