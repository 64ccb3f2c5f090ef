//! Reading the members of `data`, and describing a wrong one without its value.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::field_error::FieldError;
use crate::{Method, UserId, json};

/// Reads `data` into its type; `again` returns the same `data` once more. The path to each member
/// costs as much as its value, so it is kept only while a wrong one is looked for.
pub(crate) fn read_data<T: DeserializeOwned>(
    data: Value,
    again: &dyn Fn() -> Value,
) -> Result<T, FieldError> {
    serde_json::from_value(data).or_else(|_| read_with_paths(again()))
}

/// Reads `data` and names the wrong member. serde's messages quote values, so only our own sentences
/// survive.
fn read_with_paths<T: DeserializeOwned>(data: Value) -> Result<T, FieldError> {
    serde_path_to_error::deserialize(data).map_err(|error| {
        let mut pointer = String::from("/data");
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Map { key } => {
                    pointer = member_pointer(&pointer, key);
                }
                serde_path_to_error::Segment::Seq { index } => {
                    pointer = format!("{pointer}/{index}");
                }
                serde_path_to_error::Segment::Enum { .. }
                | serde_path_to_error::Segment::Unknown => {}
            }
        }
        let message = error.inner().to_string();
        if message.starts_with("missing field") {
            let name = message.split('`').nth(1).unwrap_or_default();
            FieldError::at(&format!("{pointer}/{name}"), "is required")
        } else if let Some(unknown) = message.strip_prefix("unknown field `") {
            // The name is the sender's and may contain backticks itself: known names come last.
            let (name, known) = unknown.rsplit_once("`, expected ").unwrap_or_default();
            if is_plain_name(name) && !pointer.ends_with(&format!("/{name}")) {
                pointer = format!("{pointer}/{name}");
            }
            FieldError::at(
                &pointer,
                &format!(
                    "has a member that is not known here; known are {}",
                    known.trim_start_matches("one of ").replace('`', "")
                ),
            )
        } else if message.starts_with("must") {
            FieldError::at(&pointer, &message)
        } else {
            FieldError::at(
                &pointer,
                "must be an object with the members of the contract",
            )
        }
    })
}

/// Reads a member that may be absent, but not `null`.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads an optional member that must be an object: serde alone would also accept the object's
/// values as a list.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    deserializer.deserialize_map(Object(PhantomData)).map(Some)
}

pub(crate) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Value::deserialize(deserializer)?
        .as_bool()
        .ok_or_else(|| D::Error::custom("must be true or false"))
}

pub(crate) fn grace_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let days = value.as_number().and_then(json::whole);
    days.and_then(|days| u8::try_from(days).ok())
        .filter(|days| *days <= 90)
        .ok_or_else(|| D::Error::custom("must be a whole number of days from 0 to 90"))
}

pub(crate) fn resettable_method<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Method, D::Error> {
    Value::deserialize(deserializer)?
        .as_str()
        .and_then(Method::parse)
        .filter(|method| *method != Method::Backup)
        .ok_or_else(|| D::Error::custom("must be totp or sms"))
}

pub(crate) fn user_ids<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<UserId>, D::Error> {
    let must = "must be a list of 1 to 500 user ids";
    let Value::Array(items) = Value::deserialize(deserializer)? else {
        return Err(D::Error::custom(must));
    };
    let ids: Option<Vec<UserId>> = items
        .iter()
        .map(|item| item.as_str().and_then(UserId::parse))
        .collect();
    ids.filter(|ids| (1..=500).contains(&ids.len()))
        .ok_or_else(|| D::Error::custom(must))
}

/// Returns the JSON pointer to a member, or to its parent if the name could itself be a value.
pub fn member_pointer(parent: &str, name: &str) -> String {
    if is_plain_name(name) {
        format!("{parent}/{name}")
    } else {
        parent.to_owned()
    }
}

/// Returns whether a name has only letters, `_` and `-`: such a name holds no code and no number.
fn is_plain_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-')
}
