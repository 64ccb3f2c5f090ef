//! A dead letter as an operator sees it: why it was set aside, and what is left of it.

use lapin::Acker;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use lapin::types::AMQPValue;
use serde_json::{Map, Value, json};
use twofactor_contract::{Service, dead_letter};

use crate::dead::error::away;
use crate::failure::Failure;

/// A letter that was taken and is not acknowledged.
pub struct Letter {
    /// Its id, which is that of the outcome sent to the publisher.
    pub id: String,
    service: Service,
    headers: Map<String, Value>,
    body: Value,
    acker: Acker,
}

impl Letter {
    /// Reads the letter in a delivery.
    pub fn of(service: Service, delivery: Delivery) -> Self {
        let id = delivery.properties.message_id().as_ref();
        let headers = delivery.properties.headers().as_ref();
        let headers = headers
            .into_iter()
            .flat_map(lapin::types::FieldTable::inner);
        // The broker counts every reading in headers of its own, which are about operators and not
        // about the letter: `x-delivery-count`, and since RabbitMQ 4.3 `x-acquired-count`.
        let headers = headers.filter(|(name, _)| !name.as_str().starts_with("x-"));
        let headers = headers.filter_map(|(name, value)| {
            let value = match value {
                AMQPValue::LongString(value) => String::from_utf8_lossy(value.as_bytes()).into(),
                AMQPValue::LongLongInt(integer) => json!(integer),
                AMQPValue::LongInt(integer) => json!(integer),
                _ => return None,
            };
            Some((name.to_string(), value))
        });
        Self {
            id: id.map(ToString::to_string).unwrap_or_default(),
            service,
            headers: headers.collect(),
            // The workers write JSON; of any other body the length alone is shown.
            body: serde_json::from_slice(&delivery.data)
                .unwrap_or_else(|_| json!({ "length": delivery.data.len() })),
            acker: delivery.acker,
        }
    }

    /// Returns its line of a list.
    pub fn line(&self) -> String {
        let id = &self.id;
        let service = self.service.name();
        let [at, reason, event_type] = ["at", "reason", "event_type"].map(|name| self.header(name));
        let field = match self.header("field") {
            "-" => String::new(),
            field => format!(" at {field}"),
        };
        let [event_id, source] = ["id", "source"].map(|name| self.of_event(name).unwrap_or("-"));
        format!("{at}  {service:10}  {id}  {reason}{field}  {event_type}  {event_id} from {source}")
    }

    /// Returns its object of a list.
    pub fn summary(&self) -> Value {
        let header = |name: &str| self.headers.get(name).cloned().unwrap_or(Value::Null);
        json!({
            "id": self.id, "service": self.service.name(), "at": header("at"),
            "reason": header("reason"), "field": header("field"),
            "event_type": header("event_type"),
            "event_id": self.of_event("id"), "event_source": self.of_event("source"),
        })
    }

    /// Returns the whole letter, for people.
    pub fn whole(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{name}: {value}")
        });
        let headers: Vec<String> = headers.collect();
        let body = serde_json::to_string_pretty(&self.body).unwrap_or_default();
        let id = &self.id;
        let service = self.service.name();
        let [event_id, source] = ["id", "source"].map(|name| self.of_event(name).unwrap_or("-"));
        format!(
            "id: {id}\nservice: {service}\nevent_id: {event_id}\nevent_source: {source}\n{}\n\n{body}",
            headers.join("\n")
        )
    }

    /// Returns the whole letter, for scripts.
    pub fn object(&self) -> Value {
        json!({
            "id": self.id, "service": self.service.name(), "event_id": self.of_event("id"),
            "event_source": self.of_event("source"), "headers": self.headers, "body": self.body,
        })
    }

    /// Takes it out for good.
    pub async fn discard(&self) -> Result<(), Failure> {
        match self.acker.ack(BasicAckOptions::default()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::Unreachable(
                "The broker closed the channel; run the same command again.".to_owned(),
            )),
            Err(error) => Err(away(&error)),
        }
    }

    /// Returns an attribute of the event as its publisher knows it, where it could be read.
    fn of_event(&self, name: &str) -> Option<&str> {
        let value = self.body.get(name)?.as_str()?;
        (value != dead_letter::REMOVED).then_some(value)
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("-")
    }
}
