//! A text on its way: what to send, what the provider can say, and what that decides.
//!
//! The slot and the code are committed before the provider is called, and no code in clear is
//! ever stored: it lives in the [`TextOrder`] alone. Whatever happens then, [`settle`] decides.

use twofactor_contract::{Event, Incoming, Outcome, Reason, Secret};
use uuid::Uuid;

use crate::decision::{Decision, Undecidable};
use crate::state::{SentText, TextFate, TextPurpose};
use crate::trail::{Notes, TextCall};
use crate::{Change, Moment, State, enrollment, sms};

/// What to send.
#[derive(Clone, Debug)]
pub struct TextOrder {
    /// The outcome id of the event that asked for it, which names the text.
    pub id: Uuid,
    /// The number, E.164.
    pub to: Secret<String>,
    /// One GSM-7 segment.
    pub body: Secret<String>,
    /// What it is for.
    pub purpose: TextPurpose,
    /// The number's country, ISO 3166.
    pub country: String,
}

/// What the provider said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderAnswer {
    /// It took the text.
    Accepted {
        /// Its own name for it.
        provider_ref: Option<String>,
    },
    /// It refused the number for good.
    NumberRejected,
    /// It did not take the text: a 4xx or 503 answer, or no connection.
    Unavailable,
    /// It may have taken the text: no answer, or one that says neither.
    Unknown,
}

impl ProviderAnswer {
    /// What becomes of the slot.
    pub const fn fate(&self) -> TextFate {
        match self {
            Self::Accepted { .. } => TextFate::Accepted,
            Self::NumberRejected | Self::Unavailable => TextFate::Refused,
            Self::Unknown => TextFate::Unknown,
        }
    }

    /// The name in metrics and in the trail.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::NumberRejected => "number_rejected",
            Self::Unavailable => "provider_unavailable",
            Self::Unknown => "unknown",
        }
    }

    /// Why no text was sent, if none was.
    pub const fn refusal(&self) -> Option<Reason> {
        match self {
            Self::Accepted { .. } | Self::Unknown => None,
            Self::NumberRejected => Some(Reason::NumberRejected),
            Self::Unavailable => Some(Reason::ProviderUnavailable),
        }
    }
}

/// Decides the outcome of an event whose text was held. `state` is loaded anew, under lock.
pub fn settle(
    state: &State,
    incoming: &Incoming,
    answer: &ProviderAnswer,
    moment: &mut Moment<'_>,
) -> Result<Decision, Undecidable> {
    let id = incoming.outcome_id();
    let user = incoming.event.user().and_then(|key| state.users.get(&key));
    let text = user.and_then(|user| user.texts.get(&id));
    let (Some(user), Some(text)) = (user, text) else {
        return Err(Undecidable::NoText);
    };
    let mut changes = vec![Change::SettleText {
        id,
        fate: answer.fate(),
    }];
    let outcome = match &incoming.event {
        Event::SmsRequested(event) => sms::settled(user, event, text, answer, moment),
        Event::SmsStarted(event) => {
            enrollment::sms::settled(user, event, id, text, answer, moment, &mut changes)
        }
        _ => return Err(Undecidable::NoText),
    };
    let notes = Notes {
        text: Some(call(text, answer)),
        ..outcome.1
    };
    Ok(Decision::Answered {
        outcome: outcome.0,
        changes,
        notes: Box::new(notes),
    })
}

/// An outcome with what the trail says of it.
pub(crate) type Noted = (Outcome, Notes);

fn call(text: &SentText, answer: &ProviderAnswer) -> TextCall {
    let provider_ref = match answer {
        ProviderAnswer::Accepted { provider_ref } => provider_ref.clone(),
        ProviderAnswer::NumberRejected | ProviderAnswer::Unavailable | ProviderAnswer::Unknown => {
            None
        }
    };
    TextCall {
        purpose: text.purpose,
        number_ref: text.number_ref,
        country: text.country.clone(),
        provider_ref,
        result: answer.as_str(),
    }
}
