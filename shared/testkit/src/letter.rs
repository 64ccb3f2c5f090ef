//! One AMQP message to `crm.auth`, with any body and any properties, so that bad ones can be sent.
//!
//! It knows AMQP properties, and nothing of what the body means.

use lapin::BasicProperties;
use lapin::types::ShortString;

/// The address to which the outcome is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyPath {
    /// RabbitMQ's direct reply-to.
    Direct,
    /// The CRM's own queue, `crm.reply.…`.
    Queue,
    /// Nowhere: the broadcast is enough.
    None,
    /// A queue of that name, whoever owns it.
    Named(String),
}

/// A message to `crm.auth`.
#[derive(Clone, Debug)]
pub struct Letter {
    routing_key: String,
    body: Vec<u8>,
    properties: BasicProperties,
    expected_under: Option<String>,
}

impl Letter {
    /// Returns a message without any property except that it is persistent.
    pub fn new(routing_key: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            routing_key: routing_key.to_owned(),
            body: body.into(),
            properties: BasicProperties::default().with_delivery_mode(2),
            expected_under: None,
        }
    }

    /// Sets the content type.
    #[must_use]
    pub fn content_type(self, content_type: &str) -> Self {
        self.edited(|properties| properties.with_content_type(short(content_type)))
    }

    /// Sets the routing key.
    #[must_use]
    pub fn routed_by(mut self, routing_key: &str) -> Self {
        routing_key.clone_into(&mut self.routing_key);
        self
    }

    /// Sets the correlation id, under which its outcome comes.
    #[must_use]
    pub fn correlated(self, id: &str) -> Self {
        self.edited(|properties| properties.with_correlation_id(short(id)))
            .answered_under(id)
    }

    /// Removes the correlation id; its outcome comes under `id`.
    #[must_use]
    pub fn answered_under(mut self, id: &str) -> Self {
        self.expected_under = Some(id.to_owned());
        self
    }

    /// Changes the properties.
    #[must_use]
    pub fn edited(mut self, edit: impl FnOnce(BasicProperties) -> BasicProperties) -> Self {
        self.properties = edit(self.properties);
        self
    }

    /// Returns the routing key.
    pub fn routing_key(&self) -> &str {
        &self.routing_key
    }

    /// Returns the bytes.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the correlation id that the outcome will have, where it is known.
    pub fn expected_under(&self) -> Option<&str> {
        self.expected_under.as_deref()
    }

    /// Returns the properties, with the queue for the outcome.
    pub(crate) fn properties(&self, reply_to: Option<&str>) -> BasicProperties {
        let properties = self.properties.clone();
        match reply_to {
            Some(queue) => properties.with_reply_to(short(queue)),
            None => properties,
        }
    }
}

/// AMQP's short string.
///
/// # Panics
///
/// If it is over 255 bytes.
pub(crate) fn short(value: &str) -> ShortString {
    ShortString::try_new(value).expect("a short string has 255 bytes at most")
}
