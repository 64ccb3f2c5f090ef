//! The languages of the pages, and the CRM's own words in them.
//!
//! The sentences about codes, waits and refusals are not here: they come with each outcome, as
//! `message` and `notice`.

mod english;
mod sentences;
mod welsh;

use twofactor_client::types;

pub use sentences::{Words, fill};

use english::ENGLISH;
use welsh::WELSH;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Welsh.
    Welsh,
}

impl Language {
    /// The language of that code.
    pub fn of(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "cy" => Some(Self::Welsh),
            _ => None,
        }
    }

    /// Its code, for `lang`.
    pub const fn code(self) -> &'static str {
        self.choose("en", "cy")
    }

    /// Its own name.
    pub const fn name(self) -> &'static str {
        self.choose("English", "Cymraeg")
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Welsh,
            Self::Welsh => Self::English,
        }
    }

    /// One of two strings.
    pub const fn choose(self, english: &'static str, welsh: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Welsh => welsh,
        }
    }

    /// The words in it.
    pub const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Welsh => &WELSH,
        }
    }

    /// The `language` of an event.
    pub const fn on_the_wire(self) -> types::Language {
        match self {
            Self::English => types::Language::En,
            Self::Welsh => types::Language::Cy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_with_the_same_gaps() {
        for ((name, english), (_, welsh)) in ENGLISH.all().iter().zip(WELSH.all()) {
            assert!(!english.is_empty() && !welsh.is_empty(), "{name}");
            let gaps = |sentence: &str| sentence.matches("{}").count();
            assert_eq!(gaps(english), gaps(welsh), "{name}");
        }
    }
}
