//! A text on its way: what to send, and what the provider can say.
//!
//! The slot and the code are committed before the provider is called, and no code in clear is
//! ever stored: it lives in the [`TextOrder`] alone. What the provider says is settled by
//! [`crate::settle`].

use twofactor_contract::sms::Delivery;
use twofactor_contract::{Reason, Secret};
use uuid::Uuid;

use crate::user::TextFate;

/// What to send.
#[derive(Clone, Debug)]
pub struct TextOrder {
    /// The outcome id of the event that asked for it, which names the text.
    pub id: Uuid,
    /// The number, E.164.
    pub to: Secret<String>,
    /// One GSM-7 segment.
    pub body: Secret<String>,
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

    /// What is known of a text that counts as sent.
    pub(crate) const fn delivery(&self) -> Delivery {
        match self {
            Self::Accepted { .. } => Delivery::Accepted,
            Self::Unknown | Self::NumberRejected | Self::Unavailable => Delivery::Unknown,
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
