//! The result of deciding: an answer, or a text that must be sent before there can be one.

use twofactor_contract::{Outcome, Refusal};

use crate::Change;
use crate::facts::Facts;
use crate::keys::OpenError;
use crate::text::TextOrder;
use crate::trail::Notes;

/// The decision about a valid event that is not a repeat.
#[derive(Debug)]
pub enum Decision {
    /// The outcome, and the changes that make it true.
    Answered {
        /// The outcome to publish.
        outcome: Outcome,
        /// The changes.
        changes: Vec<Change>,
        /// The notes for the trail and the metrics.
        notes: Box<Notes>,
    },
    /// A text must be sent: the changes are committed, then the provider is called, then
    /// [`crate::settle()`] decides the outcome.
    Held {
        /// The text to send.
        order: Box<TextOrder>,
        /// The slot and the code.
        changes: Vec<Change>,
        /// The facts that the decision was based on; [`crate::settle()`] adds none.
        facts: Facts,
    },
}

impl Decision {
    /// Makes an answer, with the changes that make it true.
    pub(crate) fn answered(outcome: Outcome, changes: Vec<Change>, notes: Notes) -> Self {
        Self::Answered {
            outcome,
            changes,
            notes: Box::new(notes),
        }
    }

    /// Returns the facts of the decision.
    pub(crate) fn facts(&mut self) -> &mut Facts {
        match self {
            Self::Answered { notes, .. } => &mut notes.facts,
            Self::Held { facts, .. } => facts,
        }
    }
}

/// The verdict of admission on a valid event.
#[derive(Debug)]
pub enum Verdict {
    /// It was answered before: publish the first outcome again, and change nothing.
    Repeat,
    /// Another attempt is sending its text: consider it again soon.
    InFlight,
    /// The fate of its text cannot be known any more: settle it as unknown.
    Abandoned,
    /// One of the eight checks failed.
    Refused(Refusal),
    /// It is decided.
    Decided(Decision),
}

/// The reason why an event cannot be decided. It is set aside, since trying again does not help.
#[derive(Debug, thiserror::Error)]
pub enum Undecidable {
    /// A sealed value does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// A text is to be settled, but none is held.
    #[error("a text is to be settled, but no text of this event is held")]
    NoText,
    /// The policy of a tenant is missing, though admission let its event through.
    #[error("the policy of a tenant is missing, though its events are let through")]
    NoPolicy,
}

/// An outcome with its notes for the trail.
pub(crate) type OutcomeAndNotes = (Outcome, Notes);
