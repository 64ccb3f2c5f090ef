//! Examples of right events, from the declaration of their type: the published JSON Schema.
//!
//! It says what a member is for and shows an example of it, and it replaces a wrong member by that
//! example. It knows the schema's words, and no member by name.

use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use twofactor_contract::EventType;

/// The JSON Schema of a whole event of one type.
pub struct Right {
    schema: Value,
}

impl Right {
    /// Returns an event of that type.
    pub fn of(known: &EventType) -> Self {
        let data = (known.schema)(&mut SchemaGenerator::default()).to_value();
        let string = |about: &str, example: &str| json!({ "type": "string", "description": about, "examples": [example] });
        let schema = json!({
            "type": "object",
            "properties": {
                "specversion": string("The version of CloudEvents.", "1.0"),
                "id": string(
                    "Unique per source, and the same when the event is sent again; UUIDv7 advised.",
                    "0199f0a1-7c3e-7d60-9c1e-2f6f8a9b0c1d",
                ),
                "source": string("The publisher.", "/crm"),
                "type": string("The event type, which is the routing key too.", known.name),
                "time": string(
                    "When the publisher received it from the person.",
                    "2026-11-24T10:00:00.000000Z",
                ),
                "data": data,
            },
            "required": ["specversion", "id", "source", "type", "time", "data"],
        });
        Self { schema }
    }

    /// Returns what a member is for, in the words of the contract.
    pub fn about(&self, pointer: &str) -> Option<String> {
        let about = self.member(pointer)?.get("description")?.as_str()?;
        Some(about.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Returns a member as it could be in the event: its name, and each value that it can have or
    /// one example.
    pub fn shown(&self, pointer: &str) -> Option<String> {
        let (_, name) = pointer.rsplit_once('/')?;
        let schema = self.member(pointer)?;
        let listed = schema.get("enum").and_then(Value::as_array);
        let listed = listed.map(|listed| {
            let each = listed.iter().filter(|value| !value.is_null());
            each.map(Value::to_string).collect::<Vec<_>>().join(" or ")
        });
        let value = listed.unwrap_or_else(|| example(schema).to_string());
        Some(format!("\"{name}\": {value}"))
    }

    /// Returns an example of a member.
    pub fn example(&self, pointer: &str) -> Option<Value> {
        self.member(pointer).map(example)
    }

    /// Returns the name that a type knows, where one differs in spelling alone: `userId` for
    /// `user_id`.
    pub fn meant(&self, parent: &str, name: &str) -> Option<&str> {
        let bare = |name: &str| name.replace(['_', '-'], "").to_lowercase();
        let mut known = self.names(parent)?.keys();
        known
            .find(|known| bare(known) == bare(name))
            .map(String::as_str)
    }

    /// Returns the first member of an object of the event that the type does not know.
    pub fn unknown<'a>(&self, pointer: &str, event: &'a Value) -> Option<&'a str> {
        let known = self.names(pointer)?;
        let mut names = event.pointer(pointer)?.as_object()?.keys();
        names
            .find(|name| !known.contains_key(*name))
            .map(String::as_str)
    }

    fn names(&self, pointer: &str) -> Option<&Map<String, Value>> {
        present(self.member(pointer)?)
            .get("properties")?
            .as_object()
    }

    fn member(&self, pointer: &str) -> Option<&Value> {
        let mut names = pointer.split('/').skip(1);
        names.try_fold(&self.schema, |schema, name| {
            present(schema).get("properties")?.get(name)
        })
    }
}

/// Returns the schema of a member that is present: one that may be absent is `null` in another
/// branch.
fn present(schema: &Value) -> &Value {
    let branches = schema.get("anyOf").and_then(Value::as_array);
    let mut branches = branches.into_iter().flatten();
    let object = branches.find(|branch| branch.get("properties").is_some());
    object.unwrap_or(schema)
}

fn example(schema: &Value) -> Value {
    let first = |name: &str| schema.get(name)?.get(0).cloned();
    let own = first("examples").or_else(|| first("enum"));
    own.unwrap_or_else(|| {
        let schema = present(schema);
        let names = schema.get("required").and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        let members = names.map(|name| (name.to_owned(), example(&schema["properties"][name])));
        Value::Object(members.collect())
    })
}

#[cfg(test)]
mod tests {
    use twofactor_contract::{Event, Message, read};

    use super::*;

    #[test]
    fn the_example_of_every_type_is_a_right_event() {
        for known in Event::TYPES {
            let event = Right::of(known).example("").expect("an event");
            let body = event.to_string();
            let message = Message {
                body: body.as_bytes(),
                content_type: Some("application/cloudevents+json"),
                routing_key: known.name,
                reply_to: None,
                properties_are_utf8: true,
            };
            let read = read(known.service, message);
            assert!(read.is_ok(), "{}: {event}", known.name);
        }
    }

    #[test]
    fn every_member_of_every_type_is_explained_and_shown() {
        for known in Event::TYPES {
            let right = Right::of(known);
            let own = (known.members)().iter().map(|name| format!("/data/{name}"));
            let envelope = ["/id", "/source", "/time", "/type", "/data"].map(str::to_owned);
            let code = (known.name == "login.attempted.v1")
                .then(|| ["/data/code/method", "/data/code/value"].map(str::to_owned));
            for pointer in own.chain(envelope).chain(code.into_iter().flatten()) {
                let name = format!("{} {pointer}", known.name);
                assert!(right.about(&pointer).is_some(), "{name}");
                let shown = right.shown(&pointer).expect("shown");
                assert!(!shown.ends_with("{}"), "{name} has no example");
            }
        }
    }

    #[test]
    fn values_that_are_listed_are_all_shown() {
        let known = Event::find("login.attempted.v1").expect("a type");
        let right = Right::of(known);
        let shown = |pointer: &str| right.shown(pointer).expect("a member");
        assert_eq!(shown("/data/ip"), r#""ip": "192.0.2.7""#);
        assert_eq!(shown("/data/language"), r#""language": "en" or "cy""#);
        assert_eq!(
            shown("/data/code/method"),
            r#""method": "totp" or "sms" or "backup""#
        );
        assert_eq!(right.shown("/data/colour"), None);
        assert_eq!(right.meant("/data", "userId"), Some("user_id"));
        assert_eq!(right.meant("/data", "colour"), None);
    }
}
