//! The broadcast of a seal of the trail. An observer that keeps it can prove later what was on
//! record.
//!
//! It answers no event, so it has no causation attributes and no subject.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::declaration::{NoSecrets, OutcomeData};
use crate::outcome::{Outcome, OutcomeEvent};
use crate::rfc3339;

/// The `source` of the broadcast.
pub const SOURCE: &str = "/twofactor/audit";

/// A seal of the trail, broadcast every five minutes. An observer that keeps it can prove later
/// what was on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditSealed {
    /// The first `seq` that the seal covers.
    #[schemars(example = 1)]
    pub from_seq: i64,
    /// The last `seq` that the seal covers.
    #[schemars(example = 17)]
    pub to_seq: i64,
    /// Count of rows that the seal covers.
    #[schemars(example = 16)]
    pub rows: i64,
    /// SHA-256 over these rows and the previous seal, in lower-case hexadecimal.
    #[schemars(
        regex(pattern = "^[0-9a-f]{64}$"),
        example = &"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub digest: String,
}

impl OutcomeData for AuditSealed {
    const TYPE: &'static str = "audit.sealed.v1";
    type Secrets = NoSecrets;
}

impl AuditSealed {
    /// Returns the whole event; `sealed_at` is by the database's clock.
    pub fn event(&self, sealed_at: Timestamp) -> OutcomeEvent {
        let outcome = Outcome::of(self);
        let name = format!("{SOURCE}#{}", self.to_seq);
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
        let event = json!({
            "specversion": "1.0",
            "id": id,
            "source": SOURCE,
            "type": outcome.outcome_type,
            "time": rfc3339(sealed_at),
            "datacontenttype": "application/json",
            "data": outcome.data,
        });
        OutcomeEvent {
            id,
            outcome_type: outcome.outcome_type.into(),
            public: event.to_string().into(),
            secrets: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn it_is_a_cloud_event_without_a_cause() {
        let sealed = AuditSealed {
            from_seq: 1,
            to_seq: 17,
            rows: 16,
            digest: "00".repeat(32),
        };
        let event = sealed.event(Timestamp::UNIX_EPOCH);
        assert!(event.secrets.is_none());
        let value: Value = serde_json::from_str(&event.public).expect("JSON");
        let expected = json!({
            "specversion": "1.0",
            // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "/twofactor/audit#17"))'
            "id": "1812cb53-e137-55f1-9def-7b959c206864",
            "source": "/twofactor/audit",
            "type": "audit.sealed.v1",
            "time": "1970-01-01T00:00:00.000000Z",
            "datacontenttype": "application/json",
            "data": {"from_seq": 1, "to_seq": 17, "rows": 16, "digest": "00".repeat(32)},
        });
        assert_eq!(value, expected);
    }
}
