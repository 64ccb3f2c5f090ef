//! An event as the CRM writes it: in JSON, right by default, and wrong where a test
//! says so.
//!
//! It knows the envelope, and no event type: `data` is whatever the caller gives.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::letter::Letter;

/// The content type of every event and outcome.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// One event, to be changed with the methods below and sent as often as wanted.
#[derive(Clone, Debug)]
pub struct CrmEvent {
    attributes: Map<String, Value>,
    correlation_id: Option<String>,
}

impl CrmEvent {
    /// Returns an event of that type, from `/crm`, under a fresh id, now.
    pub fn new(event_type: &str, data: Value) -> Self {
        let mut attributes = Map::new();
        let strings = [
            ("specversion", "1.0".to_owned()),
            ("id", Uuid::now_v7().to_string()),
            ("source", "/crm".to_owned()),
            ("type", event_type.to_owned()),
            ("time", Timestamp::now().to_string()),
        ];
        for (name, value) in strings {
            attributes.insert(name.to_owned(), Value::String(value));
        }
        attributes.insert("data".to_owned(), data);
        Self {
            attributes,
            correlation_id: Some(Uuid::new_v4().to_string()),
        }
    }

    /// Sets the time at which the person sent it.
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        self.with("time", Value::String(time.to_string()))
    }

    /// Sets the id.
    #[must_use]
    pub fn under(self, id: &str) -> Self {
        self.with("id", Value::String(id.to_owned()))
    }

    /// Sets the source.
    #[must_use]
    pub fn from(self, source: &str) -> Self {
        self.with("source", Value::String(source.to_owned()))
    }

    /// Sets an attribute, also one that is there.
    #[must_use]
    pub fn with(mut self, attribute: &str, value: Value) -> Self {
        self.attributes.insert(attribute.to_owned(), value);
        self
    }

    /// Removes an attribute.
    #[must_use]
    pub fn without(mut self, attribute: &str) -> Self {
        self.attributes.remove(attribute);
        self
    }

    /// Sets a member of `data`, also one that is there.
    #[must_use]
    pub fn with_data(mut self, member: &str, value: Value) -> Self {
        self.attributes["data"][member] = value;
        self
    }

    /// Removes the correlation id, so that the outcome comes under the event's id.
    #[must_use]
    pub fn uncorrelated(mut self) -> Self {
        self.correlation_id = None;
        self
    }

    /// Returns the same event under a new correlation id, as a CRM sends it when it asks once more.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            correlation_id: Some(Uuid::new_v4().to_string()),
            ..self.clone()
        }
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        self.attribute("id")
    }

    /// Returns the type.
    pub fn event_type(&self) -> &str {
        self.attribute("type")
    }

    /// Returns the time.
    ///
    /// # Panics
    ///
    /// If the test gave it none.
    pub fn time(&self) -> Timestamp {
        self.attribute("time")
            .parse()
            .expect("the event has a time")
    }

    /// Returns the `data`.
    pub fn data(&self) -> &Value {
        self.attributes.get("data").unwrap_or(&Value::Null)
    }

    /// Returns the id of the outcome, by the contract.
    pub fn outcome_id(&self) -> Uuid {
        let name = format!("{}#{}", self.attribute("source"), self.id());
        Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
    }

    /// Returns the message that carries it.
    pub fn letter(&self) -> Letter {
        let body = Value::Object(self.attributes.clone()).to_string();
        let letter = Letter::new(self.event_type(), body).content_type(CONTENT_TYPE);
        match &self.correlation_id {
            Some(id) => letter.correlated(id),
            None => letter.answered_under(self.id()),
        }
    }

    fn attribute(&self, name: &str) -> &str {
        let value = self.attributes.get(name);
        value.and_then(Value::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_a_cloudevent_and_its_repetition_differs_in_the_correlation_alone() {
        let event = CrmEvent::new("sms.requested.v1", json!({"tenant_id": "t"}))
            .under("one")
            .with_data("user_id", json!("u"));
        let first = event.letter();
        let second = event.again().letter();
        let body: Value = serde_json::from_slice(first.body()).expect("JSON");
        assert_eq!(body["specversion"], "1.0");
        assert_eq!(body["data"], json!({"tenant_id": "t", "user_id": "u"}));
        assert_eq!(first.body(), second.body());
        assert_ne!(first.expected_under(), second.expected_under());
        assert_eq!(
            event.uncorrelated().letter().expected_under(),
            Some("one"),
            "then the event's id serves"
        );
    }
}
