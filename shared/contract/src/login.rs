//! A login whose password the CRM has checked: `login.attempted.v1` and its three outcomes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outcome::OutcomeData;
use crate::{ClientIp, Method, Next, Reason, Secret, SessionId, TenantId, UserId, UserKey, Via};

/// `login.attempted.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginAttempted {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who logs in.
    pub user_id: UserId,
    /// This login.
    pub session_id: SessionId,
    /// The person's address.
    pub ip: ClientIp,
    /// The code that was entered, if one was.
    #[serde(default, deserialize_with = "crate::fields::object")]
    pub code: Option<EnteredCode>,
    /// Whether this browser should be remembered.
    #[serde(default, deserialize_with = "crate::fields::boolean")]
    pub remember_me: bool,
    /// What the browser kept from an earlier login.
    #[serde(default, deserialize_with = "crate::fields::optional_text")]
    pub remember_token: Option<Secret<String>>,
}

impl LoginAttempted {
    /// The user it is about.
    pub fn user(&self) -> UserKey {
        UserKey {
            tenant: self.tenant_id.clone(),
            user: self.user_id.clone(),
        }
    }
}

/// A code as the person entered it, with the method that the person chose.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnteredCode {
    /// Which field it was entered in.
    #[serde(deserialize_with = "crate::fields::method")]
    pub method: Method,
    /// What was entered, unchanged.
    #[serde(deserialize_with = "crate::fields::text")]
    pub value: Secret<String>,
}

/// `login.accepted.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct LoginAccepted {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who is let in.
    pub user_id: UserId,
    /// This login.
    pub session_id: SessionId,
    /// What let the person in.
    pub via: Via,
    /// How many backup codes are left, after one was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_codes_left: Option<usize>,
    /// Until when a method must be set up, in grace.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::timestamp::write_if_any"
    )]
    pub set_up_by: Option<Timestamp>,
    /// What the browser should keep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remember_token: Option<Secret<String>>,
    /// Until when the browser is remembered.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::timestamp::write_if_any"
    )]
    pub remembered_until: Option<Timestamp>,
}

/// `login.challenged.v1`: the person needs a code, or must set a method up.
#[derive(Clone, Debug, Serialize)]
pub struct LoginChallenged {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who logs in.
    pub user_id: UserId,
    /// This login.
    pub session_id: SessionId,
    /// The methods that are set up.
    pub methods: Vec<Method>,
    /// What the page should offer.
    pub next: Next,
    /// What the page may show.
    pub message: String,
    /// Seconds until a code is looked at, while a wait runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<i64>,
    /// Why the token that came waived nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered: Option<TokenVerdict>,
}

/// Why a remember token waived nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenVerdict {
    /// It holds, at another address: keep the cookie.
    OtherIp,
    /// Its days are over: delete the cookie.
    Expired,
    /// Nobody knows it (any more): delete the cookie.
    Unknown,
}

/// `login.rejected.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct LoginRejected {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who logs in.
    pub user_id: UserId,
    /// This login.
    pub session_id: SessionId,
    /// Why not.
    pub reason: Reason,
    /// What the page should offer.
    pub next: Next,
    /// What the page may show.
    pub message: String,
    /// The methods that are set up.
    pub methods: Vec<Method>,
    /// Seconds until trying again can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<i64>,
}

impl OutcomeData for LoginAccepted {
    const TYPE: &'static str = "login.accepted.v1";
}
impl OutcomeData for LoginChallenged {
    const TYPE: &'static str = "login.challenged.v1";
}
impl OutcomeData for LoginRejected {
    const TYPE: &'static str = "login.rejected.v1";
}
