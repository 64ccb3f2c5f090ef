//! Outcomes as CloudEvents: the public form for everybody, the full form for the reply.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{EventId, Seen, Service, Source, rfc3339, secret};

/// The data of one outcome type.
pub trait OutcomeData: Serialize {
    /// The CloudEvents type, which is the routing key too.
    const TYPE: &'static str;
}

/// What was decided, with its secret members set apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The CloudEvents type.
    pub outcome_type: &'static str,
    /// What everybody may see.
    pub data: Map<String, Value>,
    secrets: Map<String, Value>,
}

impl Outcome {
    /// Sets apart every member that is a [`crate::Secret`].
    pub fn of<T: OutcomeData>(data: &T) -> Self {
        let value = serde_json::to_value(data).expect("an outcome is plain data");
        let Value::Object(members) = value else {
            unreachable!("an outcome is an object")
        };
        let mut outcome = Self {
            outcome_type: T::TYPE,
            data: Map::new(),
            secrets: Map::new(),
        };
        for (name, value) in members {
            match value {
                Value::Object(mut marked) if marked.contains_key(secret::MARK) => {
                    let hidden = marked.remove(secret::MARK).unwrap_or(Value::Null);
                    outcome.secrets.insert(name, hidden);
                }
                plain => drop(outcome.data.insert(name, plain)),
            }
        }
        outcome
    }

    /// Whether the reply must not rest anywhere.
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }
}

/// What an outcome answers: the part of the event that it repeats.
#[derive(Clone, Debug, Default)]
pub struct Cause {
    /// The event's `id` and `source`, where they could be read.
    pub event: Option<(EventId, Source)>,
    /// The user it is about, if there is one.
    pub subject: Option<String>,
    /// The event's trace context.
    pub trace_parent: Option<String>,
}

impl Cause {
    /// What could be read of a message.
    pub fn of(seen: &Seen) -> Self {
        Self {
            event: seen.id.clone().zip(seen.source.clone()),
            subject: seen.user_id.as_ref().map(ToString::to_string),
            trace_parent: seen
                .trace_parent
                .as_ref()
                .and_then(|trace| trace.as_str())
                .map(str::to_owned),
        }
    }
}

/// An outcome with its envelope, ready to keep and to publish.
#[derive(Clone, PartialEq)]
pub struct OutcomeEvent {
    /// The CloudEvents `id`, equal in every copy.
    pub id: Uuid,
    /// The CloudEvents `type`, which is the routing key.
    pub outcome_type: String,
    /// The whole event without its secret members.
    pub public: String,
    /// The secret members of `data`, as a JSON object.
    pub secrets: Option<String>,
}

impl OutcomeEvent {
    /// Puts an outcome into its envelope. `decided_at` is the database's clock.
    pub fn new(
        service: Service,
        id: Uuid,
        cause: &Cause,
        decided_at: Timestamp,
        outcome: Outcome,
    ) -> Self {
        let mut event = json!({
            "specversion": "1.0",
            "id": id,
            "source": service.source(),
            "type": outcome.outcome_type,
            "time": rfc3339(decided_at),
            "datacontenttype": "application/json",
        });
        let subject = cause.subject.as_deref();
        let (causation_id, causation_source) = match &cause.event {
            Some((id, source)) => (Some(id.as_str()), Some(source.as_str())),
            None => (None, None),
        };
        for (name, value) in [
            ("subject", subject),
            ("causationid", causation_id),
            ("causationsource", causation_source),
            ("traceparent", cause.trace_parent.as_deref()),
        ] {
            if let Some(text) = value {
                event[name] = text.into();
            }
        }
        let secrets =
            (!outcome.secrets.is_empty()).then(|| Value::Object(outcome.secrets).to_string());
        event["data"] = Value::Object(outcome.data);
        Self {
            id,
            outcome_type: outcome.outcome_type.to_owned(),
            public: event.to_string(),
            secrets,
        }
    }

    /// The whole event as the reply carries it.
    pub fn reply(&self) -> String {
        match &self.secrets {
            None => self.public.clone(),
            Some(secrets) => self.with_members(secrets),
        }
    }

    /// A repeat whose secrets are no longer kept: says so in `secrets_gone`.
    pub fn reply_without_secrets(&self) -> String {
        self.with_members(r#"{"secrets_gone":true}"#)
    }

    fn with_members(&self, members: &str) -> String {
        let read = |text: &str| serde_json::from_str::<Value>(text).expect("own JSON");
        let mut event = read(&self.public);
        if let (Some(data), Value::Object(more)) = (event["data"].as_object_mut(), read(members)) {
            data.extend(more);
        }
        event.to_string()
    }
}

impl std::fmt::Debug for OutcomeEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutcomeEvent")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The `id` of the outcome that answers an event: UUIDv5 of `source` + `#` + `id`.
pub fn outcome_id(source: &Source, id: &EventId) -> Uuid {
    let name = format!("{}#{}", source.as_str(), id.as_str());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

/// The `id` of the refusal of these bytes: UUIDv5 of `sha256:` + hex of their SHA-256.
pub fn refusal_id(sha256_hex: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("sha256:{sha256_hex}").as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refusal, RefusalReason, Secret};

    #[derive(Serialize)]
    struct Sample {
        open: u8,
        hidden: Secret<String>,
        list: Secret<Vec<String>>,
    }
    impl OutcomeData for Sample {
        const TYPE: &'static str = "sample.v1";
    }

    fn sample() -> OutcomeEvent {
        let data = Sample {
            open: 1,
            hidden: Secret::new("s3cret".into()),
            list: Secret::new(vec!["c0de".into()]),
        };
        let cause = Cause {
            subject: Some("u1".into()),
            ..Cause::default()
        };
        let id = refusal_id("00");
        OutcomeEvent::new(
            Service::Login,
            id,
            &cause,
            Timestamp::UNIX_EPOCH,
            Outcome::of(&data),
        )
    }

    #[test]
    fn secret_members_are_in_the_reply_alone() {
        let event = sample();
        assert!(!event.public.contains("s3cret") && !event.public.contains("hidden"));
        assert!(!event.public.contains("c0de"));
        let reply: Value = serde_json::from_str(&event.reply()).expect("JSON");
        assert_eq!(
            reply["data"],
            json!({"open": 1, "hidden": "s3cret", "list": ["c0de"]})
        );
        let later: Value = serde_json::from_str(&event.reply_without_secrets()).expect("JSON");
        assert_eq!(later["data"], json!({"open": 1, "secrets_gone": true}));
        assert!(!format!("{event:?}").contains("s3cret"));
    }

    #[test]
    fn absent_attributes_are_absent() {
        let event: Value = serde_json::from_str(&sample().public).expect("JSON");
        assert_eq!(event["subject"], "u1");
        assert_eq!(event.get("causationid"), None);
        assert_eq!(event["source"], "/twofactor/login");
    }

    #[test]
    fn ids_follow_the_contract() {
        let (source, id) = (
            Source::parse("/crm").expect("source"),
            EventId::parse("1").expect("id"),
        );
        // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "/crm#1"))'
        assert_eq!(
            outcome_id(&source, &id).to_string(),
            "12a70a8a-88c9-581f-85d2-05ad9ec7573b"
        );
    }

    #[test]
    fn a_refusal_without_a_field_has_no_field() {
        let outcome = Outcome::of(&Refusal::whole(RefusalReason::TooOld, "Send it again."));
        assert_eq!(
            Value::Object(outcome.data),
            json!({"reason": "too_old", "message": "Send it again."})
        );
    }
}
