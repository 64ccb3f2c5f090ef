//! The published files match the code: no file is stale, every example is valid, and users of a
//! release are not broken.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use twofactor_contract::{Event, Message, OUTCOME_TYPES, read};
use twofactor_document::compatibility::{Side, breaks};
use twofactor_document::{FOLDER, RELEASED, files, schemas, stale};

fn content(path: &Path) -> String {
    let content = fs::read_to_string(path);
    content.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&content(path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads the files of a folder, by their names without their extensions.
fn folder(folder: &str, end: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(FOLDER).join(folder);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let named = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(end)?.to_owned();
        Some((name, json(&path)))
    };
    paths.filter_map(named).collect()
}

/// Returns the type of an example: its name without the reason.
fn type_of(name: &str) -> &str {
    let end = name.find(".v1").expect("a version") + ".v1".len();
    &name[..end]
}

fn validator(schema: &Value) -> jsonschema::Validator {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(schema).expect("a JSON Schema")
}

#[test]
fn no_file_is_stale() {
    let page = content(&Path::new(FOLDER).join("README.md"));
    let files = files(&page).expect("the files");
    let stale = stale(Path::new(FOLDER), &files).expect("the folders");
    assert!(
        stale.is_empty(),
        "{stale:?}: stale, missing or superfluous; run `cargo xtask contract` and look at what it \
         changes."
    );
}

#[test]
fn a_file_that_is_changed_missing_or_superfluous_is_stale() {
    let folder = tempfile::tempdir().expect("a folder");
    let types = folder.path().join("clients/php/src/Types");
    fs::create_dir_all(&types).expect("a folder");
    fs::write(types.join("Changed.php"), "before").expect("a file");
    fs::write(types.join("Superfluous.php"), "before").expect("a file");
    fs::write(types.join("Fresh.php"), "now").expect("a file");
    let files = ["Changed", "Fresh", "Missing"];
    let file = |name| {
        (
            format!("clients/php/src/Types/{name}.php"),
            "now".to_owned(),
        )
    };
    let stale = stale(folder.path(), &files.map(file).into()).expect("the folders");
    let names: Vec<_> = stale.iter().filter_map(|path| path.file_stem()).collect();
    assert_eq!(names, ["Changed", "Missing", "Superfluous"]);
}

#[test]
fn every_member_is_described() {
    fn members(at: &str, schema: &Value) {
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let at = format!("{at}/{name}");
            for wanted in ["title", "description", "x-since"] {
                assert!(member[wanted].is_string(), "{at} has no {wanted}");
            }
            members(&at, member);
            members(&at, &member["items"]);
        }
    }
    for (name, schema) in schemas() {
        members(name, &schema);
        let secrets = schema.to_string().matches("\"x-secret\":true").count();
        let has_marker = schema.to_string().contains("secrets_gone");
        let is_event = Event::find(name).is_some();
        assert_eq!(has_marker, !is_event && secrets > 0, "{name}");
    }
}

#[test]
fn every_example_validates() {
    let schemas = schemas();
    for (name, example) in folder("examples", ".json") {
        let schema = &schemas[type_of(&name)];
        let errors: Vec<_> = validator(schema)
            .iter_errors(&example)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
}

/// Reads an event as a worker does.
fn is_read(event: &Value) -> Result<(), String> {
    let event_type = event["type"].as_str().unwrap_or_default();
    let known = Event::find(event_type).ok_or("an unknown type")?;
    let body = event.to_string();
    let message = Message {
        body: body.as_bytes(),
        content_type: Some("application/cloudevents+json"),
        routing_key: event_type,
        reply_to: Some("crm.reply.1"),
        properties_are_utf8: true,
    };
    let read = read(known.service, message);
    read.map(drop).map_err(|refused| refused.refusal.message)
}

#[test]
fn every_example_of_an_event_is_read() {
    let examples = folder("examples", ".json");
    for known in Event::TYPES {
        assert_eq!(is_read(&examples[known.name]), Ok(()), "{}", known.name);
    }
    for known in OUTCOME_TYPES {
        assert!(examples.contains_key(known.name), "{}", known.name);
    }
}

/// The schema of an event and the worker refuse the same.
#[test]
fn the_schema_and_the_worker_agree_on_what_is_wrong() {
    let examples = folder("examples", ".json");
    let schemas = schemas();
    for known in Event::TYPES {
        let validator = validator(&schemas[known.name]);
        let members: Vec<String> = examples[known.name]["data"]
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        for member in &members {
            for wrong in [
                Value::Null,
                Value::from(""),
                Value::from(-1),
                Value::from("a\u{0}b"),
                Value::from(vec![1]),
                serde_json::json!({"a": 1}),
            ] {
                let mut event = examples[known.name].clone();
                event["data"][member] = wrong.clone();
                // The rules check the content of a code, a number or a token.
                let is_free = wrong.is_string()
                    && ["code", "mobile_number", "remember_token", "reason"]
                        .contains(&member.as_str());
                let by_schema = validator.is_valid(&event);
                let by_worker = is_read(&event).is_ok();
                if !is_free {
                    assert_eq!(by_schema, by_worker, "{} {member} {wrong}", known.name);
                }
            }
            let mut without = examples[known.name].clone();
            without["data"]
                .as_object_mut()
                .expect("an object")
                .remove(member);
            let by_schema = validator.is_valid(&without);
            let by_worker = is_read(&without).is_ok();
            // The schema does not express that two members must come together.
            let is_together = known.name == "profile.requested.v1" && member == "session_id";
            assert!(
                is_together || by_schema == by_worker,
                "{} {member}",
                known.name
            );
        }
        let mut unknown = examples[known.name].clone();
        unknown["data"]["surprise"] = true.into();
        assert!(!validator.is_valid(&unknown), "{}", known.name);
        assert!(is_read(&unknown).is_err(), "{}", known.name);
    }
}

#[test]
fn no_user_of_the_release_is_broken() {
    let today = schemas();
    let released = folder(&format!("{RELEASED}/schema"), ".schema.json");
    let mut broken = Vec::new();
    for (name, before) in &released {
        let side = if Event::find(name).is_some() {
            Side::Event
        } else {
            Side::Outcome
        };
        match today.get(name.as_str()) {
            Some(now) => broken.extend(breaks(side, name, before, now)),
            None => broken.push(format!("this breaks consumers: {name} is gone")),
        }
    }
    assert_eq!(broken, Vec::<String>::new());
    let todays = folder("examples", ".json");
    for (name, example) in folder(&format!("{RELEASED}/examples"), ".json") {
        let event_type = type_of(&name);
        if Event::find(event_type).is_some() {
            assert_eq!(is_read(&example), Ok(()), "{name}");
        } else if let Some(now) = todays.get(&name) {
            // A consumer of the release reads what is produced today.
            let validator = validator(&released[event_type]);
            assert!(validator.is_valid(now), "{name}");
        }
    }
}
