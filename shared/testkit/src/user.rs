//! A user of an institution, at the login page and in the profile's 2FA tab.
//!
//! It sends what a CRM sends for that person and keeps what the person keeps: the app, the number,
//! the backup codes. It expects set-ups to work; whoever tests a refusal sends the event itself.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::authenticator::Authenticator;
use crate::crm::Crm;
use crate::event::CrmEvent;
use crate::outcome::Outcome;
use crate::sandbox::SmsSandbox;

/// Where people log in from, unless a test says otherwise.
pub const IP: &str = "192.0.2.10";

/// A user, with what belongs to the user alone.
#[derive(Clone)]
pub struct User {
    /// The institution.
    pub tenant: String,
    /// The user id.
    pub user: String,
    /// The authenticator app, once it is set up.
    pub app: Option<Authenticator>,
    /// The mobile number, once it is set up.
    pub number: Option<String>,
    /// What the first set-up gave out.
    pub backup_codes: Vec<String>,
}

impl User {
    /// A user of that institution whom no event has named yet.
    pub fn of(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            user: format!("user-{}", Uuid::new_v4().simple()),
            app: None,
            number: None,
            backup_codes: Vec::new(),
        }
    }

    /// A session name that was never used.
    pub fn session() -> String {
        format!("session-{}", Uuid::new_v4().simple())
    }

    /// A mobile number that `libphonenumber` takes for a British one; hardly ever the same twice.
    pub fn some_number() -> String {
        let digits = Uuid::new_v4().as_u128() % 900_000 + 100_000;
        format!("+447400{digits}")
    }

    /// An event about this user, with these members of `data` besides the ids.
    pub fn event(&self, event_type: &str, more: Value) -> CrmEvent {
        let mut event = CrmEvent::new(event_type, json!({}))
            .with_data("tenant_id", json!(self.tenant))
            .with_data("user_id", json!(self.user));
        if let Value::Object(more) = more {
            for (name, value) in more {
                event = event.with_data(&name, value);
            }
        }
        event
    }

    /// `login.attempted.v1` without a code.
    pub fn login(&self, session: &str) -> CrmEvent {
        self.event(
            "login.attempted.v1",
            json!({"session_id": session, "ip": IP}),
        )
    }

    /// `login.attempted.v1` with a code.
    pub fn login_with(&self, session: &str, method: &str, code: &str) -> CrmEvent {
        self.login(session)
            .with_data("code", json!({"method": method, "value": code}))
    }

    /// `login.attempted.v1` with the code that the app shows so many steps from now.
    ///
    /// # Panics
    ///
    /// Where no app is set up.
    pub fn login_by_app(&self, session: &str, steps: i64) -> CrmEvent {
        let now = Timestamp::now();
        let app = self.app.as_ref().expect("an app is set up");
        self.login_with(session, "totp", &app.code_steps_from(now, steps))
            .at(now)
    }

    /// Sets the app up, its code of one step ago spent; returns the outcome that completed it.
    pub async fn set_up_app(&mut self, crm: &Crm, session: &str) -> Result<Outcome> {
        let started = self.event(
            "enrollment.totp.started.v1",
            json!({"session_id": session, "account": "anna@example.org"}),
        );
        let pending = expect(crm.ask(&started).await?, "enrollment.pending.v1")?;
        let app = Authenticator::from_uri(pending.str("otpauth_uri"))?;
        let now = Timestamp::now();
        let confirmed = self.event(
            "enrollment.totp.confirmed.v1",
            json!({"session_id": session, "code": app.code_steps_from(now, -1)}),
        );
        let done = expect(
            crm.ask(&confirmed.at(now)).await?,
            "enrollment.completed.v1",
        )?;
        self.app = Some(app);
        self.keep_backup_codes(&done);
        Ok(done)
    }

    /// Sets a number up; returns the outcome that completed it.
    pub async fn set_up_number(
        &mut self,
        crm: &Crm,
        sms: &SmsSandbox,
        session: &str,
        number: &str,
    ) -> Result<Outcome> {
        let started = self.event(
            "enrollment.sms.started.v1",
            json!({"session_id": session, "mobile_number": number}),
        );
        expect(crm.ask(&started).await?, "enrollment.pending.v1")?;
        let text = sms.newest_to(number).await?;
        let confirmed = self.event(
            "enrollment.sms.confirmed.v1",
            json!({"session_id": session, "code": text.code()}),
        );
        let done = expect(crm.ask(&confirmed).await?, "enrollment.completed.v1")?;
        self.number = Some(number.to_owned());
        self.keep_backup_codes(&done);
        Ok(done)
    }

    fn keep_backup_codes(&mut self, done: &Outcome) {
        if done.has("backup_codes") {
            self.backup_codes = done
                .list("backup_codes")
                .into_iter()
                .map(str::to_owned)
                .collect();
        }
    }
}

/// An institution that no event has named yet, with a policy.
pub async fn institution(crm: &Crm, required: bool) -> Result<String> {
    let tenant = format!("tenant-{}", Uuid::new_v4().simple());
    set_policy(crm, &tenant, required, 0).await?;
    Ok(tenant)
}

/// Sets the policy of an institution.
pub async fn set_policy(crm: &Crm, tenant: &str, required: bool, grace_days: u8) -> Result<()> {
    let policy = CrmEvent::new(
        "enrollment.policy.set.v1",
        json!({
            "tenant_id": tenant, "admin_id": "admin", "required": required,
            "grace_days": grace_days,
        }),
    );
    let outcome = crm.ask(&policy).await.context("no policy was set")?;
    expect(outcome, "enrollment.policy.v1").map(drop)
}

/// The outcome, where it is of that type.
pub fn expect(outcome: Outcome, kind: &str) -> Result<Outcome> {
    ensure!(
        outcome.kind() == kind,
        "{} ({}) instead of {kind}",
        outcome.kind(),
        outcome.str("reason")
    );
    Ok(outcome)
}
