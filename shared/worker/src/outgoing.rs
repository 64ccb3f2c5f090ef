//! What is to be published of one outcome: the broadcast, the reply, the dead letter.
//!
//! It says what goes where, and knows nothing of channels or confirms.

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
    /// The outcome's id.
    pub id: Uuid,
    /// The outcome's type, which is the routing key of the broadcast.
    pub outcome_type: String,
    /// The whole outcome without its secrets, for everybody.
    pub public: String,
    /// The copy for the sender alone.
    pub reply: Option<Reply>,
    /// What is set aside.
    pub dead: Option<Dead>,
    /// AMQP `correlation_id` of the broadcast and the reply.
    pub correlation_id: Option<ShortString>,
    /// What is counted; none for a repeat.
    pub tally: Option<Tally>,
}

/// The copy for the sender.
#[derive(Debug)]
pub struct Reply {
    /// Where it goes.
    pub queue: ReplyTo,
    /// The whole outcome.
    pub body: Secret<String>,
    /// Whether it must not rest anywhere.
    pub has_secrets: bool,
}

/// A message that was refused, without what it held.
#[derive(Debug)]
pub struct Dead {
    /// The reason.
    pub reason: RefusalReason,
    /// Which member was to blame, as a JSON pointer.
    pub field: Option<String>,
    /// What the sender was told; none where that could name something of the sender's.
    pub message: Option<String>,
    /// The event's type, if it looked like one.
    pub event_type: Option<String>,
    /// What is left of the message.
    pub body: String,
    /// The hex SHA-256 of the message, which names it in the log.
    pub sha256: String,
}

impl Outgoing {
    /// A new outcome.
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

    /// An outcome of before, with its secrets if they are still kept.
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
                event.reply_without_secrets()
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

    /// The same, with the message set aside.
    pub fn with_dead_letter(self, message: &Received, refusal: &Refusal) -> Self {
        let event_type = message.audit().event_type.clone();
        let pointer = |field: &String| dead_letter::pointer(field, event_type.as_deref());
        let field = refusal.field.as_ref().map(pointer);
        // The sentence names the member, which stays unnamed here where the type does not know it.
        let is_our_own = field == refusal.field;
        let dead = Dead {
            reason: refusal.reason,
            field,
            message: is_our_own.then(|| refusal.message.clone()),
            event_type,
            body: message.dead_letter(),
            sha256: message.sha256().to_owned(),
        };
        Self {
            dead: Some(dead),
            ..self
        }
    }
}
