//! Every reason that the reader gives, alone and several at once.

use serde_json::{Value, json};

use crate::lint::capture::{Captured, messages};

use super::{CANARY, NUMBER, RIGHT, faults, login, names, of, of_input, shown, with};

#[test]
fn each_fault_of_the_first_four_checks_is_reported_by_its_reason_and_member() {
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
fn a_body_that_the_workers_do_not_read_as_json_is_reported_with_its_place() {
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
fn members_that_occur_twice_are_named_and_the_rest_is_still_checked() {
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
}

#[test]
fn without_properties_a_missing_reply_to_is_no_fault() {
    let needs_reply = with("/data/remember_me", &json!(true));
    assert!(of_input(&needs_reply.to_string()).faults.is_empty());
}

#[test]
fn a_missing_type_is_taken_from_the_routing_key() {
    let nameless = shown(
        &with("/type", &Value::Null),
        "login.attempted.v1",
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
fn every_fault_of_one_message_is_reported_at_once() {
    let event = json!({
        "specversion": "1", "id": "a b", "source": "/crm", "type": "login.attempted.v1",
        "time": CANARY, "extension": {"list": [{"passwd": CANARY}], "x1": {"pwd": CANARY}},
        "data": {
            "tenantId": "north", "user_id": "", "session_id": NUMBER, "ip": "192.0.2.1:80",
            "code": {"method": "app", "val": CANARY}, "hunter2": 1, "hunter22": 2,
        },
    });
    let mut found = faults(&event);
    found.sort();
    assert_eq!(
        found,
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
fn the_count_of_faults_is_limited() {
    let mut event = login();
    for at in 0..1_000 {
        event["data"][format!("member{at}")] = json!(CANARY);
    }
    let verdict = of_input(&event.to_string());
    assert_eq!(verdict.faults.len(), 100);
    assert!(!verdict.is_whole);
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
