//! The topic of an event, as far as explaining goes: a code, a text, or neither.
//!
//! It knows no event type by name. What a type can be answered with, by its declaration, says
//! which topic it has.

use twofactor_contract::{Event, EventType, Reason};
use twofactor_store::Explained;

/// The topic of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A code that is entered, or that could be.
    Code,
    /// A text that is asked for.
    Text,
    /// Neither.
    Else,
}

impl Topic {
    /// Returns the topic of the event of that row; [`Self::Else`] where its type is unknown to this
    /// release, or could not be read.
    pub fn of(one: &Explained) -> Self {
        let event_type = one.event_type.as_deref().and_then(Event::find);
        event_type.map_or(Self::Else, Self::of_type)
    }

    /// Returns the topic of a type: only requests for a text are throttled, and only codes can be
    /// wrong.
    fn of_type(event_type: &EventType) -> Self {
        if can_be_answered_with(event_type, Reason::Throttled) {
            Self::Text
        } else if can_be_answered_with(event_type, Reason::WrongCode) {
            Self::Code
        } else {
            Self::Else
        }
    }
}

fn can_be_answered_with(event_type: &EventType, reason: Reason) -> bool {
    let mut reasons = event_type
        .outcomes
        .iter()
        .flat_map(|outcome| outcome.reasons);
    reasons.any(|declared| *declared == reason)
}

#[cfg(test)]
mod tests {
    use twofactor_contract::declaration::EventData;
    use twofactor_contract::enrollment::{SmsConfirmed, SmsStarted, TotpConfirmed};
    use twofactor_contract::login::LoginAttempted;
    use twofactor_contract::sms::SmsRequested;

    use super::*;

    #[test]
    fn the_declaration_of_a_type_says_its_topic() {
        let codes = [
            LoginAttempted::TYPE,
            TotpConfirmed::TYPE,
            SmsConfirmed::TYPE,
        ];
        let texts = [SmsRequested::TYPE, SmsStarted::TYPE];
        for known in Event::TYPES {
            let expected = if codes.contains(&known.name) {
                Topic::Code
            } else if texts.contains(&known.name) {
                Topic::Text
            } else {
                Topic::Else
            };
            assert_eq!(Topic::of_type(known), expected, "{}", known.name);
        }
    }
}
