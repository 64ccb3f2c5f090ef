//! The check of every message that a test sees against the published JSON Schemas.
//!
//! It reads the files that integrators read, and is stricter than they need to be: a member or
//! a value that the schema does not name fails the test, since then the schema is behind. So does a
//! secret member in a broadcast. It names the place that is wrong and never a value, which could be
//! a secret. Without the feature `published`, as in the demonstration, nothing is checked.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;

use crate::event::CONTENT_TYPE;
use crate::outcome::Outcome;

/// The form in which a message is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// An event that a worker took as valid.
    Event,
    /// An outcome in full, as the CRM that asked receives it.
    Reply,
    /// An outcome without its secret members, as every observer receives it.
    Broadcast,
}

/// The differences of the messages of one CRM or observer from their schemas. The receivers are
/// tasks, which can fail no test; so this does when it is dropped.
#[derive(Default)]
pub struct Differences(DifferenceRecorder);

/// The recorder of those differences, for the tasks that receive.
#[derive(Clone, Default)]
pub struct DifferenceRecorder(Arc<Mutex<Vec<String>>>);

impl Differences {
    /// Returns a recorder for a task that receives.
    pub fn recorder(&self) -> DifferenceRecorder {
        self.0.clone()
    }
}

impl DifferenceRecorder {
    /// Records where a received outcome differs from its schema. A message that a test published by
    /// hand, to test a permission, has no content type.
    pub fn check_outcome(&self, sight: Sight, outcome: &Outcome) {
        if outcome.content_type.as_deref() == Some(CONTENT_TYPE) {
            self.check(sight, &outcome.event);
        }
    }

    /// Records where an event that a worker took as valid differs from its schema. An answer
    /// without a content type is not from a worker.
    pub fn check_event(&self, event: &Value, outcome: &Outcome) {
        if outcome.content_type.as_deref() == Some(CONTENT_TYPE) {
            self.check(Sight::Event, event);
        }
    }

    /// Records where a message differs from its schema.
    fn check(&self, sight: Sight, message: &Value) {
        if let Some(difference) = difference(sight, message) {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(difference);
        }
    }
}

impl Drop for Differences {
    fn drop(&mut self) {
        let all = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A test that has failed already gives its own reason.
        assert!(
            all.is_empty() || thread::panicking(),
            "not as shared/contract/schema says: {}",
            all.join("; ")
        );
    }
}

#[cfg(not(feature = "published"))]
const fn difference(_: Sight, _: &Value) -> Option<String> {
    None
}

#[cfg(feature = "published")]
use schemas::difference;

#[cfg(feature = "published")]
mod schemas {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;
    use std::sync::LazyLock;

    use jsonschema::Validator;
    use jsonschema::error::ValidationErrorKind;
    use serde_json::Value;

    use super::Sight;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/schema");
    const END: &str = ".schema.json";

    static SCHEMAS: LazyLock<BTreeMap<(String, Sight), Validator>> = LazyLock::new(|| {
        let mut all = BTreeMap::new();
        let entries = fs::read_dir(FOLDER).expect("shared/contract/schema is a folder");
        for entry in entries {
            let path = entry.expect("a folder that can be read").path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.and_then(|name| name.strip_suffix(END)) else {
                continue;
            };
            for sight in [Sight::Event, Sight::Reply, Sight::Broadcast] {
                let mut schema = read(&path);
                if sight == Sight::Event {
                    // An invalid one is ignored, as W3C Trace Context requires.
                    schema["properties"]["traceparent"] = true.into();
                } else {
                    close(&mut schema, sight);
                }
                let options = jsonschema::draft202012::options().should_validate_formats(true);
                let validator = options.build(&schema).expect("a JSON Schema");
                all.insert((name.to_owned(), sight), validator);
            }
        }
        all
    });

    fn read(path: &Path) -> Value {
        let json = fs::read_to_string(path).expect("a schema that can be read");
        serde_json::from_str(&json).expect("a schema is JSON")
    }

    /// Allows an outcome the members that the schema names, and no others.
    fn close(schema: &mut Value, sight: Sight) {
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if let Some(list) = object.remove("x-extensible-enum") {
            object.insert("enum".to_owned(), list);
        }
        if let Some(Value::Object(members)) = object.get_mut("properties") {
            if sight == Sight::Broadcast {
                let is_secret = |member: &Value| member["x-secret"] == true;
                members.retain(|name, member| name != "secrets_gone" && !is_secret(member));
            }
            for member in members.values_mut() {
                close(member, sight);
            }
            object.insert("additionalProperties".to_owned(), false.into());
        }
        if let Some(items) = object.get_mut("items") {
            close(items, sight);
        }
    }

    /// Returns where a message differs from the schema of its type.
    pub fn difference(sight: Sight, message: &Value) -> Option<String> {
        let Some(name) = message["type"].as_str() else {
            return Some("a message without a type".to_owned());
        };
        let Some(validator) = SCHEMAS.get(&(name.to_owned(), sight)) else {
            return Some(format!("{name} is not published"));
        };
        let error = validator.iter_errors(message).next()?;
        let mut place = error.instance_path().to_string();
        if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
            place = format!("{place}/{}", unexpected.join(","));
        }
        let rule = error.schema_path();
        Some(format!("{name} ({sight:?}) at {place}, by {rule}"))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn example(name: &str) -> Value {
            read(&Path::new(FOLDER).join(format!("../examples/{name}.json")))
        }

        #[test]
        fn an_example_is_no_difference_and_a_secret_is_one_in_a_broadcast() {
            let accepted = example("login.accepted.v1");
            assert_eq!(difference(Sight::Reply, &accepted), None);
            let found = difference(Sight::Broadcast, &accepted).expect("a secret member");
            assert!(found.contains("/data/remember_token"), "{found}");
            let event = example("login.attempted.v1");
            assert_eq!(difference(Sight::Event, &event), None);
        }

        #[test]
        fn the_place_is_named_and_no_value() {
            let mut rejected = example("login.rejected.v1");
            rejected["data"]["next"] = "CANARY7".into();
            let found = difference(Sight::Reply, &rejected).expect("an unknown value");
            assert!(found.contains("/data/next"), "{found}");
            assert!(!found.contains("CANARY7"), "{found}");
            rejected["data"]["next"] = "wait".into();
            rejected["data"]["surprise"] = "CANARY7".into();
            let found = difference(Sight::Reply, &rejected).expect("an unknown member");
            assert!(found.contains("/data/surprise"), "{found}");
            assert!(!found.contains("CANARY7"), "{found}");
            rejected["type"] = Value::Null;
            assert!(difference(Sight::Reply, &rejected).is_some());
        }
    }
}
