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
    /// `true` if a second factor is required.
    #[serde(deserialize_with = "crate::fields::boolean")]
    #[schemars(example = true)]
    pub required: bool,
    /// Length of grace, in days of 24 hours.
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

/// A viewer asks for an institution's policy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person who asks for the policy.
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
    /// `true` if a second factor is required.
    #[schemars(example = true)]
    pub required: bool,
    /// Length of grace, in days of 24 hours.
    #[schemars(example = 14)]
    pub grace_days: u8,
    /// Time since which a second factor is required, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_since: Option<UtcTime>,
    /// The administrator who set the policy last.
    pub set_by: AdminId,
    /// Time at which the policy was set last.
    pub set_at: UtcTime,
}

impl OutcomeData for PolicyShown {
    const TYPE: &'static str = "enrollment.policy.v1";
    type Secrets = NoSecrets;
}
