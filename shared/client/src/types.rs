//! A subset, until the generated types are there.
#![expect(missing_docs, reason = "a subset, until the generated types are there")]
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::secret::Secret;

/// An event that a CRM publishes.
pub trait Event: Serialize + Sync {
    /// Its type, which is the routing key too.
    const TYPE: &'static str;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoginAttempted {
    pub tenant_id: String,
    pub user_id: String,
    pub session_id: String,
    pub ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
}

impl Event for LoginAttempted {
    const TYPE: &'static str = "login.attempted.v1";
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Code {
    pub method: String,
    pub value: Secret,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoginAccepted {
    pub tenant_id: String,
    pub user_id: String,
    pub session_id: String,
    pub via: String,
    #[serde(default)]
    pub remember_token: Option<Secret>,
    #[serde(default)]
    pub remembered_until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnknownOutcome {
    pub outcome_type: String,
    pub data: Value,
}

#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    LoginAccepted(LoginAccepted),
    Unknown(UnknownOutcome),
}

impl Outcome {
    pub(crate) fn read(outcome_type: &str, data: Value) -> Result<Self, serde_json::Error> {
        Ok(match outcome_type {
            "login.accepted.v1" => Self::LoginAccepted(serde_json::from_value(data)?),
            _ => Self::Unknown(UnknownOutcome {
                outcome_type: outcome_type.to_owned(),
                data,
            }),
        })
    }
}
