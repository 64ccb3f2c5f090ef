//! The envelope: size, content type, UTF-8, JSON, the attributes of CloudEvents, the routing key.

use serde_json::{Value, json};
use twofactor_contract::{MAX_BYTES, Service};

use crate::samples::{CANARY, Sample, login, login_with, verdict};

fn padded(length: usize) -> Sample {
    let sample = Sample::of(&login());
    let mut body = sample.body.clone();
    body.resize(length, b' ');
    sample.with_body(body)
}

#[test]
fn sixty_four_kib_is_the_limit() {
    assert_eq!(padded(MAX_BYTES).verdict(), "ok");
    assert_eq!(padded(MAX_BYTES + 1).verdict(), "too_large");
    assert_eq!(MAX_BYTES, 65_536);
}

#[test]
fn the_content_type_is_that_of_structured_mode() {
    let table = [
        (Some("application/cloudevents+json"), "ok"),
        (Some("application/cloudevents+json; charset=utf-8"), "ok"),
        (Some("application/cloudevents+json;charset=UTF-8"), "ok"),
        (
            Some("application/cloudevents+json; charset=\"utf-8\""),
            "ok",
        ),
        (Some("Application/CloudEvents+JSON"), "ok"),
        (None, "malformed"),
        (Some(""), "malformed"),
        (Some("application/json"), "malformed"),
        (Some("application/cloudevents-batch+json"), "malformed"),
        (
            Some("application/cloudevents+json; charset=utf-16"),
            "malformed",
        ),
        (
            Some("application/cloudevents+json; charset=iso-8859-1"),
            "malformed",
        ),
        (Some(CANARY), "malformed"),
    ];
    for (content_type, expected) in table {
        let mut sample = Sample::of(&login());
        sample.content_type = content_type.map(str::to_owned);
        assert_eq!(sample.verdict(), expected, "{content_type:?}");
    }
}

#[test]
fn a_body_that_is_not_a_json_object_is_malformed() {
    let canary = format!("\"{CANARY}\"");
    let open = format!("{{\"id\": {canary}");
    let bare = format!("{{\"id\": {CANARY}}}");
    let table: [&[u8]; 14] = [
        b"",
        b" ",
        b"null",
        b"[]",
        b"7",
        canary.as_bytes(),
        open.as_bytes(),
        bare.as_bytes(),
        b"{} {}",
        b"{\"a\": NaN}",
        b"{\"a\": 1e999}",
        b"{\"a\": \"\\ud800\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\": \"\xff\"}",
    ];
    for body in table {
        let sample = Sample::of(&login()).with_body(body);
        assert_eq!(sample.verdict(), "malformed", "{}", body.escape_ascii());
    }
}

#[test]
fn a_member_that_occurs_twice_at_any_depth_is_malformed() {
    let body = login().to_string();
    let inside = |what: &str| body.replacen("\"data\":{", &format!("\"data\":{{{what},"), 1);
    let beside = |what: &str| format!("{{{what},{}", &body[1..]);
    for body in [
        beside("\"id\":\"1\""),
        beside("\"x\":{\"a\":[{\"b\":1,\"b\":1}]}"),
        inside("\"ip\":\"192.0.2.1\""),
        inside("\"i\\u0070\":\"192.0.2.1\""),
        inside("\"code\":{\"method\":\"totp\",\"value\":\"1\",\"value\":\"1\"}"),
    ] {
        let sample = Sample::of(&login()).with_body(body.clone());
        assert_eq!(sample.verdict(), "malformed", "{body}");
    }
}

#[test]
fn nesting_over_32_is_malformed() {
    // The event itself is the first level.
    let nested = |depth: usize| {
        let value: Value = (1..depth).fold(Value::Null, |inner, _| json!([inner]));
        verdict(&login_with("extension", value))
    };
    assert_eq!(nested(32), "ok");
    assert_eq!(nested(33), "malformed");
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let sample = Sample::of(&login()).with_body(deep);
    assert_eq!(sample.verdict(), "malformed");
}

#[test]
fn an_event_without_a_required_attribute_is_malformed() {
    for attribute in ["specversion", "id", "source", "type"] {
        let expected = format!("malformed /{attribute}");
        for value in [
            Value::Null,
            json!(""),
            json!(1),
            json!(true),
            json!([CANARY]),
            json!({}),
        ] {
            let mut sample = Sample::of(&login_with(attribute, value.clone()));
            sample.service = Service::Login;
            assert_eq!(sample.verdict(), expected, "{value}");
        }
        let with_null = login().to_string().replacen(
            &format!("\"{attribute}\":{}", login()[attribute]),
            &format!("\"{attribute}\":null"),
            1,
        );
        assert_eq!(
            Sample::of(&login()).with_body(with_null).verdict(),
            expected
        );
    }
    for version in ["0.3", "1", "1.0.0", "2.0", " 1.0", CANARY] {
        let event = login_with("specversion", version.into());
        assert_eq!(verdict(&event), "malformed /specversion", "{version}");
    }
}

#[test]
fn ids_and_sources_have_bounds() {
    let table = [
        ("id", "a".repeat(128), "ok"),
        ("id", "A-Z.0_9:x".into(), "ok"),
        ("id", "a".repeat(129), "invalid_field /id"),
        ("id", format!("{CANARY} 1"), "invalid_field /id"),
        ("id", format!("{CANARY}@1"), "invalid_field /id"),
        ("id", format!("{CANARY}é"), "invalid_field /id"),
        ("source", "/".repeat(200), "ok"),
        ("source", "https://crm.example/a?b#c".into(), "ok"),
        ("source", "/".repeat(201), "invalid_field /source"),
        ("source", format!("/{CANARY} x"), "malformed /source"),
        ("source", format!("/{CANARY}%2"), "malformed /source"),
        ("source", format!("/{CANARY}ü"), "malformed /source"),
    ];
    for (attribute, value, expected) in table {
        let event = login_with(attribute, value.clone().into());
        assert_eq!(verdict(&event), expected, "{attribute} {value}");
    }
}

#[test]
fn time_is_rfc_3339_with_an_offset() {
    let right = [
        "2026-11-24T10:00:00Z",
        "2026-11-24t10:00:00z",
        "2026-11-24T11:00:00+01:00",
        "2026-11-24T10:00:00-00:00",
        "2026-11-24T10:00:00.1Z",
        "2026-11-24T10:00:00.123456789Z",
        "2026-11-24T10:00:00.123456789012Z",
        "2026-11-24T23:59:59+23:59",
        "2016-12-31T23:59:60Z",
        "2024-02-29T00:00:00Z",
    ];
    for time in right {
        assert_eq!(verdict(&login_with("time", time.into())), "ok", "{time}");
    }
    let wrong = [
        json!(""),
        json!(CANARY),
        json!(1_764_000_000),
        json!([]),
        json!("2026-11-24"),
        json!("2026-11-24T10:00:00"),
        json!("2026-11-24T10:00Z"),
        json!("2026-11-24 10:00:00Z"),
        json!("2026-11-24T10:00:00 Z"),
        json!(" 2026-11-24T10:00:00Z"),
        json!("2026-11-24T10:00:00,5Z"),
        json!("2026-11-24T10:00:00.Z"),
        json!("2026-11-24T10:00:00+0100"),
        json!("2026-11-24T10:00:00+1:00"),
        json!("2026-11-24T10:00:00+24:00"),
        json!("2026-11-24T10:00:00+01:60"),
        json!("2026-11-24T24:00:00Z"),
        json!("2026-11-24T10:60:00Z"),
        json!("2026-11-24T10:00:61Z"),
        json!("2026-02-29T10:00:00Z"),
        json!("2026-W48-2T10:00:00Z"),
        json!("+02026-11-24T10:00:00Z"),
        json!("２026-11-24T10:00:00Z"),
        Value::Null,
    ];
    for time in wrong {
        let event = login_with("time", time.clone());
        assert_eq!(verdict(&event), "invalid_field /time", "{time}");
    }
    let null = login()
        .to_string()
        .replace("\"2026-11-24T10:00:00Z\"", "null");
    let sample = Sample::of(&login()).with_body(null);
    assert_eq!(sample.verdict(), "invalid_field /time");
}

#[test]
fn the_routing_key_is_the_type_and_the_type_is_known() {
    let mut sample = Sample::of(&login());
    sample.routing_key = "login.attempted.v2".into();
    assert_eq!(sample.verdict(), "malformed /type");
    for unknown in [
        "login.attempted.v2",
        "login.atempted.v1",
        "LOGIN.ATTEMPTED.V1",
        "x y",
        CANARY,
    ] {
        let event = login_with("type", unknown.into());
        assert_eq!(verdict(&event), "unknown_type /type", "{unknown}");
    }
    // A type of another worker is unknown to this one.
    let mut sample = Sample::of(&login());
    sample.service = Service::Reset;
    assert_eq!(sample.verdict(), "unknown_type /type");
}

#[test]
fn other_attributes_are_ignored() {
    for (attribute, value) in [
        ("subject", json!(7)),
        ("datacontenttype", json!("text/plain")),
        ("traceparent", json!(CANARY)),
        ("traceparent", json!({"a": 1})),
        ("dataschema", json!("")),
        ("anything", json!({"deep": [CANARY]})),
    ] {
        assert_eq!(verdict(&login_with(attribute, value)), "ok", "{attribute}");
    }
}

/// An address as RabbitMQ writes it.
const DIRECT: &str =
    "amq.rabbitmq.reply-to.g1h2AA5yZXBseUA5Mzc1ODg2OAAAAqwAAAAAawrTmA==.dFdDn3hwAzKs24bdoZd0/Q==";

#[test]
fn a_reply_goes_to_the_requester_alone() {
    let table = [
        (None, "ok"),
        (Some(DIRECT), "ok"),
        (
            Some("amq.rabbitmq.reply-to.g1h2AA5yZXBseUA"),
            "invalid_field",
        ),
        (Some("amq.rabbitmq.reply-to.AAAA.AAAA"), "invalid_field"),
        (Some("crm.reply.1"), "ok"),
        (Some("amq.gen-JzTY20BRgKO"), "ok"),
        (Some(""), "invalid_field"),
        (Some("twofactor.login"), "invalid_field"),
        (Some("twofactor.sms.dead"), "invalid_field"),
        (Some("crm.replies"), "invalid_field"),
        (Some("CRM.REPLY.1"), "invalid_field"),
        (Some(CANARY), "invalid_field"),
    ];
    for (reply_to, expected) in table {
        let mut sample = Sample::of(&login());
        sample.reply_to = reply_to.map(str::to_owned);
        assert_eq!(sample.verdict(), expected, "{reply_to:?}");
    }
    let mut sample = Sample::of(&login());
    sample.reply_to = Some(format!("crm.reply.{}", "x".repeat(300)));
    assert_eq!(sample.verdict(), "invalid_field");
}
