//! The names that an authenticator app shows, and the country of a national number.

use serde::{Deserialize, Serialize};

use crate::leaf::string_leaf;

/// A name that an authenticator app shows: 1 to 64 characters, no colon, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Label(String);

impl Label {
    /// Reads a label; `None` if the value is not one.
    pub fn parse(value: impl Into<String>) -> Option<Self> {
        let value = value.into();
        let is_valid = (1..=64).contains(&value.chars().count())
            && !value.chars().any(|c| c == ':' || c.is_control());
        is_valid.then_some(Self(value))
    }

    /// Returns the label as a string.
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

/// An ISO 3166 country code of two capital letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Region(String);

impl Region {
    /// Reads a country code; `None` unless the value is two capital letters.
    pub fn parse(value: impl Into<String>) -> Option<Self> {
        let value = value.into();
        let is_valid = value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase());
        is_valid.then_some(Self(value))
    }

    /// Returns the two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

string_leaf!(Region, "must be an ISO 3166 country of two capital letters, such as GB", {
    "type": "string",
    "pattern": "^[A-Z]{2}$",
    "examples": ["GB"],
});
