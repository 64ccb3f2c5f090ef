//! Institutions, as the CRM knows them: their policies, and the people there.
//!
//! It knows the events of the contract about a whole institution, and no test's purpose.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::crm::Crm;
use crate::event::CrmEvent;
use crate::person::{ADMIN, Person};

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

    /// One that requires nothing.
    pub async fn lenient(crm: &Crm) -> Result<Self> {
        Self::with_policy(crm, false, 0).await
    }

    /// One with that policy.
    pub async fn with_policy(crm: &Crm, required: bool, grace_days: u8) -> Result<Self> {
        let institution = Self::unheard_of();
        institution.set_policy(crm, required, grace_days).await?;
        Ok(institution)
    }

    /// One that no event has named yet.
    pub fn unheard_of() -> Self {
        let id = format!("tenant-{}", Uuid::new_v4().simple());
        Self { id }
    }

    /// Gives it that policy.
    pub async fn set_policy(&self, crm: &Crm, required: bool, grace_days: u8) -> Result<()> {
        let policy = self.policy(required, grace_days);
        let set = crm.ask_for(&policy, "enrollment.policy.v1").await;
        set.context("no policy was set").map(drop)
    }

    /// `enrollment.policy.set.v1` by [`ADMIN`].
    pub fn policy(&self, required: bool, grace_days: u8) -> CrmEvent {
        let data = json!({
            "tenant_id": self.id, "admin_id": ADMIN,
            "required": required, "grace_days": grace_days,
        });
        CrmEvent::new("enrollment.policy.set.v1", data)
    }

    /// `profile.list.requested.v1` about these users.
    pub fn list_profiles(&self, viewer: &str, users: &Value) -> CrmEvent {
        let data = json!({ "tenant_id": self.id, "viewer_id": viewer, "user_ids": users });
        CrmEvent::new("profile.list.requested.v1", data)
    }

    /// Returns a new person with a mobile number, about to log in.
    pub fn person(&self) -> Person {
        Person::at(&self.id)
    }
}

impl Person {
    /// Returns the institution of the person.
    pub fn institution(&self) -> Institution {
        Institution {
            id: self.tenant.clone(),
        }
    }
}
