//! An administrator's reset of a user, and the erasure of one.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::leaf::string_leaf;
use crate::outcome::OutcomeData;
use crate::{AdminId, TenantId, UserId};

/// Why an administrator did something: 1 to 500 characters of free text.
///
/// It prints nothing, since an administrator may have typed a number or a code into it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct AdminReason(String);

impl AdminReason {
    /// The reason, or `None` where the text is too short or too long.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (1..=500)
            .contains(&text.chars().count())
            .then_some(Self(text))
    }

    /// The text as it was typed; may hold anything.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AdminReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminReason")
    }
}

string_leaf!(AdminReason, "must be a text of 1 to 500 characters");

/// `reset.requested.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who is reset.
    pub user_id: UserId,
    /// Who resets; never the user.
    pub admin_id: AdminId,
    /// Why.
    pub reason: AdminReason,
}

/// `reset.user.erased.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetUserErased {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who is erased.
    pub user_id: UserId,
    /// Who erases.
    pub admin_id: AdminId,
    /// Why.
    pub reason: AdminReason,
}

/// What a reset took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Removed {
    /// The authenticator app.
    Totp,
    /// The mobile number.
    Sms,
    /// Backup codes.
    BackupCodes,
    /// Remembered browsers.
    RememberedBrowsers,
    /// Set-ups that were under way.
    Pending,
}

/// `reset.completed.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct ResetCompleted {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who was reset.
    pub user_id: UserId,
    /// Who did it.
    pub admin_id: AdminId,
    /// When.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub reset_at: Timestamp,
    /// What there was to remove.
    pub removed: Vec<Removed>,
}

/// `reset.erased.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct ResetErased {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who was erased.
    pub user_id: UserId,
    /// When.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub erased_at: Timestamp,
}

impl OutcomeData for ResetCompleted {
    const TYPE: &'static str = "reset.completed.v1";
}
impl OutcomeData for ResetErased {
    const TYPE: &'static str = "reset.erased.v1";
}
