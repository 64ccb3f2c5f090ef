//! The people of the demonstration, from two institutions, each with an app, a number and codes.
//!
//! It knows what a CRM knows about a person, and what only the person has.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use twofactor_testkit::{Authenticator, CrmEvent, Outcome, authenticator::STEP};
use uuid::Uuid;

/// A user of an institution.
pub struct Person {
    /// The institution.
    pub tenant: &'static str,
    /// The user id.
    pub user: &'static str,
    /// The address that this person logs in from.
    pub ip: &'static str,
    /// The mobile number for codes, where there is one.
    pub number: &'static str,
    /// The language of this person's pages, where it is not English.
    pub language: Option<&'static str>,
    /// The app, once the picture was scanned.
    pub phone: Option<Phone>,
    /// The backup codes, once they were given out.
    pub backup_codes: Vec<String>,
    /// The token that the browser keeps after ‘remember me’.
    pub remember_token: String,
}

/// Everybody.
pub struct Cast {
    /// A user with app and texts, who loses both.
    pub anna: Person,
    /// A user with texts alone, who reads Welsh.
    pub ben: Person,
    /// A user without a method yet.
    pub cleo: Person,
    /// A user of the other institution.
    pub omar: Person,
    /// A user of the other institution, without a phone.
    pub priya: Person,
}

impl Cast {
    /// Returns the people before the day begins.
    pub fn assemble() -> Self {
        let ashford = |user, ip, number| Person::new("ashford", user, ip, number);
        let brook = |user, ip| Person::new("brook", user, ip, "");
        Self {
            anna: ashford("anna", "192.0.2.10", "+447400123456"),
            ben: ashford("ben", "192.0.2.20", "+447400234567").reading("cy"),
            cleo: ashford("cleo", "192.0.2.30", ""),
            omar: brook("omar", "198.51.100.40"),
            priya: brook("priya", "198.51.100.50"),
        }
    }
}

impl Person {
    fn new(
        tenant: &'static str,
        user: &'static str,
        ip: &'static str,
        number: &'static str,
    ) -> Self {
        let phone = None;
        let backup_codes = Vec::new();
        let remember_token = String::new();
        Self {
            tenant,
            user,
            ip,
            number,
            language: None,
            phone,
            backup_codes,
            remember_token,
        }
    }

    fn reading(self, language: &'static str) -> Self {
        Self {
            language: Some(language),
            ..self
        }
    }

    /// Returns a fresh random name for one login.
    pub fn session(&self) -> String {
        format!("{}-{}", self.user, Uuid::new_v4().simple())
    }

    /// Returns an event about this person, with these members besides the ids.
    pub fn event(&self, event_type: &str, members: Value) -> CrmEvent {
        let mut event = CrmEvent::new(event_type, members);
        for (name, value) in [("tenant_id", self.tenant), ("user_id", self.user)] {
            event = event.with_data(name, json!(value));
        }
        // Profiles have no sentence for a person.
        match self.language {
            Some(language) if !event_type.starts_with("profile.") => {
                event.with_data("language", json!(language))
            }
            _ => event,
        }
    }

    /// Returns a login: the person has entered e-mail and password, and the CRM has accepted them.
    pub fn logs_in(&self, session: &str) -> CrmEvent {
        let members = json!({ "session_id": session, "ip": self.ip });
        self.event("login.attempted.v1", members)
    }

    /// Returns a login with a code.
    pub fn logs_in_with(&self, session: &str, method: &str, code: &str) -> CrmEvent {
        self.logs_in(session)
            .with_data("code", json!({ "method": method, "value": code }))
    }

    /// Returns a login with the token that the browser has kept from an earlier one.
    pub fn logs_in_remembered(&self, session: &str) -> CrmEvent {
        self.logs_in(session)
            .with_data("remember_token", json!(self.remember_token))
    }

    /// Returns a login with a code that the app shows.
    pub fn logs_in_by_app(&self, session: &str, code: &AppCode) -> CrmEvent {
        self.logs_in_with(session, "totp", &code.digits)
            .at(code.seen_at)
    }

    /// Returns an administrator's request for this person's profile.
    pub fn looked_at_by(&self, admin: &str) -> CrmEvent {
        self.event("profile.requested.v1", json!({ "viewer_id": admin }))
    }

    /// Returns the app on this person's phone.
    pub fn phone(&mut self) -> Result<&mut Phone> {
        let user = self.user;
        self.phone
            .as_mut()
            .with_context(|| format!("{user} has no app: an earlier step failed"))
    }

    /// Keeps the backup codes of an outcome.
    pub fn keep_backup_codes(&mut self, completed: &Outcome) {
        let codes = completed.list("backup_codes").into_iter();
        self.backup_codes = codes.map(str::to_owned).collect();
    }

    /// Returns the backup code at that place.
    pub fn backup_code(&self, place: usize) -> Result<String> {
        let code = self.backup_codes.get(place).cloned();
        code.with_context(|| format!("{} has no backup codes: an earlier step failed", self.user))
    }
}

/// A code as the person reads it on the app, with the time.
pub struct AppCode {
    /// The six digits.
    pub digits: String,
    /// Time at which the person read them.
    pub seen_at: Timestamp,
}

/// An authenticator app, and which of its codes were entered already.
pub struct Phone {
    /// The account in the app.
    pub app: Authenticator,
    entered: BTreeSet<i64>,
}

impl Phone {
    /// Returns a phone on which the picture was just scanned.
    pub fn with(app: Authenticator) -> Self {
        Self {
            app,
            entered: BTreeSet::new(),
        }
    }

    /// Returns a code that was never entered before. One step either side of the current one is
    /// good as well, so a story need not wait for the app; where all three are gone it waits.
    pub async fn fresh_code(&mut self) -> AppCode {
        loop {
            let now = Timestamp::now();
            let current = now.as_second().div_euclid(STEP);
            let fresh = [current - 1, current, current + 1]
                .into_iter()
                .find(|step| self.entered.insert(*step));
            if let Some(step) = fresh {
                return AppCode {
                    digits: self.app.code_steps_from(now, step - current),
                    seen_at: now,
                };
            }
            let next = Timestamp::from_second((current + 1) * STEP).unwrap_or(now);
            let left: SignedDuration = next.duration_since(now);
            tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;
        }
    }

    /// Returns the code that the app shows now, entered before or not.
    pub fn shown_code(&self) -> AppCode {
        let now = Timestamp::now();
        AppCode {
            digits: self.app.code_at(now),
            seen_at: now,
        }
    }

    /// Returns a code that holds nowhere near now.
    pub fn wrong_code(&self) -> AppCode {
        let now = Timestamp::now();
        AppCode {
            digits: self.app.wrong_code_at(now),
            seen_at: now,
        }
    }
}
