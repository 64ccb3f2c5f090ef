//! Every reason that the reader gives, several at once; and no value of a message is shown.

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

#[test]
fn a_right_event_of_every_form_is_right() {
    for input in [
        login().to_string(),
        shown(
            &login(),
            "login.attempted.v1",
            &json!({"content_type": RIGHT}),
        ),
    ] {
        let verdict = of_input(&input);
        assert!(
            verdict.faults.is_empty() && verdict.hints.is_empty(),
            "{input}"
        );
        assert!(verdict.is_whole && !verdict.is_outcome);
        assert_eq!(verdict.type_name, Some("login.attempted.v1"));
    }
}

#[test]
fn each_fault_of_the_first_four_checks_is_told_by_its_reason_and_member() {
    let table = [
        ("/specversion", json!("0.3"), "malformed /specversion"),
        ("/specversion", Value::Null, "malformed /specversion"),
        ("/id", json!(NUMBER), "malformed /id"),
        ("/id", json!(format!("{CANARY} 1")), "invalid_field /id"),
        (
            "/source",
            json!(format!("/{CANARY} x")),
            "malformed /source",
        ),
        ("/source", json!("/".repeat(201)), "invalid_field /source"),
        ("/type", Value::Null, "malformed /type"),
        ("/type", json!(CANARY), "unknown_type /type"),
        ("/time", json!(CANARY), "invalid_field /time"),
        ("/time", Value::Null, "invalid_field /time"),
        ("/password", json!(CANARY), "invalid_field /password"),
        (
            "/data/new-Pwd",
            json!(CANARY),
            "invalid_field /data/new-Pwd",
        ),
        ("/data", json!([CANARY]), "invalid_field /data"),
        ("/data", Value::Null, "invalid_field /data"),
        ("/data/ip", json!(CANARY), "invalid_field /data/ip"),
        ("/data/ip", json!(NUMBER), "invalid_field /data/ip"),
        ("/data/ip", Value::Null, "invalid_field /data/ip"),
        ("/data/colour", json!(CANARY), "invalid_field /data/colour"),
        ("/data/hunter2", json!(1), "invalid_field /data"),
        ("/data/data", json!(CANARY), "invalid_field /data/data"),
        (
            "/data/language",
            json!("de"),
            "invalid_field /data/language",
        ),
        (
            "/data/remember_me",
            json!("yes"),
            "invalid_field /data/remember_me",
        ),
        ("/data/code", json!([CANARY]), "invalid_field /data/code"),
        (
            "/data/code",
            json!({"method": CANARY, "value": "1"}),
            "invalid_field /data/code/method",
        ),
        (
            "/data/code",
            json!({"method": "totp", "value": NUMBER}),
            "invalid_field /data/code/value",
        ),
    ];
    for (pointer, value, expected) in table {
        assert_eq!(
            faults(&with(pointer, &value)),
            [expected],
            "{pointer} {value}"
        );
    }
}

#[test]
fn what_is_no_json_as_the_workers_take_it_is_told_with_its_place() {
    let table = [
        (format!("{{\"id\": {CANARY}}}"), "at its line 1, column 8."),
        (
            format!("{{\n\"id\": \"{CANARY}\",\n"),
            "at its line 3, column 0.",
        ),
        (r#"{"a": "\ud800"}"#.to_owned(), "at its line 1, column 14."),
        (r#"{"a": 1e999}"#.to_owned(), "at its line 1, column 11."),
        ("7".to_owned(), "must be one JSON object"),
        (
            format!("[{}]", "[".repeat(33) + &"]".repeat(33)),
            "over 32 deep",
        ),
    ];
    for (input, place) in table {
        let verdict = of_input(&input);
        assert_eq!(names(&verdict), ["malformed -"], "{input}");
        assert!(
            verdict.faults[0].message.contains(place),
            "{:?}",
            verdict.faults
        );
        assert!(!verdict.is_whole);
    }
    let latin = messages(b"{\"id\": \"\xff\"}").expect("a message");
    let verdict = of(&latin[0]);
    assert!(verdict.faults[0].message.contains("not UTF-8"));
    let long = login().to_string() + &" ".repeat(65_536);
    let whole = Captured {
        line: 1,
        body: long.into_bytes(),
        routing_key: None,
        properties: None,
    };
    assert_eq!(names(&of(&whole)), ["too_large -"]);
}

#[test]
fn members_that_occur_twice_are_named_and_the_rest_is_checked_all_the_same() {
    let input = login().to_string();
    let input = input.replacen("\"ip\":", "\"ip\":\"192.0.2.9\",\"colour\":1,\"ip\":", 1);
    let verdict = of_input(&input);
    assert_eq!(
        names(&verdict),
        ["malformed /data/ip", "invalid_field /data/colour"]
    );
    assert!(verdict.is_whole);
}

#[test]
fn the_properties_are_checked_where_a_capture_shows_them() {
    let needs_reply = with("/data/remember_me", &json!(true));
    let own = "login.attempted.v1";
    let table = [
        (
            &login(),
            own,
            json!({"content_type": "application/json"}),
            &["malformed -"][..],
        ),
        (&login(), own, json!([]), &["malformed -"]),
        (
            &login(),
            "login.attempt.v1",
            json!({"content_type": RIGHT}),
            &["malformed /type"],
        ),
        (
            &login(),
            own,
            json!({"content_type": RIGHT, "reply_to": format!("twofactor.{CANARY}")}),
            &["invalid_field -"],
        ),
        (
            &needs_reply,
            own,
            json!({"content_type": RIGHT}),
            &["reply_to_required -"],
        ),
        (
            &needs_reply,
            own,
            json!({"content_type": RIGHT, "reply_to": "amq.rabbitmq.reply-to"}),
            &[],
        ),
        (
            &needs_reply,
            own,
            json!({"content_type": RIGHT, "reply_to": "crm.reply.1"}),
            &[],
        ),
        (
            &with("/data/ip", &json!(CANARY)),
            "other.v1",
            json!({"reply_to": CANARY}),
            &[
                "malformed -",
                "malformed /type",
                "invalid_field /data/ip",
                "invalid_field -",
            ],
        ),
    ];
    for (event, routing_key, properties, expected) in table {
        let verdict = of_input(&shown(event, routing_key, &properties));
        assert_eq!(names(&verdict), expected, "{properties}");
        assert!(verdict.is_whole, "{properties}");
    }
    // Without properties nobody knows whether there was a place for the reply.
    assert!(of_input(&needs_reply.to_string()).faults.is_empty());
    let nameless = shown(
        &with("/type", &Value::Null),
        own,
        &json!({"content_type": RIGHT}),
    );
    let verdict = of_input(&nameless);
    assert_eq!(names(&verdict), ["malformed /type"]);
    assert_eq!(
        verdict.faults[0].right.as_deref(),
        Some(r#""type": "login.attempted.v1""#)
    );
}

#[test]
fn all_that_is_wrong_with_one_message_is_told_at_once() {
    let event = json!({
        "specversion": "1", "id": "a b", "source": "/crm", "type": "login.attempted.v1",
        "time": CANARY, "extension": {"list": [{"passwd": CANARY}], "x1": {"pwd": CANARY}},
        "data": {
            "tenantId": "north", "user_id": "", "session_id": NUMBER, "ip": "192.0.2.1:80",
            "code": {"method": "app", "val": CANARY}, "hunter2": 1, "hunter22": 2,
        },
    });
    let mut told = faults(&event);
    told.sort();
    assert_eq!(
        told,
        [
            "invalid_field /data",
            "invalid_field /data",
            "invalid_field /data/code/method",
            "invalid_field /data/code/val",
            "invalid_field /data/code/value",
            "invalid_field /data/ip",
            "invalid_field /data/session_id",
            "invalid_field /data/tenantId",
            "invalid_field /data/tenant_id",
            "invalid_field /data/user_id",
            "invalid_field /extension/list/0/passwd",
            "invalid_field /extension/pwd",
            "invalid_field /id",
            "invalid_field /time",
            "malformed /specversion",
        ]
    );
    // Of an unknown type only the members that every type has are checked.
    let unknown = json!({
        "specversion": "1.0", "id": "a b", "source": "/crm", "type": "login.attempt.v1",
        "time": CANARY, "data": {"password": CANARY, "colour": 1},
    });
    let verdict = of_input(&unknown.to_string());
    assert_eq!(
        names(&verdict),
        [
            "unknown_type /type",
            "invalid_field /data/password",
            "invalid_field /id",
            "invalid_field /time",
        ]
    );
    assert!(!verdict.is_whole);
}

#[test]
fn an_example_in_the_place_of_a_wrong_member_is_nobodys_fault() {
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/crm", "type": "reset.requested.v1",
        "time": "2026-11-24T10:00:00Z",
        "data": {"tenant_id": "north", "user_id": "admin-7", "reason": "lost"},
    });
    assert_eq!(faults(&event), ["invalid_field /data/admin_id"]);
}

#[test]
fn faults_that_are_too_many_come_to_an_end() {
    let mut event = login();
    for at in 0..1_000 {
        event["data"][format!("member{at}")] = json!(CANARY);
    }
    let verdict = of_input(&event.to_string());
    assert_eq!(verdict.faults.len(), 100);
    assert!(!verdict.is_whole);
}

#[test]
fn a_right_one_is_shown_with_what_it_is_for() {
    let verdict = of_input(&with("/data/ip", &json!(CANARY)).to_string());
    let fault = &verdict.faults[0];
    assert_eq!(fault.right.as_deref(), Some(r#""ip": "192.0.2.7""#));
    let about = fault.about.as_deref().expect("what it is for");
    assert!(about.starts_with("The person's own address"), "{about}");
    let verdict = of_input(&with("/data/userId", &json!("anna")).to_string());
    assert_eq!(
        verdict.faults[0].right.as_deref(),
        Some(r#""user_id": "u-4711""#)
    );
    let verdict = of_input(&with("/data/colour", &json!(1)).to_string());
    assert_eq!(verdict.faults[0].right.as_deref(), Some("leave it out"));
    for (name, likeliest) in [
        ("login.attempt.v1", Some(r#""type": "login.attempted.v1""#)),
        (
            "enrollment.totp.start",
            Some(r#""type": "enrollment.totp.started.v1""#),
        ),
        ("something.else.v1", None),
        ("", None),
    ] {
        let verdict = of_input(&with("/type", &json!(name)).to_string());
        assert_eq!(verdict.faults[0].right.as_deref(), likeliest, "{name}");
    }
}

#[test]
fn times_that_depend_on_when_it_is_published_are_hints() {
    let hint = |event: &Value| -> Vec<String> {
        let verdict = of_input(&event.to_string());
        assert!(verdict.faults.is_empty(), "{event}");
        let each = verdict.hints.into_iter();
        each.map(|hint| format!("{} {}", hint.reason, hint.field.unwrap_or_default()))
            .collect()
    };
    let at = |time: &str| with("/time", &json!(time));
    assert_eq!(hint(&at("2026-11-24T10:00:31Z")), [""; 0]);
    assert_eq!(hint(&at("2026-11-24T10:00:32Z")), ["invalid_field /time"]);
    assert_eq!(hint(&at("2026-11-24T09:57:00Z")), ["stale_event /time"]);
    assert_eq!(hint(&at("2026-11-17T09:00:00Z")), ["too_old /time"]);
    let mut reset = json!({"tenant_id": "north", "user_id": "anna", "admin_id": "root"});
    reset["reason"] = "lost".into();
    let mut event = at("2026-11-24T09:57:00Z");
    event["type"] = "reset.requested.v1".into();
    event["data"] = reset.clone();
    assert_eq!(hint(&event), [""; 0], "a reset is never stale");
    event["time"] = "2026-11-24T10:00:00Z".into();
    event["type"] = "enrollment.exempted.v1".into();
    event["data"] = reset;
    event["data"]["until"] = "2027-11-24T10:00:00Z".into();
    assert_eq!(hint(&event), ["invalid_field /data/until"]);
}

#[test]
fn names_that_fit_no_picture_are_wrong_where_the_event_has_both() {
    let long = "\u{1f600}".repeat(64);
    let mut event = login();
    event["type"] = "enrollment.totp.started.v1".into();
    event["data"] = json!({
        "tenant_id": "north", "user_id": "anna", "session_id": "s1", "account": long,
        "issuer": long,
    });
    assert_eq!(faults(&event), ["invalid_field /data/issuer"]);
}

#[test]
fn outcomes_are_told_to_be_some_and_are_not_checked() {
    let of_ours = json!({"type": "login.accepted.v1", "data": {"remember_token": CANARY}});
    let verdict = of_input(&of_ours.to_string());
    assert!(verdict.is_outcome && verdict.faults.is_empty());
    assert_eq!(verdict.type_name, Some("login.accepted.v1"));
    let later = json!({"type": "later.v9", "source": "/twofactor/login", "data": CANARY});
    let verdict = of_input(&later.to_string());
    assert!(verdict.is_outcome);
    assert_eq!(verdict.type_name, None);
    let event = with("/source", &json!("/twofactor/login"));
    assert!(!of_input(&event.to_string()).is_outcome);
}
