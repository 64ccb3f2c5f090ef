//! A code by text for a login: `sms.requested.v1` and its three outcomes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::outcome::OutcomeData;
use crate::{Next, Reason, SessionId, TenantId, UserId};

/// `sms.requested.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who wants a code.
    pub user_id: UserId,
    /// The login that the code will be good for.
    pub session_id: SessionId,
}

/// Who pays for a text. System messages use no institution's credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BilledTo {
    /// The product's own account.
    System,
}

/// What is known of a text that counts as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The provider took it.
    Accepted,
    /// No answer came; the code is good if the text arrives.
    Unknown,
}

/// `sms.sent.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct SmsSent {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who wanted a code.
    pub user_id: UserId,
    /// The login that the code is good for.
    pub session_id: SessionId,
    /// Until when the code is good.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub expires_at: Timestamp,
    /// From when another text can be requested.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub next_request_at: Timestamp,
    /// Always the system.
    pub billed_to: BilledTo,
    /// What is known of it.
    pub delivery: Delivery,
    /// What the page should offer.
    pub next: Next,
    /// What the page may show.
    pub message: String,
}

/// `sms.throttled.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct SmsThrottled {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who wanted a code.
    pub user_id: UserId,
    /// The login.
    pub session_id: SessionId,
    /// Seconds until a text can be requested.
    pub retry_after_seconds: i64,
    /// What the page should offer.
    pub next: Next,
    /// What the page may show.
    pub message: String,
}

/// `sms.failed.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct SmsFailed {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who wanted a code.
    pub user_id: UserId,
    /// The login.
    pub session_id: SessionId,
    /// Why no text was sent.
    pub reason: Reason,
    /// Seconds until trying again can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<i64>,
    /// What the page should offer.
    pub next: Next,
    /// What the page may show.
    pub message: String,
}

impl OutcomeData for SmsSent {
    const TYPE: &'static str = "sms.sent.v1";
}
impl OutcomeData for SmsThrottled {
    const TYPE: &'static str = "sms.throttled.v1";
}
impl OutcomeData for SmsFailed {
    const TYPE: &'static str = "sms.failed.v1";
}
