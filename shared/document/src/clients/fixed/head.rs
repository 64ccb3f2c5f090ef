//! The events that a CRM sends and the outcomes that it gets.
//!
//! Members are named as on the wire. An outcome may gain members and lists may gain values, so
//! outcomes and lists are not exhaustive; members that are not known are dropped.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::secret::Secret;

/// The `data` of an event that a CRM publishes.
pub trait Event: Serialize + Send + Sync {
    /// The CloudEvents type, which is the routing key too.
    const TYPE: &'static str;
}

/// An outcome of a type that this version does not know. It is no acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnknownOutcome {
    /// The CloudEvents type.
    pub outcome_type: String,
    /// Its members; a secret, since any of them may be one.
    pub data: Secret<Value>,
}
