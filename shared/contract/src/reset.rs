//! An administrator's reset of a user, and the erasure of one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
};
use crate::field_error::FieldError;
use crate::leaf::string_leaf;
use crate::reason::vocabulary;
use crate::subject::Subject;
use crate::{AdminId, Language, Service, TenantId, UserId, UtcTime};

/// An administrator's reason in their own words: 1 to 500 characters.
///
/// It prints nothing, since it may hold a number or a code.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct AdminReason(String);

impl AdminReason {
    /// Reads a reason; `None` if the value is too short or too long.
    pub fn parse(value: impl Into<String>) -> Option<Self> {
        let value = value.into();
        (1..=500)
            .contains(&value.chars().count())
            .then_some(Self(value))
    }

    /// Returns the reason as it was typed; it may hold anything.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AdminReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminReason")
    }
}

string_leaf!(AdminReason, "must be a text of 1 to 500 characters", {
    "type": "string",
    "minLength": 1,
    "maxLength": 500,
    "examples": ["Lost phone, identity checked at the desk"],
});

/// An administrator resets a user: every method, backup code, remembered browser, pending set-up
/// and unspent code is removed in one step.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// The user who is reset.
    pub user_id: UserId,
    /// The administrator; never the user.
    pub admin_id: AdminId,
    /// The administrator's reason, in their own words.
    pub reason: AdminReason,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for ResetRequested {
    const TYPE: &'static str = "reset.requested.v1";
    const SERVICE: Service = Service::Reset;
    const OUTCOMES: &'static [PossibleOutcome] = &[PossibleOutcome::plain::<ResetCompleted>()];
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
        if self.admin_id.as_str() == self.user_id.as_str() {
            let must = "must be somebody else: nobody resets themself as an administrator";
            return Err(FieldError::at("/data/admin_id", must));
        }
        Ok(())
    }
}

/// An administrator has all state of a user erased; the trail keeps the opaque id.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetUserErased {
    /// The institution.
    pub tenant_id: TenantId,
    /// The user who is erased.
    pub user_id: UserId,
    /// The administrator.
    pub admin_id: AdminId,
    /// The administrator's reason, in their own words.
    #[schemars(example = &"Left the university")]
    pub reason: AdminReason,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for ResetUserErased {
    const TYPE: &'static str = "reset.user.erased.v1";
    const SERVICE: Service = Service::Reset;
    const OUTCOMES: &'static [PossibleOutcome] = &[PossibleOutcome::plain::<ResetErased>()];
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

vocabulary!(open
    /// An item that a reset removed.
    Removed {
        /// The authenticator app.
        Totp = "totp",
        /// The mobile number.
        Sms = "sms",
        /// Backup codes.
        BackupCodes = "backup_codes",
        /// Remembered browsers.
        RememberedBrowsers = "remembered_browsers",
        /// Set-ups that were under way.
        Pending = "pending",
    }
);

/// A user is reset. The CRM ends the user's sessions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResetCompleted {
    /// The user that it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// The administrator.
    pub admin_id: AdminId,
    /// Time of the reset.
    pub reset_at: UtcTime,
    /// The removed items; empty if there were none.
    pub removed: Vec<Removed>,
    /// A sentence for the person's mailbox: the CRM sends it by e-mail (NIST SP 800-63B-4, section
    /// 4.1.2.1). It has no code, number, address or administrator's words.
    #[schemars(example = &"Your two-factor authentication was reset by a user administrator.")]
    pub notice: String,
}

impl OutcomeData for ResetCompleted {
    const TYPE: &'static str = "reset.completed.v1";
    type Secrets = NoSecrets;
}

/// All state of a user is erased, except the time of the erasure.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResetErased {
    /// The user that it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// Time of the erasure.
    pub erased_at: UtcTime,
}

impl OutcomeData for ResetErased {
    const TYPE: &'static str = "reset.erased.v1";
    type Secrets = NoSecrets;
}
