//! An institution's policy: whether a second factor is required, and how long grace runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
};
use crate::field_error::FieldError;
use crate::{AdminId, Language, Service, TenantId, UtcTime, ViewerId};

/// An administrator sets an institution's policy. The first one makes the institution known.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySet {
    /// The institution.
    pub tenant_id: TenantId,
    /// The administrator.
    pub admin_id: AdminId,
    /// Whether a second factor is required.
    #[serde(deserialize_with = "crate::fields::boolean")]
    #[schemars(example = true)]
    pub required: bool,
    /// Days of grace, of 24 hours each.
    #[serde(deserialize_with = "crate::fields::grace_days")]
    #[schemars(range(min = 0, max = 90), example = 14)]
    pub grace_days: u8,
}

impl EventData for PolicySet {
    const TYPE: &'static str = "enrollment.policy.set.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[PossibleOutcome::plain::<PolicyShown>()];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::None,
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::tenant(&self.tenant_id)
    }

    fn language(&self) -> Language {
        Language::En
    }

    fn answer_has_secrets(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// Somebody looks at an institution's policy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who looks.
    pub viewer_id: ViewerId,
}

impl EventData for PolicyRequested {
    const TYPE: &'static str = "enrollment.policy.requested.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[PossibleOutcome::plain::<PolicyShown>()];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::None,
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::tenant(&self.tenant_id)
    }

    fn language(&self) -> Language {
        Language::En
    }

    fn answer_has_secrets(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// An institution's policy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyShown {
    /// The institution.
    pub tenant_id: TenantId,
    /// Whether a second factor is required.
    #[schemars(example = true)]
    pub required: bool,
    /// Days of grace, of 24 hours each.
    #[schemars(example = 14)]
    pub grace_days: u8,
    /// Since when it is required, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_since: Option<UtcTime>,
    /// Who set it last.
    pub set_by: AdminId,
    /// When it was set last.
    pub set_at: UtcTime,
}

impl OutcomeData for PolicyShown {
    const TYPE: &'static str = "enrollment.policy.v1";
    type Secrets = NoSecrets;
}
