//! An exemption by an administrator, for a user who can use neither method.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EnrollmentRejected;
use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
};
use crate::field_error::FieldError;
use crate::reset::AdminReason;
use crate::subject::Subject;
use crate::{AdminId, Language, Reason, Service, TenantId, UserId, UtcTime};

/// An administrator lets a user who can use neither method log in without one for a limited time.
/// The exemption ends early when a method is set up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exempted {
    /// The institution.
    pub tenant_id: TenantId,
    /// The user who is exempted.
    pub user_id: UserId,
    /// The administrator.
    pub admin_id: AdminId,
    /// The administrator's reason, in their own words.
    #[schemars(example = &"Broken hand, until the phone can be held again")]
    pub reason: AdminReason,
    /// End of the exemption, at most 30 days ahead. A time in the past ends an exemption.
    pub until: UtcTime,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for Exempted {
    const TYPE: &'static str = "enrollment.exempted.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<ExemptionSet>(),
        PossibleOutcome::because::<EnrollmentRejected>(&[Reason::AlreadySetUp]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::None,
        admin_reason: true,
    };

    fn about(&self) -> About<'_> {
        About::user(&self.tenant_id, &self.user_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// An exemption is set, or ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExemptionSet {
    /// The user that it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// Time until which the user may log in without a method.
    pub until: UtcTime,
    /// A sentence for the person's mailbox: the CRM sends it by e-mail (NIST SP 800-63B-4, section
    /// 4.1.2.1). It has no code, number, address or administrator's words.
    #[schemars(example = &"You can log in without two-factor authentication for a time.")]
    pub notice: String,
}

impl OutcomeData for ExemptionSet {
    const TYPE: &'static str = "enrollment.exemption.v1";
    type Secrets = NoSecrets;
}
