//! Messages of every kind, checked as `lint` does; no value of a message may be shown.

mod advice;
mod faults;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::capture::{Captured, messages};
use super::check::{Verdict, check};
use super::{object, words};

/// A part of every bad value; no output may ever show it.
const CANARY: &str = "hunter2";
const NUMBER: u64 = 777_777_777;

fn login() -> Value {
    json!({
        "specversion": "1.0", "id": "018f-1", "source": "/crm", "type": "login.attempted.v1",
        "time": "2026-11-24T10:00:00Z",
        "data": {"tenant_id": "north", "user_id": "anna", "session_id": "s1", "ip": "192.0.2.1"},
    })
}

fn at_the_time() -> Timestamp {
    "2026-11-24T10:00:01Z".parse().expect("a moment")
}

fn of_input(input: &str) -> Verdict {
    let all = messages(input.as_bytes()).expect("readable");
    let [one] = all.as_slice() else {
        panic!("{} messages", all.len())
    };
    of(one)
}

fn of(captured: &Captured) -> Verdict {
    let verdict = check(captured, at_the_time());
    let said = format!("{} {}", words("-:1", &verdict), object(&verdict));
    assert!(!said.contains(CANARY), "{said}");
    assert!(!said.contains(&NUMBER.to_string()), "{said}");
    verdict
}

/// Reason and field of each fault, in the order in which they are found.
fn faults(event: &Value) -> Vec<String> {
    names(&of_input(&event.to_string()))
}

fn names(verdict: &Verdict) -> Vec<String> {
    let each = verdict.faults.iter();
    let name = |fault: &super::fault::Fault| {
        let field = fault.field.as_deref().unwrap_or("-");
        format!("{} {field}", fault.reason)
    };
    each.map(name).collect()
}

/// Returns a login in which one member has another value; null takes it away.
fn with(pointer: &str, value: &Value) -> Value {
    let mut event = login();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let members = event.pointer_mut(parent).and_then(Value::as_object_mut);
    let members = members.expect("an object");
    match value {
        Value::Null => members.remove(name),
        value => members.insert(name.to_owned(), value.clone()),
    };
    event
}

/// Returns a message as a tool of the broker shows it.
fn shown(event: &Value, routing_key: &str, properties: &Value) -> String {
    let payload = event.to_string();
    json!({ "routing_key": routing_key, "properties": properties, "payload": payload }).to_string()
}

const RIGHT: &str = "application/cloudevents+json";
