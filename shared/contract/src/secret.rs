//! Secrets: values that are printed nowhere, and that only the reply may carry.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use zeroize::Zeroize;

/// A secret: prints nothing, cannot be serialised, and is wiped from memory when dropped.
///
/// ```compile_fail
/// let secret = twofactor_contract::Secret::new("abc234".to_owned());
/// serde_json::to_string(&secret);
/// ```
///
/// ```compile_fail
/// let secret = twofactor_contract::Secret::new("abc234".to_owned());
/// println!("{secret}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the value itself. Every call deserves a look in a review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if let Value::String(string) = Value::deserialize(deserializer)? {
            return Ok(Self(string));
        }
        Err(de::Error::custom("must be a text"))
    }
}

impl JsonSchema for Secret<String> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "x-secret": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_nothing() {
        let secret = Secret::new("abc234".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
