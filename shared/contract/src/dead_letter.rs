//! The dead letter of a refused message: enough to find its sender, and nothing about a person.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::read::{self, Message};
use crate::{AuditFields, Event, TraceParent, UserId};

/// Placeholder of a removed value.
pub const REMOVED: &str = "[removed]";

/// Names of the ids, which stay as they are if they are valid.
const IDS: [&str; 5] = [
    "tenant_id",
    "user_id",
    "admin_id",
    "viewer_id",
    "session_id",
];

/// Names of the envelope's attributes, which stay if they are valid.
const ENVELOPE: [&str; 6] = ["specversion", "id", "source", "type", "time", "traceparent"];

/// Returns the body of the dead letter of a message.
pub fn body(message: Message<'_>) -> Value {
    match read::parse(message) {
        Ok(event) => redact(&event),
        Err(_) => unread(
            message.body.len() as u64,
            &Sha256::digest(message.body).into(),
        ),
    }
}

/// Returns the body of the dead letter of an unreadable message: its length in bytes and its
/// SHA-256.
pub fn unread(length: u64, sha256: &[u8; 32]) -> Value {
    json!({ "length": length, "sha256": HEXLOWER.encode(sha256) })
}

/// Returns a refusal's JSON pointer without the names that the type does not know.
pub fn pointer(pointer: &str, event_type: Option<&str>) -> String {
    let members = event_type.map_or(&[][..], Event::members);
    let is_known = |name: &str| {
        let inside_a_code = members.contains(&"code") && ["method", "value"].contains(&name);
        name.is_empty()
            || name == "data"
            || ENVELOPE.contains(&name)
            || IDS.contains(&name)
            || members.contains(&name)
            || inside_a_code
            || (name.len() <= 3 && name.bytes().all(|b| b.is_ascii_digit()))
    };
    let names: Vec<&str> = pointer
        .split('/')
        .map(|name| if is_known(name) { name } else { REMOVED })
        .collect();
    names.join("/")
}

fn redact(event: &Map<String, Value>) -> Value {
    let seen = AuditFields::of(event, read::audited(event));
    let kept = [
        ("id", seen.id.as_ref().map(|id| id.as_str().into())),
        (
            "source",
            seen.source.as_ref().map(|source| source.as_str().into()),
        ),
        ("type", seen.event_type.as_deref().map(Value::from)),
        ("time", seen.time.map(|time| time.to_string().into())),
        (
            "traceparent",
            seen.trace_parent
                .as_ref()
                .and_then(TraceParent::as_str)
                .map(Value::from),
        ),
        (
            "specversion",
            (event.get("specversion") == Some(&"1.0".into())).then(|| "1.0".into()),
        ),
    ];
    let known = event
        .get("type")
        .and_then(Value::as_str)
        .map_or(&[][..], Event::members);
    let mut letter = Map::new();
    for (name, value) in event {
        let (name, value) = match name.as_str() {
            "data" => ("data", redact_data(value, known)),
            name if ENVELOPE.contains(&name) => {
                let valid = kept
                    .iter()
                    .find(|(known, _)| *known == name)
                    .and_then(|(_, v)| v.clone());
                (name, valid.unwrap_or_else(|| REMOVED.into()))
            }
            _ => (REMOVED, REMOVED.into()),
        };
        letter.insert(name.to_owned(), value);
    }
    Value::Object(letter)
}

/// Returns `data` with the ids alone. Below the first level the names of a code's members are the
/// only known ones.
fn redact_data(value: &Value, known: &[&str]) -> Value {
    let Value::Object(members) = value else {
        return REMOVED.into();
    };
    let redacted = members.iter().map(|(name, value)| {
        let id = value
            .as_str()
            .filter(|value| UserId::parse(value).is_some());
        match id {
            Some(id) if IDS.contains(&name.as_str()) => (name.clone(), id.into()),
            _ if known.contains(&name.as_str()) => (name.clone(), REMOVED.into()),
            _ => (REMOVED.to_owned(), REMOVED.into()),
        }
    });
    Value::Object(redacted.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(event: &Value) -> Value {
        let body = event.to_string();
        let content_type = Some("application/cloudevents+json");
        super::body(Message {
            body: body.as_bytes(),
            content_type,
            routing_key: "",
            reply_to: None,
            properties_are_utf8: true,
        })
    }

    #[test]
    fn values_and_unknown_names_go_and_ids_stay() {
        let event = json!({
            "specversion": "1.0", "id": "1", "source": "/crm", "type": "login.attempted.v1",
            "time": "yesterday", "123456": "x", "password": "hunter2",
            "data": {
                "tenant_id": "north", "user_id": "not an id", "ip": "192.0.2.1",
                "code": {"method": "totp", "value": "123456"}, "mobile_number": "+447400123456",
            },
        });
        assert_eq!(
            letter(&event),
            json!({
                "specversion": "1.0", "id": "1", "source": "/crm", "type": "login.attempted.v1",
                "time": "[removed]", "[removed]": "[removed]",
                "data": {
                    "tenant_id": "north", "user_id": "[removed]", "ip": "[removed]",
                    "code": "[removed]", "[removed]": "[removed]",
                },
            })
        );
    }

    #[test]
    fn a_pointer_names_what_the_type_knows_alone() {
        let of_login = |field| pointer(field, Some("login.attempted.v1"));
        for known in [
            "",
            "/data",
            "/time",
            "/data/ip",
            "/data/code/method",
            "/data/user_id",
        ] {
            assert_eq!(of_login(known), known);
        }
        assert_eq!(of_login("/data/hunter"), "/data/[removed]");
        assert_eq!(of_login("/data/mobile_number"), "/data/[removed]");
        assert_eq!(of_login("/password"), "/[removed]");
        assert_eq!(
            pointer("/data/user_ids/3", Some("profile.list.requested.v1")),
            "/data/user_ids/3"
        );
    }

    #[test]
    fn of_what_cannot_be_read_stays_length_and_digest() {
        let message = Message {
            body: b"hunter2",
            content_type: None,
            routing_key: "",
            reply_to: None,
            properties_are_utf8: true,
        };
        let letter = super::body(message);
        assert_eq!(letter["length"], 7);
        assert_eq!(letter["sha256"].as_str().map(str::len), Some(64));
        assert!(!letter.to_string().contains("hunter2"));
    }
}
