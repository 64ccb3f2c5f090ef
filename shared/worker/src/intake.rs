//! Reading a delivery, by the contract: as an event, or as a refusal.
//!
//! It keeps what the answer and the dead letter need of the AMQP message. A delivery that the
//! client library could not read is refused for the reason that [`inbound`](crate::inbound) found.
//! It knows no connection, and decides nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lapin::message::Delivery;
use lapin::types::ShortString;
use twofactor_contract::{
    AuditFields, Incoming, Message, Refusal, RefusalReason, RefusedMessage, ReplyTo, Service,
    dead_letter, read,
};
use twofactor_rules::text::ProviderAnswer;
use uuid::Uuid;

use crate::inbound::{Digest, Finding};

/// Message of our queue, as read.
pub struct Received {
    /// Event, or refusal of the message.
    pub content: Result<Box<Incoming>, Box<RefusedMessage>>,
    /// `true` if the broker delivered it before.
    pub redelivered: bool,
    /// Answer of the provider, once a text for this event was sent.
    pub answered: Option<ProviderAnswer>,
    /// AMQP `correlation_id`.
    correlation_id: Option<ShortString>,
    raw: Raw,
}

/// Message as it was received, for its dead letter.
struct Raw {
    body: Body,
    content_type: Option<ShortString>,
    routing_key: ShortString,
    reply_to: Option<ShortString>,
    properties_are_utf8: bool,
}

enum Body {
    /// Body as it was received.
    Whole(Vec<u8>),
    /// Digest of a body that was dropped.
    Unread(Digest),
}

impl Raw {
    fn message(&self) -> Message<'_> {
        let body = match &self.body {
            Body::Whole(body) => &body[..],
            Body::Unread(_) => &[],
        };
        Message {
            body,
            content_type: self.content_type.as_ref().map(ShortString::as_str),
            routing_key: self.routing_key.as_str(),
            reply_to: self.reply_to.as_ref().map(ShortString::as_str),
            properties_are_utf8: self.properties_are_utf8,
        }
    }

    /// Reads the event, or refuses the message.
    fn read(
        &self,
        service: Service,
        finding: Option<Finding>,
    ) -> Result<Box<Incoming>, Box<RefusedMessage>> {
        let unread = |refusal, digest: &Digest| {
            let reply_to = self.reply_to.as_ref().map(ShortString::as_str);
            Err(Box::new(RefusedMessage::unread(
                refusal,
                reply_to,
                &digest.sha256,
            )))
        };
        match finding {
            None | Some(Finding::Unreadable) => read_or_refuse(service, self.message()),
            Some(Finding::TooLarge(digest)) => unread(Refusal::too_large(), &digest),
            Some(Finding::Isolated(digest)) => {
                let sentence =
                    "This message broke the connection and was set aside; tell the operator.";
                let refusal = Refusal::whole(RefusalReason::InternalError, sentence);
                unread(refusal, &digest)
            }
        }
    }
}

impl Received {
    /// Reads a delivery for a service; `finding` is what the screen found in it.
    pub fn new(service: Service, delivery: Delivery, finding: Option<Finding>) -> Self {
        let properties = delivery.properties;
        let body = match finding {
            None | Some(Finding::Unreadable) => Body::Whole(delivery.data),
            Some(Finding::TooLarge(digest) | Finding::Isolated(digest)) => Body::Unread(digest),
        };
        let raw = Raw {
            body,
            content_type: properties.content_type().clone(),
            routing_key: delivery.routing_key,
            reply_to: properties.reply_to().clone(),
            properties_are_utf8: finding != Some(Finding::Unreadable),
        };
        Self {
            content: raw.read(service, finding),
            redelivered: delivery.redelivered,
            answered: None,
            correlation_id: properties.correlation_id().clone(),
            raw,
        }
    }

    /// Returns the fields for the trail, as far as they could be read.
    pub fn audit(&self) -> &AuditFields {
        match &self.content {
            Ok(incoming) => &incoming.audit,
            Err(refused) => &refused.audit,
        }
    }

    /// Returns the id of the outcome of this event; none for a refused message.
    pub fn outcome_id(&self) -> Option<Uuid> {
        self.content
            .as_ref()
            .ok()
            .map(|incoming| incoming.outcome_id())
    }

    /// Returns the SHA-256 of the bytes.
    pub fn sha256(&self) -> &[u8; 32] {
        match &self.content {
            Ok(incoming) => &incoming.sha256,
            Err(refused) => &refused.sha256,
        }
    }

    /// Returns the queue of the reply.
    pub fn reply_to(&self) -> Option<&ReplyTo> {
        match &self.content {
            Ok(incoming) => incoming.reply_to.as_ref(),
            Err(refused) => refused.reply_to.as_ref(),
        }
    }

    /// Returns the AMQP `correlation_id` of the outcome: that of the message, else the id of the
    /// event.
    pub fn correlation_id(&self) -> Option<ShortString> {
        self.correlation_id.clone().or_else(|| {
            let id = self.audit().id.as_ref()?;
            ShortString::try_new(id.as_str()).ok()
        })
    }

    /// Makes the body of its dead letter.
    pub fn dead_letter(&self) -> String {
        let body = match &self.raw.body {
            Body::Whole(body) => {
                let letter = || dead_letter::body(self.raw.message());
                // A message that cannot even be read is described by its length and its digest.
                let unread = |_| dead_letter::unread(body.len() as u64, self.sha256());
                catch_unwind(AssertUnwindSafe(letter)).unwrap_or_else(unread)
            }
            Body::Unread(digest) => dead_letter::unread(digest.length, &digest.sha256),
        };
        body.to_string()
    }
}

/// Reads a message. A message on which reading panics is refused, so that the worker goes on.
fn read_or_refuse(
    service: Service,
    message: Message<'_>,
) -> Result<Box<Incoming>, Box<RefusedMessage>> {
    catch_unwind(AssertUnwindSafe(|| read(service, message))).unwrap_or_else(|_| {
        // Without its content type only its digest is computed.
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
