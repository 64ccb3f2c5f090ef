//! An outcome as the CRM or an observer receives it: the event and the message's properties.
//!
//! It reads members and judges none but the kind that a test asks for.

use anyhow::{Result, ensure};
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde_json::Value;
use uuid::Uuid;

/// One received outcome. Its `data` can be read by `outcome["member"]`, null where it is absent.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The whole event, a JSON object.
    pub event: Value,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
    /// The routing key.
    pub routing_key: String,
    /// AMQP's `content_type`.
    pub content_type: Option<String>,
    /// AMQP's `correlation_id`.
    pub correlation_id: Option<String>,
    /// AMQP's `message_id`.
    pub message_id: Option<String>,
    /// AMQP's `expiration`, in milliseconds.
    pub expiration: Option<String>,
    /// `true` if the broker keeps it over a restart.
    pub is_persistent: bool,
    /// AMQP's headers, as strings by name.
    pub headers: Vec<(String, String)>,
}

impl Outcome {
    /// Reads a delivery; `event` is null where its body is no JSON.
    pub fn of(delivery: Delivery) -> Self {
        let properties = &delivery.properties;
        let string =
            |value: &Option<ShortString>| value.as_ref().map(|short| short.as_str().to_owned());
        let headers = properties.headers().as_ref();
        let headers = headers
            .into_iter()
            .flat_map(FieldTable::inner)
            .map(|(name, value)| (name.as_str().to_owned(), plain(value)))
            .collect();
        Self {
            event: serde_json::from_slice(&delivery.data).unwrap_or_default(),
            routing_key: delivery.routing_key.as_str().to_owned(),
            content_type: string(properties.content_type()),
            correlation_id: string(properties.correlation_id()),
            message_id: string(properties.message_id()),
            expiration: string(properties.expiration()),
            is_persistent: *properties.delivery_mode() == Some(2),
            headers,
            bytes: delivery.data,
        }
    }

    /// Returns the outcome type, such as `login.accepted.v1`.
    pub fn kind(&self) -> &str {
        self.attribute("type")
    }

    /// Returns the outcome itself, where it is of that kind.
    pub fn of_kind(self, kind: &str) -> Result<Self> {
        let own = self.kind();
        let reason = self.str("reason");
        ensure!(own == kind, "{own} ({reason}) instead of {kind}");
        Ok(self)
    }

    /// Returns the CloudEvents id.
    pub fn id(&self) -> Option<Uuid> {
        Uuid::parse_str(self.attribute("id")).ok()
    }

    /// Returns a CloudEvents attribute that is a string; empty where it is absent.
    pub fn attribute(&self, name: &str) -> &str {
        self.event[name].as_str().unwrap_or_default()
    }

    /// Returns the whole `data`.
    pub fn data(&self) -> &Value {
        &self.event["data"]
    }

    /// Returns a member of `data` that is a string; empty where it is absent.
    pub fn str(&self, member: &str) -> &str {
        self[member].as_str().unwrap_or_default()
    }

    /// Returns a member of `data` that is an integer.
    pub fn integer(&self, member: &str) -> Option<i64> {
        self[member].as_i64()
    }

    /// Returns a member of `data` that is a list of strings; empty where it is absent.
    pub fn list(&self, member: &str) -> Vec<&str> {
        let items = self[member].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).collect()
    }

    /// Returns the backup codes that it gives out; empty where it gives out none.
    pub fn backup_codes(&self) -> Vec<String> {
        let codes = self.list("backup_codes").into_iter();
        codes.map(str::to_owned).collect()
    }

    /// Does `data` have that member?
    pub fn has(&self, member: &str) -> bool {
        self.data().get(member).is_some()
    }

    /// Returns the body as a string.
    pub fn as_string(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl std::ops::Index<&str> for Outcome {
    type Output = Value;

    fn index(&self, member: &str) -> &Value {
        &self.data()[member]
    }
}

fn plain(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        AMQPValue::ShortString(value) => value.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}
