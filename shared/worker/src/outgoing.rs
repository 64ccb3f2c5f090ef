//! The copies of one outcome that are to be published: the broadcast, the reply, the dead letter.
//!
//! It knows their contents and destinations, and nothing of channels or confirms.

use std::borrow::Cow;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use lapin::types::ShortString;
use twofactor_contract::dead_letter;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{Refusal, RefusalReason, ReplyTo, Secret};
use twofactor_rules::answer::KeptOutcome;
use uuid::Uuid;

use crate::intake::Received;
use crate::metrics::Tally;

/// All copies of one outcome.
#[derive(Debug)]
pub struct Outgoing {
    /// Id of the outcome.
    pub id: Uuid,
    /// Type of the outcome, which is the routing key of the broadcast.
    pub outcome_type: Cow<'static, str>,
    /// Whole outcome without its secrets, for the broadcast.
    pub public: Arc<str>,
    /// Copy for the sender alone.
    pub reply: Option<Reply>,
    /// Dead letter of a refused message.
    pub dead: Option<Dead>,
    /// AMQP `correlation_id` of the broadcast and the reply.
    pub correlation_id: Option<ShortString>,
    /// Tally for the metrics; none for a repeat.
    pub tally: Option<Tally>,
}

/// Copy for the sender.
#[derive(Debug)]
pub struct Reply {
    /// Queue of the reply.
    pub queue: ReplyTo,
    /// Whole outcome with its secrets, or with the note that they are gone; none if it never had any,
    /// so that the broadcast's body is the reply's too.
    pub body: Option<Secret<String>>,
    /// `true` if it has secrets, and so must not be stored by the broker.
    pub has_secrets: bool,
}

/// Message that was refused, without its values.
#[derive(Debug)]
pub struct Dead {
    /// Reason of the refusal.
    pub reason: RefusalReason,
    /// Member at fault, as a JSON pointer.
    pub field: Option<String>,
    /// Sentence to the sender; none if it could name something of the sender's.
    pub message: Option<String>,
    /// Type of the event, if it looked like one.
    pub event_type: Option<String>,
    /// Message with its values blanked.
    pub body: String,
    /// SHA-256 of the message in hex, which identifies it in the log.
    pub sha256: String,
}

impl Outgoing {
    /// Makes the copies of a new outcome.
    pub fn first(message: &Received, event: OutcomeEvent, tally: Tally) -> Self {
        let reply = message.reply_to().map(|queue| Reply {
            queue: queue.clone(),
            body: event.reply(),
            has_secrets: event.secrets.is_some(),
        });
        Self {
            id: event.id,
            outcome_type: event.outcome_type,
            public: event.public,
            reply,
            dead: None,
            correlation_id: message.correlation_id(),
            tally: Some(tally),
        }
    }

    /// Makes the copies of an earlier outcome, with its secrets if they are still kept.
    pub fn repeat(
        message: &Received,
        id: Uuid,
        kept: &KeptOutcome,
        secrets: Option<Secret<String>>,
    ) -> Self {
        let are_gone = kept.had_secrets && secrets.is_none();
        let event = OutcomeEvent {
            id,
            outcome_type: kept.outcome_type.clone(),
            public: kept.public.clone(),
            secrets,
        };
        let reply = message.reply_to().map(|queue| Reply {
            queue: queue.clone(),
            body: if are_gone {
                Some(event.reply_without_secrets())
            } else {
                event.reply()
            },
            has_secrets: event.secrets.is_some(),
        });
        Self {
            id,
            outcome_type: event.outcome_type,
            public: event.public,
            reply,
            dead: None,
            correlation_id: message.correlation_id(),
            tally: None,
        }
    }

    /// Adds the dead letter of the message.
    pub fn with_dead_letter(self, message: &Received, refusal: &Refusal) -> Self {
        let event_type = message.audit().event_type.clone();
        let pointer = |field: &String| dead_letter::pointer(field, event_type.as_deref());
        let field = refusal.field.as_ref().map(pointer);
        // The sentence names the member; it is left out if the type does not declare that member.
        let is_our_own = field == refusal.field;
        let dead = Dead {
            reason: refusal.reason,
            field,
            message: is_our_own.then(|| refusal.message.clone()),
            event_type: event_type.as_deref().map(str::to_owned),
            body: message.dead_letter(),
            sha256: HEXLOWER.encode(message.sha256()),
        };
        Self {
            dead: Some(dead),
            ..self
        }
    }
}
