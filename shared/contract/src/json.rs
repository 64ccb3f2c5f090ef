//! Strict JSON: no duplicate member at any depth, no nesting over 32 levels, and a canonical form.

use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Maximum depth of objects and arrays, in levels; the event itself is the first.
const MAX_DEPTH: u8 = 32;

const TWICE: &str = "a member occurs twice";
const TOO_DEEP: &str = "nested over 32 deep";
/// Beginning of names by which the JSON library passes values to itself: it would read an object with
/// such a member as what the member's text says.
const RESERVED: &str = "$serde_json::private::";

/// The reason why a JSON document cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A member occurs twice in one object, at any depth.
    Twice,
    /// Objects or arrays are nested over 32 levels deep.
    TooDeep,
    /// It is not JSON (RFC 8259) from this column on.
    Invalid {
        /// The column, counted from 1.
        column: usize,
    },
}

/// Reads one JSON value strictly.
pub fn parse(input: &str) -> Result<Value, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(input);
    let value = Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| {
            deserializer.end()?;
            Ok(value)
        });
    value.map_err(|error| {
        let message = error.to_string();
        if message.starts_with(TWICE) {
            Fault::Twice
        } else if message.starts_with(TOO_DEEP) || message.starts_with("recursion limit") {
            Fault::TooDeep
        } else {
            Fault::Invalid {
                column: error.column(),
            }
        }
    })
}

/// Writes a value so that equal JSON values have equal bytes: members sorted, no white space.
pub(crate) fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_leaf(name, out);
                out.push(b':');
                write_canonical(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_canonical(item, out);
            }
            out.push(b']');
        }
        Value::Number(number) => out.extend(canonical(number).into_bytes()),
        leaf @ (Value::Null | Value::Bool(_) | Value::String(_)) => write_leaf(leaf, out),
    }
}

fn write_leaf(leaf: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, leaf).expect("a text or a word can be written to memory");
}

/// Returns the integer that a JSON number denotes, in any notation; `None` if it has a fraction or
/// is out of the supported range.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    // Every whole double up to here stands for one integer alone.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let value = number.as_f64().filter(|value| value.abs() <= EXACT)?;
    // Rust writes a whole double without a fraction or an exponent, but zero with its sign.
    let digits = format!("{value}");
    if value == 0.0 {
        Some(0)
    } else {
        digits.parse().ok()
    }
}

/// Returns the canonical form of a JSON number: `14`, `14.0` and `1.4e1` are one value.
fn canonical(number: &Number) -> String {
    whole(number).map_or_else(|| number.to_string(), |whole| whole.to_string())
}

#[derive(Clone, Copy)]
struct Strict {
    depth: u8,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a finite value"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(TWICE));
            }
            if name.starts_with(RESERVED) {
                return Err(A::Error::custom("a name of the JSON library"));
            }
            object.insert(name, members.next_value_seed(inner)?);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_twice_at_any_depth_is_refused_also_when_escaped() {
        for input in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert_eq!(parse(input), Err(Fault::Twice));
        }
    }

    #[test]
    fn thirty_two_deep_is_the_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&nested(32)).is_ok());
        assert_eq!(parse(&nested(33)), Err(Fault::TooDeep));
        assert_eq!(parse(&nested(10_000)), Err(Fault::TooDeep));
    }

    #[test]
    fn invalid_json_is_reported_by_its_column_alone() {
        for input in [
            "",
            "{",
            "{\"a\":hunter2}",
            "1 2",
            "\"\\ud800\"",
            "1e999",
            "NaN",
            r#"{"a":{"$serde_json::private::RawValue":"true"}}"#,
        ] {
            assert!(
                matches!(parse(input), Err(Fault::Invalid { .. })),
                "{input}"
            );
        }
    }

    #[test]
    fn equal_values_have_one_canonical_form() {
        let canonical = |input: &str| {
            let mut out = Vec::new();
            write_canonical(&parse(input).expect("JSON"), &mut out);
            String::from_utf8(out).expect("JSON is UTF-8")
        };
        assert_eq!(
            canonical(r#"{"b":[1,{"d":"\u0041","c":null}],"a":true}"#),
            canonical(r#" { "a" : true, "b" : [1, {"c":null, "d":"A"}] } "#)
        );
        for same in ["14", "14.0", "1.4e1", "1400E-2", "0.14e+2"] {
            assert_eq!(canonical(same), "14", "{same}");
        }
        for same in ["0", "-0", "-0.0", "0e9"] {
            assert_eq!(canonical(same), "0", "{same}");
        }
        assert_eq!(
            canonical("[-7.0, 2.50, 1e20]"),
            canonical("[-7, 25e-1, 100000000000000000000]")
        );
        assert_ne!(canonical("14.5"), canonical("14"));
        assert_ne!(canonical("9007199254740993"), canonical("9007199254740992"));
        assert_ne!(canonical(r#"{"a":"1"}"#), canonical(r#"{"a":1}"#));
        assert_ne!(canonical("[1,2]"), canonical("[2,1]"));
    }
}
