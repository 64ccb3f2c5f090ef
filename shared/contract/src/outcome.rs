//! Outcomes as CloudEvents: the public form for everybody, the full form for the reply.

use std::borrow::Cow;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::declaration::OutcomeData;
use crate::{AuditFields, EventId, Secret, Service, Source, TraceParent, UserId, rfc3339};

/// An outcome, with its secret members kept apart.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The CloudEvents type.
    pub outcome_type: &'static str,
    /// The members that everybody may see, as a JSON object.
    pub data: Box<RawValue>,
    /// The members that only the reply carries, as a JSON object.
    secrets: Option<Secret<String>>,
}

impl Outcome {
    /// Makes an outcome without secret members.
    pub fn of<T: OutcomeData>(data: &T) -> Self {
        Self {
            outcome_type: T::TYPE,
            data: serde_json::value::to_raw_value(data).expect("an object of plain data"),
            secrets: None,
        }
    }

    /// Makes an outcome with the members that only the reply carries.
    pub fn with_secrets<T: OutcomeData>(data: &T, secrets: &Secret<T::Secrets>) -> Self {
        let secrets = serde_json::to_string(secrets.expose()).expect("an object of plain data");
        Self {
            secrets: Some(Secret::new(secrets)),
            ..Self::of(data)
        }
    }
}

/// An outcome with its envelope, ready to keep and to publish.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeEvent {
    /// The CloudEvents `id`, equal in every copy.
    pub id: Uuid,
    /// The CloudEvents `type`, which is the routing key. One that is kept may be of a later release.
    pub outcome_type: Cow<'static, str>,
    /// The whole event without its secret members.
    pub public: Arc<str>,
    /// The secret members of `data`, as a JSON object.
    pub secrets: Option<Secret<String>>,
}

impl OutcomeEvent {
    /// Puts an outcome into its envelope. `cause` has the readable fields of the event that it
    /// answers, and `decided_at` is by the database's clock.
    pub fn new(
        service: Service,
        id: Uuid,
        cause: &AuditFields,
        decided_at: Timestamp,
        outcome: Outcome,
    ) -> Self {
        // An event is identified by `id` and `source` together, so neither is repeated alone.
        let name = cause.id.as_ref().zip(cause.source.as_ref());
        let event = PublicEvent {
            causationid: name.map(|(id, _)| id),
            causationsource: name.map(|(_, source)| source),
            data: &outcome.data,
            datacontenttype: "application/json",
            id,
            source: service.source(),
            specversion: "1.0",
            subject: cause.user_id.as_ref(),
            time: rfc3339(decided_at),
            traceparent: cause.trace_parent.as_ref().and_then(TraceParent::as_str),
            outcome_type: outcome.outcome_type,
        };
        Self {
            id,
            outcome_type: outcome.outcome_type.into(),
            public: serde_json::to_string(&event)
                .expect("an object of plain data")
                .into(),
            secrets: outcome.secrets,
        }
    }

    /// Returns the whole event with its secret members, as the reply carries it; `None` if it has
    /// none, so that the reply is what everybody sees.
    pub fn reply(&self) -> Option<Secret<String>> {
        let secrets = self.secrets.as_ref()?;
        Some(self.with_members(secrets.expose()))
    }

    /// Returns a repeat whose secrets are no longer kept; its member `secrets_gone` is `true`.
    pub fn reply_without_secrets(&self) -> Secret<String> {
        self.with_members(r#"{"secrets_gone":true}"#)
    }

    /// Returns the event with the members of a JSON object in its `data`, too. The bytes are put
    /// together in one string, so that no secret stays behind in memory.
    fn with_members(&self, members: &str) -> Secret<String> {
        // In a string of JSON it would have backslashes.
        let (before, after) = self.public.split_once(DATA).expect("own JSON has `data`");
        let members = members
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let members = members.expect("own JSON is an object");
        let is_alone = members.is_empty() || after.starts_with('}');
        let comma = if is_alone { "" } else { "," };
        let parts = [before, DATA, members, comma, after];
        let mut reply = String::with_capacity(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            reply.push_str(part);
        }
        Secret::new(reply)
    }
}

/// An outcome as it is published, without its secret members. The attributes are in the order of their
/// names.
#[derive(Serialize)]
struct PublicEvent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<&'a EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationsource: Option<&'a Source>,
    data: &'a RawValue,
    datacontenttype: &'static str,
    id: Uuid,
    source: &'static str,
    specversion: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a UserId>,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    #[serde(rename = "type")]
    outcome_type: &'static str,
}

/// Beginning of `data` in an outcome, as it is serialised.
const DATA: &str = "\"data\":{";

/// Returns the `id` of the outcome that answers an event: UUIDv5 of `source` + `#` + `id`.
pub fn outcome_id(source: &Source, id: &EventId) -> Uuid {
    let name = format!("{}#{}", source.as_str(), id.as_str());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

/// Returns the `id` of the refusal of a message: UUIDv5 of `sha256:` + hex of its SHA-256.
pub fn refusal_id(sha256: &[u8; 32]) -> Uuid {
    let mut name = *b"sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let (_, hex) = name.split_at_mut("sha256:".len());
    HEXLOWER.encode_mut(sha256, hex);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, &name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::login::{LoginAccepted, LoginAcceptedSecrets};
    use crate::subject::SessionSubject;
    use crate::{Refusal, RefusalReason, SessionId, TenantId, Via};

    fn sample() -> OutcomeEvent {
        let subject = SessionSubject {
            tenant_id: TenantId::parse("north").expect("an id"),
            user_id: UserId::parse("anna").expect("an id"),
            session_id: SessionId::parse("s1").expect("an id"),
        };
        let data = LoginAccepted {
            subject,
            via: Via::Totp,
            backup_codes_left: None,
            set_up_by: None,
            notice: None,
            remembered_until: None,
        };
        let secrets = Secret::new(LoginAcceptedSecrets {
            remember_token: "s3cret".into(),
        });
        let cause = AuditFields {
            user_id: UserId::parse("anna"),
            ..AuditFields::default()
        };
        let outcome = Outcome::with_secrets(&data, &secrets);
        assert!(!format!("{outcome:?}").contains("s3cret"));
        let id = refusal_id(&[0; 32]);
        OutcomeEvent::new(Service::Login, id, &cause, Timestamp::UNIX_EPOCH, outcome)
    }

    #[test]
    fn secret_members_are_in_the_reply_alone() {
        let event = sample();
        assert!(!event.public.contains("s3cret") && !event.public.contains("remember_token"));
        assert!(!format!("{event:?}").contains("s3cret"));
        let data = |reply: &Secret<String>| -> Value {
            let reply: Value = serde_json::from_str(reply.expose()).expect("JSON");
            reply["data"].clone()
        };
        let public = json!({
            "tenant_id": "north", "user_id": "anna", "session_id": "s1", "via": "totp",
        });
        let mut reply = public.clone();
        reply["remember_token"] = "s3cret".into();
        assert_eq!(data(&event.reply().expect("secrets")), reply);
        let mut later = public;
        later["secrets_gone"] = true.into();
        assert_eq!(data(&event.reply_without_secrets()), later);
    }

    #[test]
    fn absent_attributes_are_absent() {
        let event: Value = serde_json::from_str(&sample().public).expect("JSON");
        assert_eq!(event["subject"], "anna");
        assert_eq!(event.get("causationid"), None);
        assert_eq!(event["source"], "/twofactor/login");
    }

    #[test]
    fn ids_follow_the_contract() {
        let source = Source::parse("/crm").expect("source");
        let id = EventId::parse("1").expect("id");
        // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "/crm#1"))'
        assert_eq!(
            outcome_id(&source, &id).to_string(),
            "12a70a8a-88c9-581f-85d2-05ad9ec7573b"
        );
        // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "sha256:" + "0f" * 32))'
        assert_eq!(
            refusal_id(&[0x0f; 32]).to_string(),
            "c50462aa-311a-5f86-818d-c6a205a9fb2f"
        );
    }

    #[test]
    fn a_refusal_without_a_field_has_no_field() {
        let outcome = Outcome::of(&Refusal::whole(RefusalReason::TooOld, "Send it again."));
        assert_eq!(
            outcome.data.get(),
            r#"{"reason":"too_old","message":"Send it again."}"#
        );
    }
}
