//! The result of deciding: an answer, or a text that must go out before there can be one.

use twofactor_contract::{Outcome, Refusal};

use crate::Change;
use crate::facts::Facts;
use crate::keys::OpenError;
use crate::text::TextOrder;
use crate::trail::Notes;

/// What was decided of a valid event that is no repeat.
#[derive(Debug)]
pub enum Decision {
    /// The outcome, and what makes it true.
    Answered {
        /// What is published.
        outcome: Outcome,
        /// What changes.
        changes: Vec<Change>,
        /// What the trail and the metrics say of it.
        notes: Box<Notes>,
    },
    /// A text must go out: the changes are committed, then the provider is called, then
    /// [`crate::settle()`] decides the outcome.
    Held {
        /// What to send.
        order: Box<TextOrder>,
        /// The slot and the code.
        changes: Vec<Change>,
        /// What the decision saw; [`crate::settle()`] adds nothing to it.
        facts: Facts,
    },
}

impl Decision {
    /// An answer, with what makes it true.
    pub(crate) fn answered(outcome: Outcome, changes: Vec<Change>, notes: Notes) -> Self {
        Self::Answered {
            outcome,
            changes,
            notes: Box::new(notes),
        }
    }

    /// The facts of either.
    pub(crate) fn facts(&mut self) -> &mut Facts {
        match self {
            Self::Answered { notes, .. } => &mut notes.facts,
            Self::Held { facts, .. } => facts,
        }
    }
}

/// What is to be done with a valid event.
#[derive(Debug)]
pub enum Verdict {
    /// It was answered before: the first outcome again, and no change.
    Repeat,
    /// Another attempt is sending its text; look again soon.
    InFlight,
    /// Nobody can know what became of its text: settle it as unknown.
    Abandoned,
    /// One of the eight checks failed.
    Refused(Refusal),
    /// It is decided.
    Decided(Decision),
}

/// Why an event cannot be decided. It is set aside; trying again does not mend it.
#[derive(Debug, thiserror::Error)]
pub enum Undecidable {
    /// A sealed value does not open.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// A text is to be settled that nobody holds.
    #[error("a text is to be settled, but no text of this event is held")]
    NoText,
    /// The policy of a tenant is missing that admission let through.
    #[error("the policy of a tenant is missing, though its events are let through")]
    NoPolicy,
}

/// An outcome with what the trail says of it.
pub(crate) type OutcomeAndNotes = (Outcome, Notes);
