//! A fault of a message. It never holds a value of it.

use twofactor_contract::Refusal;

/// A fault of a message.
#[derive(Debug)]
pub struct Fault {
    /// The reason that the worker would give.
    pub reason: &'static str,
    /// The member, as a JSON pointer (RFC 6901) into the event.
    pub field: Option<String>,
    /// The fault as a sentence.
    pub message: String,
    /// An example of a right value.
    pub right: Option<String>,
    /// The purpose of the member.
    pub about: Option<String>,
}

impl Fault {
    /// Returns the fault that the reader or the rules found.
    pub fn of(refusal: &Refusal) -> Self {
        Self {
            reason: refusal.reason.as_str(),
            field: refusal.field.clone(),
            message: refusal.message.clone(),
            right: None,
            about: None,
        }
    }

    /// Returns the same, with an example of a right value.
    pub fn with(refusal: &Refusal, right: &str) -> Self {
        Self {
            right: Some(right.to_owned()),
            ..Self::of(refusal)
        }
    }
}
