//! What an event is about, as far as explaining goes: a code, a text, or neither.

use twofactor_store::Explained;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A code that is entered, or that could be.
    Code,
    /// A text that is asked for.
    Text,
    /// Neither.
    Else,
}

/// The types about texts, whatever their version.
const TEXTS: [&str; 2] = ["sms.requested.", "enrollment.sms.started."];
/// The types about codes.
const CODES: [&str; 3] = ["login.", "enrollment.totp.", "enrollment.sms.confirmed."];

impl About {
    /// What the event of that row is about.
    pub fn of(one: &Explained) -> Self {
        let event_type = one.event_type.as_deref().unwrap_or_default();
        let is = |names: &[&str]| names.iter().any(|name| event_type.starts_with(name));
        if is(&TEXTS) {
            Self::Text
        } else if is(&CODES) {
            Self::Code
        } else {
            Self::Else
        }
    }
}
