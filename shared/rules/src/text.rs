//! A text on its way: the order to send it, and the possible answers of the provider.
//!
//! The slot and the code's hash are committed before the provider is called, and no code is ever
//! stored in clear: it exists in the [`TextOrder`] alone. [`mod@crate::settle`] settles the provider's
//! answer.

use twofactor_contract::sms::Delivery;
use twofactor_contract::{Reason, Secret};
use uuid::Uuid;

use crate::user::TextFate;

/// A text to send.
#[derive(Clone, Debug)]
pub struct TextOrder {
    /// The outcome id of the event that asked for it, which names the text.
    pub id: Uuid,
    /// The number, E.164.
    pub to: Secret<String>,
    /// The body: one GSM-7 segment.
    pub body: Secret<String>,
}

/// The answer of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderAnswer {
    /// It accepted the text.
    Accepted {
        /// Its own id of the text, if it gave one.
        provider_ref: Option<String>,
    },
    /// It refused the number permanently.
    NumberRejected,
    /// It did not accept the text: a 4xx or 503 answer, or no connection.
    Unavailable,
    /// It may have accepted the text: no answer, or one that is not clear.
    Unknown,
}

impl ProviderAnswer {
    /// Returns the fate of the text, and so of its slot.
    pub const fn fate(&self) -> TextFate {
        match self {
            Self::Accepted { .. } => TextFate::Accepted,
            Self::NumberRejected | Self::Unavailable => TextFate::Refused,
            Self::Unknown => TextFate::Unknown,
        }
    }

    /// Returns the name in metrics and in the trail.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::NumberRejected => "number_rejected",
            Self::Unavailable => "provider_unavailable",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the known state of a text that counts as sent.
    pub(crate) const fn delivery(&self) -> Delivery {
        match self {
            Self::Accepted { .. } => Delivery::Accepted,
            Self::Unknown | Self::NumberRejected | Self::Unavailable => Delivery::Unknown,
        }
    }

    /// Returns the reason why no text was sent, if none was.
    pub const fn refusal(&self) -> Option<Reason> {
        match self {
            Self::Accepted { .. } | Self::Unknown => None,
            Self::NumberRejected => Some(Reason::NumberRejected),
            Self::Unavailable => Some(Reason::ProviderUnavailable),
        }
    }
}
