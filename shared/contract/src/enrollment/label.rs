//! What an authenticator app shows, and the country of a national number.

use serde::{Deserialize, Serialize};

use crate::leaf::string_leaf;

/// What an authenticator app shows: 1 to 64 characters, no colon, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Label(String);

impl Label {
    /// The label, or `None` where the text is none.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let right = (1..=64).contains(&text.chars().count())
            && !text.chars().any(|c| c == ':' || c.is_control());
        right.then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

string_leaf!(Label, "must be a text of 1 to 64 characters without a colon", {
    "type": "string",
    "minLength": 1,
    "maxLength": 64,
    "pattern": r"^[^:\u0000-\u001f\u007f-\u009f]+$",
    "examples": ["anna@north.example"],
});

/// An ISO 3166 country of two capital letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Region(String);

impl Region {
    /// The country, or `None` where the text has not two capital letters.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let right = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        right.then_some(Self(text))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

string_leaf!(Region, "must be an ISO 3166 country of two capital letters, such as GB", {
    "type": "string",
    "pattern": "^[A-Z]{2}$",
    "examples": ["GB"],
});
