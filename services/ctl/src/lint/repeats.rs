//! Finds the members of a message that occur twice. The workers' reader says only that one does.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use twofactor_contract::member_pointer;

/// Returns the pointers of the members that occur twice, at any depth, in the order of the input,
/// up to where the input is no JSON.
pub fn repeats(input: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(input);
    let at = At {
        pointer: String::new(),
        found: &mut found,
    };
    // Other faults of the input are reported elsewhere.
    let _ = at.deserialize(&mut deserializer);
    found
}

struct At<'a> {
    pointer: String,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let at = At {
                pointer: format!("{}/{index}", self.pointer),
                found: self.found,
            };
            if items.next_element_seed(at)?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let pointer = member_pointer(&self.pointer, &name);
            if !names.insert(name) {
                self.found.push(pointer.clone());
            }
            members.next_value_seed(At {
                pointer,
                found: self.found,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_occur_twice_are_named_at_any_depth() {
        let input = r#"{"a": 1, "b": [{"c": {"d": 1, "\u0064": 2}}], "a": null, "1": 1, "1": 2}"#;
        assert_eq!(repeats(input), ["/b/0/c/d", "/a", ""]);
        assert_eq!(repeats(r#"{"a": 1, "a": {"b": tr"#), ["/a"]);
        assert_eq!(repeats(r#"{"a": {"a": {"a": 1}}}"#), [""; 0]);
    }
}
