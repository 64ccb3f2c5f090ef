//! What the schemas say, in the words of the generators: messages, members, lists of values.
//!
//! It knows JSON Schema as `schema.rs` writes it, and no language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use twofactor_contract::Event;

use super::lists::{self, List, members_of};
use super::words::{class_of, pascal, singular};

/// Everything that a client of any language has types of.
pub struct Contract {
    /// Every event, by its type.
    pub events: Vec<Message>,
    /// Every outcome, by its type.
    pub outcomes: Vec<Message>,
    /// Every list of values, by its name.
    pub lists: Vec<List>,
    /// The attributes of outcomes that are not alike in all.
    pub envelope: Vec<Member>,
}

/// An event or an outcome.
pub struct Message {
    /// The CloudEvents type: `login.attempted.v1`.
    pub name: &'static str,
    /// Its `data`, whose class has the name of the message.
    pub data: Object,
    /// The classes of the outcomes that an event can be answered with; none for an outcome.
    pub answers: Vec<String>,
}

/// An object with named members.
pub struct Object {
    /// The name of its type: `LoginAttempted`.
    pub class: String,
    /// What it is, as sentences.
    pub description: String,
    /// Its members, required ones first.
    pub members: Vec<Member>,
}

/// A member of an object.
pub struct Member {
    /// Its name on the wire.
    pub name: String,
    /// What it is, as sentences.
    pub description: String,
    /// The type of its value, or of each value of its array.
    pub kind: Kind,
    /// Whether it holds an array.
    pub is_array: bool,
    /// Whether it is always there.
    pub is_required: bool,
    /// Whether it is shown to its person and printed nowhere.
    pub is_secret: bool,
}

/// The type of a value.
pub enum Kind {
    /// A string.
    Text,
    /// A time (RFC 3339).
    Time,
    /// An integer.
    Integer,
    /// `true` or `false`.
    Flag,
    /// One of the values of a list.
    Choice(Choice),
    /// An object.
    Object(Object),
}

/// Where the values of a member are listed.
pub struct Choice {
    /// The name of the list.
    pub list: String,
    /// Whether an outcome keeps a value that is not listed, as it does but for `next`.
    pub keeps_unknown: bool,
}

impl Contract {
    /// Reads the schemas of all messages.
    pub fn of(schemas: &BTreeMap<&'static str, Value>) -> Self {
        let is_event = |name: &str| Event::find(name).is_some();
        let outcomes = schemas.keys().filter(|name| !is_event(name));
        let outcomes: BTreeSet<String> = outcomes.map(|name| class_of(name)).collect();
        let class = |name: &str| match class_of(name) {
            taken if is_event(name) && outcomes.contains(&taken) => taken + "Event",
            free => free,
        };
        let data = |name: &&'static str| &schemas[name]["properties"]["data"];
        let roots = schemas
            .keys()
            .map(|name| (class(name), is_event(name), data(name)));
        let lists = lists::of(roots);
        let message = |name: &&'static str| Message {
            name,
            data: object(class(name), data(name), &lists),
            answers: answers(name),
        };
        let of_side = |side: bool| {
            let names = schemas.keys().filter(move |name| is_event(name) == side);
            names.map(message).collect()
        };
        Self {
            events: of_side(true),
            outcomes: of_side(false),
            envelope: envelope(schemas),
            lists,
        }
    }
}

impl Object {
    /// The objects in its members, and those in theirs, inner ones first.
    pub fn inner(&self) -> Vec<&Object> {
        let mut found = Vec::new();
        for member in &self.members {
            if let Kind::Object(object) = &member.kind {
                found.extend(object.inner());
                found.push(object);
            }
        }
        found
    }
}

/// The classes of what an event can be answered with.
fn answers(name: &str) -> Vec<String> {
    let Some(event) = Event::find(name) else {
        return Vec::new();
    };
    let outcomes = event.outcomes.iter().map(|possible| possible.outcome_type);
    let every = outcomes.chain(["event.rejected.v1"]);
    every.map(class_of).collect()
}

/// The attributes of outcomes, each as it is in the first outcome that has it. What is alike in all,
/// the type and `data` are read by themselves.
fn envelope(schemas: &BTreeMap<&'static str, Value>) -> Vec<Member> {
    let outcomes = schemas
        .iter()
        .filter(|(name, _)| Event::find(name).is_none());
    let mut found: Vec<Member> = Vec::new();
    for (_, schema) in outcomes {
        for (name, attribute) in members_of(schema) {
            let by_itself = ["type", "data"].contains(&name.as_str());
            let is_known = found.iter().any(|known| known.name == *name);
            if !by_itself && attribute.get("const").is_none() && !is_known {
                let is_required = requires(schema, name);
                found.push(Member {
                    name: name.clone(),
                    description: sentence(attribute),
                    kind: plain(attribute),
                    is_array: false,
                    is_required,
                    is_secret: false,
                });
            }
        }
    }
    found.sort_by_key(|member| !member.is_required);
    found
}

fn object(class: String, schema: &Value, lists: &[List]) -> Object {
    let mut members: Vec<Member> = members_of(schema)
        .map(|(name, member)| {
            let is_array = member["type"] == "array";
            let value = if is_array { &member["items"] } else { member };
            let kind = if value["type"] == "object" {
                let inner = class.clone() + &pascal(singular(name));
                Kind::Object(object(inner, value, lists))
            } else if let Some(values) = lists::values(value) {
                let list = lists::with(lists, name, &values);
                Kind::Choice(Choice {
                    list: list.name.clone(),
                    keeps_unknown: list.fallback.is_none(),
                })
            } else {
                plain(value)
            };
            Member {
                name: name.clone(),
                description: sentence(member),
                kind,
                is_array,
                is_required: requires(schema, name),
                is_secret: member["x-secret"] == true,
            }
        })
        .collect();
    let place = |member: &Member| {
        let mut required = schema["required"].as_array().into_iter().flatten();
        required.position(|name| name == member.name.as_str())
    };
    members.sort_by_key(|member| place(member).unwrap_or(usize::MAX));
    Object {
        class,
        description: sentence(schema),
        members,
    }
}

fn plain(value: &Value) -> Kind {
    match value["type"].as_str() {
        Some("string") if value["format"] == "date-time" => Kind::Time,
        Some("string") => Kind::Text,
        Some("integer") => Kind::Integer,
        Some("boolean") => Kind::Flag,
        other => panic!("no language has a type for {other:?}; add a kind to the model"),
    }
}

fn requires(schema: &Value, name: &str) -> bool {
    let mut required = schema["required"].as_array().into_iter().flatten();
    required.any(|required| required == name)
}

fn sentence(schema: &Value) -> String {
    let description = schema["description"].as_str();
    description.expect("everything is described").to_owned()
}
