//! A valid event of every type, and what is read of a message in a few words.

use serde_json::{Value, json};
use twofactor_contract::{Event, Incoming, Message, Refused, Service, outcome, read};

/// Stands in bad values; no answer may ever show it.
pub const CANARY: &str = "CANARY7";
/// The same as a number.
pub const NUMBER: u64 = 777_777_777;

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
    /// An event as its publisher sends it: the routing key is its type.
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

    /// Other bytes than those of a JSON value.
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn read(&self) -> Result<Box<Incoming>, Box<Refused>> {
        read(
            self.service,
            Message {
                body: &self.body,
                content_type: self.content_type.as_deref(),
                routing_key: &self.routing_key,
                reply_to: self.reply_to.as_deref(),
                properties_are_text: true,
            },
        )
    }

    /// `ok`, or the reason and the field; sees to it that no answer shows the canary.
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
        shows_no_canary(published.reply().expose());
        let field = refused.refusal.field.unwrap_or_default();
        format!("{} {field}", refused.refusal.reason.as_str())
            .trim()
            .to_owned()
    }
}

fn shows_no_canary(text: &str) {
    assert!(!text.contains(CANARY), "{text}");
    assert!(!text.contains(&NUMBER.to_string()), "{text}");
}

/// The verdict on an event.
pub fn verdict(event: &Value) -> String {
    Sample::of(event).verdict()
}

/// An event of a type with its data.
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

/// A login without anything optional.
pub fn login() -> Value {
    event("login.attempted.v1", &data("login.attempted.v1"))
}

/// A login with one attribute set; `null` takes it away.
pub fn login_with(attribute: &str, value: Value) -> Value {
    let mut event = login();
    match value {
        Value::Null => drop(event.as_object_mut().map(|event| event.remove(attribute))),
        value => event[attribute] = value,
    }
    event
}

/// Valid data of every type, all that is required and nothing else.
pub fn data(event_type: &str) -> Value {
    let mut data = match event_type {
        "login.attempted.v1" => json!({"session_id": "s1", "ip": "192.0.2.1"}),
        "sms.requested.v1" | "enrollment.backup_codes.requested.v1" => json!({"session_id": "s1"}),
        "enrollment.totp.started.v1" => {
            json!({"session_id": "s1", "account": "anna@north.example"})
        }
        "enrollment.totp.confirmed.v1" => json!({"session_id": "s1", "code": "123456"}),
        "enrollment.sms.started.v1" => {
            json!({"session_id": "s1", "mobile_number": "+447400123456"})
        }
        "enrollment.sms.confirmed.v1" => json!({"session_id": "s1", "code": "abc234"}),
        "enrollment.method.reset.v1" => json!({"session_id": "s1", "method": "totp"}),
        "enrollment.browsers.forgotten.v1" => json!({}),
        "enrollment.exempted.v1" => {
            json!({"admin_id": "root", "reason": "no phone", "until": "2026-12-01T00:00:00Z"})
        }
        "enrollment.policy.set.v1" => {
            json!({"admin_id": "root", "required": true, "grace_days": 7})
        }
        "enrollment.policy.requested.v1" | "profile.requested.v1" => json!({"viewer_id": "root"}),
        "profile.list.requested.v1" => json!({"viewer_id": "root", "user_ids": ["anna", "ben"]}),
        "reset.requested.v1" | "reset.user.erased.v1" => {
            json!({"admin_id": "root", "reason": "lost phone"})
        }
        other => panic!("no sample of {other}; add one"),
    };
    data["tenant_id"] = "north".into();
    let of_tenant = [
        "enrollment.policy.set.v1",
        "enrollment.policy.requested.v1",
        "profile.list.requested.v1",
    ];
    if !of_tenant.contains(&event_type) {
        data["user_id"] = "anna".into();
    }
    data
}
