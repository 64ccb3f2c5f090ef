//! Changes to methods that are set up: new backup codes, giving up a method, forgetting browsers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BackupCodes, EnrollmentRejected};
use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
};
use crate::field_error::FieldError;
use crate::subject::{SessionSubject, Subject};
use crate::{BrowserId, Language, Method, Reason, Service, SessionId, TenantId, UserId};

/// The reasons why a method that is set up may not be changed.
const NOT_CHANGED: &[Reason] = &[
    Reason::StaleEvent,
    Reason::ResetSince,
    Reason::LoginRequired,
    Reason::MethodNotSetUp,
];

/// A person asks for a new set of backup codes, which voids the old set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupCodesRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for BackupCodesRequested {
    const TYPE: &'static str = "enrollment.backup_codes.requested.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<BackupCodesIssued>(),
        PossibleOutcome::because::<EnrollmentRejected>(NOT_CHANGED),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::Of(Method::Backup),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// A person gives up a method, or cancels its set-up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MethodReset {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
    /// The method to give up: `totp` or `sms`.
    #[serde(deserialize_with = "crate::fields::resettable_method")]
    #[schemars(extend("enum" = ["totp", "sms"]))]
    pub method: Method,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for MethodReset {
    const TYPE: &'static str = "enrollment.method.reset.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<EnrollmentRemoved>(),
        PossibleOutcome::because::<EnrollmentRejected>(NOT_CHANGED),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::At("/method"),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
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

/// One remembered browser of a person is to be forgotten, or all. The CRM sends it when the
/// password is changed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrowsersForgotten {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The browser to forget, as the person's own profile names it; all browsers if absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub browser_id: Option<BrowserId>,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for BrowsersForgotten {
    const TYPE: &'static str = "enrollment.browsers.forgotten.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] =
        &[PossibleOutcome::plain::<BrowsersForgottenDone>()];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::None,
        admin_reason: false,
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

/// A new set of backup codes; the old one is void.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BackupCodesIssued {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// A sentence for the person's mailbox: the CRM sends it by e-mail (NIST SP 800-63B-4, section
    /// 4.1.2.1). It has no code, number, address or administrator's words.
    #[schemars(example = &"New backup codes were made for your account.")]
    pub notice: String,
}

impl OutcomeData for BackupCodesIssued {
    const TYPE: &'static str = "enrollment.backup_codes.v1";
    type Secrets = BackupCodes;
}

/// A method was given up, or its set-up was cancelled. Giving up a method forgets the remembered
/// browsers; giving up the last one voids the backup codes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EnrollmentRemoved {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The method that was given up: `totp` or `sms`.
    pub method: Method,
    /// A sentence for the person's mailbox: the CRM sends it by e-mail (NIST SP 800-63B-4, section
    /// 4.1.2.1). It has no code, number, address or administrator's words.
    #[schemars(example = &"The authenticator app was removed from your account.")]
    pub notice: String,
}

impl OutcomeData for EnrollmentRemoved {
    const TYPE: &'static str = "enrollment.removed.v1";
    type Secrets = NoSecrets;
}

/// Remembered browsers are forgotten.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BrowsersForgottenDone {
    /// The user that it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// Count of browsers that were remembered until this event.
    #[schemars(example = 2)]
    pub count: usize,
}

impl OutcomeData for BrowsersForgottenDone {
    const TYPE: &'static str = "enrollment.browsers_forgotten.v1";
    type Secrets = NoSecrets;
}
