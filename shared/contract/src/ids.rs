//! Opaque names: compared byte for byte, never interpreted, safe to log.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::leaf::string_leaf;

const ID_SENTENCE: &str = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ + -";

fn is_id(value: &str) -> bool {
    (1..=128).contains(&value.len())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:@+-".contains(&b))
}

/// Lets an id be kept as a text without being copied.
macro_rules! shares_its_text {
    ($name:ident) => {
        impl From<&$name> for Arc<str> {
            fn from(id: &$name) -> Self {
                id.0.clone()
            }
        }
    };
}

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "serde_json::Value")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads an id; `None` if the value is not one.
            pub fn parse(value: impl AsRef<str>) -> Option<Self> {
                is_id(value.as_ref()).then(|| Self(value.as_ref().into()))
            }

            /// Returns the id as a string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        shares_its_text!($name);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        string_leaf!($name, ID_SENTENCE, {
            "type": "string",
            "pattern": "^[A-Za-z0-9._:@+-]{1,128}$",
            "examples": [$example],
        });
    };
}

opaque_id!(
    /// An institution.
    TenantId, "north"
);
opaque_id!(
    /// A person, within an institution. Never given to another person.
    UserId, "u-4711"
);
opaque_id!(
    /// A user administrator who acts on somebody else.
    AdminId, "admin-7"
);
opaque_id!(
    /// A person who views a profile or a policy.
    ViewerId, "admin-7"
);
opaque_id!(
    /// A login session: one login, from the password form to the end of the CRM's own session.
    SessionId, "s-6f1c2a"
);

opaque_id!(
    /// A remembered browser of a user; it reveals nothing about the browser's token.
    BrowserId, "b-8d3f0c5e"
);

/// A user of an institution: the unit that is locked, loaded and decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey {
    /// The institution.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
}

impl UserKey {
    /// Returns the key of a user of an institution.
    pub fn of(tenant: &TenantId, user: &UserId) -> Self {
        Self {
            tenant: tenant.clone(),
            user: user.clone(),
        }
    }
}

/// A CloudEvents `id`: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct EventId(Arc<str>);

impl EventId {
    /// The rule for an id, as part of a sentence.
    pub const MUST: &str = "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -";

    /// Reads an id; `None` if the value is not one.
    pub fn parse(value: &str) -> Option<Self> {
        let is_valid = (1..=128).contains(&value.len())
            && value
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
        is_valid.then(|| Self(value.into()))
    }

    /// Returns the id as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

shares_its_text!(EventId);

/// A CloudEvents `source`: a URI reference (RFC 3986) of 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Source(Arc<str>);

impl Source {
    /// The rule for a source, as part of a sentence.
    pub const MUST: &str = "must be a URI reference of 1 to 200 characters, such as /crm";

    /// Reads a source; `None` if the value is not one.
    pub fn parse(value: &str) -> Option<Self> {
        (Self::is_uri_reference(value) && value.len() <= 200).then(|| Self(value.into()))
    }

    /// Returns whether the value has only characters of a URI reference (RFC 3986, section 2).
    pub fn is_uri_reference(value: &str) -> bool {
        let bytes = value.as_bytes();
        !bytes.is_empty()
            && bytes.iter().enumerate().all(|(at, byte)| match byte {
                b'%' => bytes
                    .get(at + 1..at + 3)
                    .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
                b if b.is_ascii_alphanumeric() => true,
                b => b"-._~:/?#[]@!$&'()*+,;=".contains(b),
            })
    }

    /// Returns the source as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

shares_its_text!(Source);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_compared_byte_for_byte_and_have_a_closed_alphabet() {
        assert!(UserId::parse("u-1@x+y:z_.A9").is_some());
        assert_ne!(UserId::parse("Anna"), UserId::parse("anna"));
        let long = "a".repeat(129);
        for wrong in ["", " ", "a b", "é", "a/b", "a\0", "a#b", long.as_str()] {
            assert_eq!(UserId::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn event_ids_have_no_at_sign_or_plus() {
        assert!(EventId::parse("018f-aa:b.c_D").is_some());
        assert!(EventId::parse("a@b").is_none());
        assert!(EventId::parse("a+b").is_none());
    }

    #[test]
    fn sources_are_uri_references() {
        for right in ["/crm", "https://crm.example/a?b=c#d", "crm", "/%20x"] {
            assert!(Source::parse(right).is_some(), "{right}");
        }
        for wrong in ["", "/a b", "/ü", "/%2", "/a\"b", "/<x>"] {
            assert!(Source::parse(wrong).is_none(), "{wrong}");
        }
    }
}
