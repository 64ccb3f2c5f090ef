//! A delivery becomes what the contract makes of it: an event, or a refusal.
//!
//! It keeps what the answer and the dead letter need of the AMQP message, and where the delivery
//! must be acknowledged. It decides nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use lapin::message::Delivery;
use lapin::types::ShortString;
use serde_json::json;
use twofactor_contract::{
    Incoming, Message, Refusal, RefusalReason, Refused, ReplyTo, Seen, Service, Told, dead_letter,
    read,
};
use twofactor_rules::text::ProviderAnswer;
use uuid::Uuid;

use crate::session::Session;
use crate::trace::Trace;

/// A message of our queue, read.
pub struct Received {
    /// The event, or what is wrong with the message.
    pub content: Result<Box<Incoming>, Box<Refused>>,
    /// The broker delivered it before.
    pub redelivered: bool,
    /// What the provider said, where a text for this event was sent.
    pub answered: Option<ProviderAnswer>,
    /// AMQP `correlation_id`.
    correlation_id: Option<ShortString>,
    raw: Raw,
}

/// The message as it came, for its dead letter.
struct Raw {
    body: Vec<u8>,
    content_type: Option<ShortString>,
    routing_key: ShortString,
    reply_to: Option<ShortString>,
}

impl Raw {
    fn message(&self) -> Message<'_> {
        Message {
            body: &self.body,
            content_type: self.content_type.as_ref().map(ShortString::as_str),
            routing_key: self.routing_key.as_str(),
            reply_to: self.reply_to.as_ref().map(ShortString::as_str),
        }
    }
}

impl Received {
    /// Reads a delivery for a worker.
    pub fn new(service: Service, delivery: Delivery) -> Self {
        let properties = delivery.properties;
        let raw = Raw {
            body: delivery.data,
            content_type: properties.content_type().clone(),
            routing_key: delivery.routing_key,
            reply_to: properties.reply_to().clone(),
        };
        Self {
            content: read_or_refuse(service, raw.message()),
            redelivered: delivery.redelivered,
            answered: None,
            correlation_id: properties.correlation_id().clone(),
            raw,
        }
    }

    /// What could be read of it.
    pub fn seen(&self) -> Seen {
        match &self.content {
            Ok(incoming) => incoming.seen(),
            Err(refused) => refused.seen.clone(),
        }
    }

    /// What it tells besides who and when, as far as that could be read.
    pub fn told(&self) -> Told {
        match &self.content {
            Ok(incoming) => Told::by(&incoming.event),
            Err(refused) => refused.told.clone(),
        }
    }

    /// The id that the outcome of this event has; none for what is no event.
    pub fn outcome_id(&self) -> Option<Uuid> {
        self.content
            .as_ref()
            .ok()
            .map(|incoming| incoming.outcome_id())
    }

    /// The hex SHA-256 of the bytes.
    pub fn sha256(&self) -> &str {
        match &self.content {
            Ok(incoming) => &incoming.sha256,
            Err(refused) => &refused.sha256,
        }
    }

    /// Where the reply goes.
    pub fn reply_to(&self) -> Option<&ReplyTo> {
        match &self.content {
            Ok(incoming) => incoming.reply_to.as_ref(),
            Err(refused) => refused.reply_to.as_ref(),
        }
    }

    /// AMQP `correlation_id` of the outcome: the incoming one, else the event's id.
    pub fn correlation_id(&self) -> Option<ShortString> {
        self.correlation_id.clone().or_else(|| {
            let id = match &self.content {
                Ok(incoming) => Some(&incoming.envelope.id),
                Err(refused) => refused.seen.id.as_ref(),
            };
            ShortString::try_new(id?.as_str()).ok()
        })
    }

    /// The body of its dead letter.
    pub fn dead_letter(&self) -> String {
        let body = catch_unwind(AssertUnwindSafe(|| dead_letter::body(self.raw.message())));
        // A message that nobody can even read is told by its name alone.
        let body = body.unwrap_or_else(|_| json!({ "sha256": self.sha256() }));
        body.to_string()
    }
}

/// Reads a message. One that makes the reading panic must not end the worker again and again.
fn read_or_refuse(service: Service, message: Message<'_>) -> Result<Box<Incoming>, Box<Refused>> {
    catch_unwind(AssertUnwindSafe(|| read(service, message))).unwrap_or_else(|_| {
        // Without its content type nothing of it is looked at but its digest.
        let mut refused = read(
            service,
            Message {
                content_type: None,
                ..message
            },
        );
        if let Err(refused) = &mut refused {
            let sentence = "This event could not be read and was set aside; tell the operator.";
            refused.refusal = Refusal::whole(RefusalReason::InternalError, sentence);
        }
        refused
    })
}

/// A message, and the delivery that brought it.
pub struct Delivered {
    /// What it says.
    pub message: Received,
    /// The connection that it must be acknowledged on.
    pub session: Arc<Session>,
    /// The delivery tag.
    pub tag: u64,
    /// When it came.
    pub at: Instant,
    /// How often it failed on its own.
    pub failures: u8,
    /// How often another worker was faster with what it is about.
    pub conflicts: u8,
    /// What happened to it so far, where somebody wants to know.
    pub trace: Option<Box<Trace>>,
}

impl Delivered {
    /// A delivery of this session; it has a trace where one is wanted.
    pub fn new(
        service: Service,
        is_traced: bool,
        session: Arc<Session>,
        delivery: Delivery,
    ) -> Self {
        let tag = delivery.delivery_tag;
        let message = Received::new(service, delivery);
        let at = Instant::now();
        let trace = is_traced.then(|| Trace::begin(&message, tag, at)).flatten();
        Self {
            message,
            session,
            tag,
            at,
            failures: 0,
            conflicts: 0,
            trace,
        }
    }

    /// Whether working on it still makes sense: its delivery can be acknowledged, or a text was
    /// sent for it, of which nobody else knows what became.
    pub fn is_wanted(&self) -> bool {
        self.message.answered.is_some() || !self.session.is_lost()
    }
}
