//! A valid event of every type, and the verdict on a message in a few words.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use twofactor_contract::{Event, Incoming, Message, RefusedMessage, Service, outcome, read};

/// Part of every wrong value; no answer may ever show it.
pub const CANARY: &str = "CANARY7";
/// The same as an integer.
pub const CANARY_INTEGER: u64 = 777_777_777;

pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// A message under test.
#[derive(Clone)]
pub struct Sample {
    pub service: Service,
    pub body: Vec<u8>,
    pub content_type: Option<String>,
    pub routing_key: String,
    pub reply_to: Option<String>,
}

impl Sample {
    /// Makes a message of an event, as its publisher sends it: the routing key is its type.
    pub fn of(event: &Value) -> Self {
        let routing_key = event["type"].as_str().unwrap_or_default().to_owned();
        let service = Event::find(&routing_key).map_or(Service::Login, |known| known.service);
        Self {
            service,
            body: event.to_string().into_bytes(),
            content_type: Some(CONTENT_TYPE.to_owned()),
            routing_key,
            reply_to: Some("crm.reply.1".to_owned()),
        }
    }

    /// Replaces the body.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn read(&self) -> Result<Box<Incoming>, Box<RefusedMessage>> {
        read(
            self.service,
            Message {
                body: &self.body,
                content_type: self.content_type.as_deref(),
                routing_key: &self.routing_key,
                reply_to: self.reply_to.as_deref(),
                properties_are_utf8: true,
            },
        )
    }

    /// Returns `ok`, or the reason and the field, and checks that no answer shows the canary.
    pub fn verdict(&self) -> String {
        let refused = match self.read() {
            Ok(incoming) => {
                shows_no_canary(&format!("{incoming:?}"));
                return "ok".to_owned();
            }
            Err(refused) => refused,
        };
        shows_no_canary(&format!("{refused:?}"));
        let published = outcome::OutcomeEvent::new(
            self.service,
            outcome::refusal_id(&refused.sha256),
            &refused.audit,
            jiff::Timestamp::UNIX_EPOCH,
            twofactor_contract::Outcome::of(&refused.refusal),
        );
        assert!(published.reply().is_none(), "a refusal has no secrets");
        shows_no_canary(&published.public);
        let field = refused.refusal.field.unwrap_or_default();
        format!("{} {field}", refused.refusal.reason.as_str())
            .trim()
            .to_owned()
    }
}

fn shows_no_canary(printed: &str) {
    assert!(!printed.contains(CANARY), "{printed}");
    assert!(!printed.contains(&CANARY_INTEGER.to_string()), "{printed}");
}

/// Returns the verdict on an event.
pub fn verdict(event: &Value) -> String {
    Sample::of(event).verdict()
}

/// Makes an event of a type with its data.
pub fn event(event_type: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": "018f-1",
        "source": "/crm",
        "type": event_type,
        "time": "2026-11-24T10:00:00Z",
        "data": data,
    })
}

/// Makes a login without any optional member.
pub fn login() -> Value {
    event("login.attempted.v1", &data("login.attempted.v1"))
}

/// Makes a login with one attribute set; `null` removes it.
pub fn login_with(attribute: &str, value: Value) -> Value {
    let mut event = login();
    match value {
        Value::Null => drop(event.as_object_mut().map(|event| event.remove(attribute))),
        value => event[attribute] = value,
    }
    event
}

/// Makes valid data of a type: the required members of its published example, about Anna.
pub fn data(event_type: &str) -> Value {
    let schema = published("schema", &format!("{event_type}.schema.json"));
    let required = &schema["properties"]["data"]["required"];
    let required = required.as_array().expect("a list");
    let mut data = published("examples", &format!("{event_type}.json"))["data"].take();
    let members = data.as_object_mut().expect("an object");
    members.retain(|name, _| required.iter().any(|known| known == name));
    if let Some(user) = members.get_mut("user_id") {
        *user = "anna".into();
    }
    data
}

fn published(folder: &str, file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(file);
    let json = fs::read_to_string(&path);
    let json = json.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&json).expect("a published file is JSON")
}
