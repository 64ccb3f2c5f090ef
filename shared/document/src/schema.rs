//! The JSON Schema of a message: closed for events, open for outcomes.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use twofactor_contract::{EventType, OutcomeType};

use crate::envelope::{self, SINCE};

/// The direction of a message: it decides whether unknown values of an open list must be expected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// An event: its lists are closed.
    In,
    /// An outcome: lists that are declared open may grow.
    Out,
}

/// Returns the schema of an event with its envelope.
pub fn of_event(known: &EventType) -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let data = (known.schema)(&mut settings.into_generator());
    let mut data = data.to_value();
    finish(&mut data, Direction::In);
    envelope::of_event(known.name, &titled(data))
}

/// Returns the schema of an outcome with its envelope, as the reply carries it: the broadcast has
/// no secret members, so none is required.
pub fn of_outcome(known: &OutcomeType) -> Value {
    let settings = || SchemaSettings::draft2020_12().for_serialize();
    let data = (known.schema)(&mut settings().into_generator());
    let secrets = (known.secrets)(&mut settings().into_generator());
    let mut data = data.to_value();
    if let Value::Object(secret) = &secrets.to_value()["properties"] {
        add_secrets(&mut data, secret.clone());
    }
    finish(&mut data, Direction::Out);
    envelope::of_outcome(known, &titled(data))
}

fn add_secrets(data: &mut Value, secrets: Map<String, Value>) {
    let Some(members) = data["properties"].as_object_mut() else {
        return;
    };
    for (name, mut member) in secrets {
        member["x-secret"] = true.into();
        // The rendered document shows an extension only once the member is unfolded.
        if let Some(description) = member["description"].as_str() {
            member["description"] = format!("🔒 In the reply alone. {description}").into();
        }
        members.insert(name, member);
    }
    let gone = json!({
        "type": "boolean",
        "const": true,
        "description": "The event was answered before, and its secret members are no longer kept.",
    });
    members.insert("secrets_gone".to_owned(), gone);
}

/// Returns `data` as a member of the envelope.
fn titled(mut data: Value) -> Value {
    data["title"] = "Data".into();
    data["x-since"] = SINCE.into();
    data
}

/// Turns the output of schemars into plain JSON Schema that promises no more than the wire does.
fn finish(schema: &mut Value, direction: Direction) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.remove("$schema");
    object.remove("title");
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = description.replace('\n', " ");
    }
    // Absent members are absent, never null.
    drop_null(object);
    // Rust's widths are no formats of JSON Schema.
    let width = |format: &str| format.starts_with("uint") || format.starts_with("int");
    if object
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(width)
    {
        object.remove("format");
    }
    if object.remove("x-open") == Some(Value::Bool(true))
        && direction == Direction::Out
        && let Some(list) = object.remove("enum")
    {
        object.insert("x-extensible-enum".to_owned(), list);
    }
    if let Some(Value::Object(members)) = object.get_mut("properties") {
        for (name, member) in members {
            finish(member, direction);
            if let Some(member) = member.as_object_mut() {
                member.insert("title".to_owned(), title(name).into());
                member.insert("x-since".to_owned(), SINCE.into());
            }
        }
    }
    if let Some(items) = object.get_mut("items") {
        finish(items, direction);
    }
}

fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = &kinds[..] {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(list)) = object.get_mut("anyOf") else {
        return;
    };
    list.retain(|schema| schema["type"] != "null");
    if let [Value::Object(only)] = &list[..] {
        let only = only.clone();
        object.remove("anyOf");
        for (name, value) in only {
            object.entry(name).or_insert(value);
        }
    }
    if let Some(Value::Array(list)) = object.get_mut("enum") {
        list.retain(|value| !value.is_null());
    }
}

/// Turns a name into a title: `retry_after_seconds` into "Retry after seconds".
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
