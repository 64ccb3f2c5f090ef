//! A value that is shown to its person and printed nowhere.
//!
//! It knows how values are printed, and nothing of what they mean.

use std::cell::Cell;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const BLOTTED: &str = "[secret]";

thread_local! {
    /// `true` while an event is written for the broker.
    static REVEALED: Cell<bool> = const { Cell::new(false) };
}

/// A secret member of an event or an outcome: a code, a token, a key, a number. It prints as
/// `[secret]`, as JSON too; [`reveal`](Self::reveal) alone gives the value.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T = String>(T);

impl<T> Secret<T> {
    /// Keeps a value from being printed.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. It goes to its person's page and nowhere else: no log, no cache, no database.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BLOTTED)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(BLOTTED)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T: Serialize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if REVEALED.get() {
            self.0.serialize(serializer)
        } else {
            serializer.serialize_str(BLOTTED)
        }
    }
}

/// The JSON that goes to the broker, the one form in which secrets are written out.
pub(crate) fn to_wire<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    struct Until;
    impl Drop for Until {
        fn drop(&mut self) {
            REVEALED.set(false);
        }
    }
    REVEALED.set(true);
    let _until = Until;
    serde_json::to_vec(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printed_nowhere_and_revealed_when_asked() {
        let code = Secret::from("123456");
        assert_eq!(
            format!("{code} {code:?} {code:#?}"),
            "[secret] [secret] [secret]"
        );
        assert_eq!(serde_json::to_string(&code).expect("JSON"), r#""[secret]""#);
        assert_eq!(code.reveal(), "123456");
    }

    #[test]
    fn only_the_broker_gets_it() {
        let codes = Secret::new(vec!["one", "two"]);
        assert_eq!(to_wire(&codes).expect("JSON"), br#"["one","two"]"#);
        assert_eq!(
            serde_json::to_string(&codes).expect("JSON"),
            r#""[secret]""#
        );
    }
}
