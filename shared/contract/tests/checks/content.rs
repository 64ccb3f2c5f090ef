//! Two deliveries are duplicates by `type`, `time` and `data` as JSON values, and nothing else.

use serde_json::{Value, json};

use crate::samples::{CANARY, Sample, event, login, login_with};

fn content(sample: &Sample) -> String {
    let incoming = sample.read().expect("a valid event");
    incoming.content.expose().clone()
}

fn login_as(body: &str) -> Sample {
    Sample::of(&login()).with_body(body)
}

#[test]
fn key_order_escapes_and_white_space_do_not_matter() {
    let plain = r#"{"specversion":"1.0","id":"1","source":"/crm","type":"login.attempted.v1",
        "time":"2026-11-24T10:00:00Z","data":{"tenant_id":"north","user_id":"anna",
        "session_id":"s1","ip":"192.0.2.1","code":{"method":"totp","value":"1/é"}}}"#;
    let other = r#" {"data": {"code": {"value": "\u0031\/\u00e9", "method": "totp"},
        "ip": "192.0.2.1", "session_id": "s1", "user_id": "\u0061nna", "tenant_id": "north"},
        "time": "2026-11-24T10:00:00\u005a", "type": "login.attempted.v1", "source": "/crm",
        "id": "1", "specversion": "1.0"} "#;
    assert_eq!(content(&login_as(plain)), content(&login_as(other)));
}

/// An integer in any notation is one JSON value, and is accepted.
#[test]
fn the_notation_of_an_integer_does_not_matter() {
    let policy = |days: &str| {
        let mut data = crate::samples::data("enrollment.policy.set.v1");
        data["grace_days"] = 7.into();
        let body = event("enrollment.policy.set.v1", &data).to_string();
        Sample::of(&event("enrollment.policy.set.v1", &data))
            .with_body(body.replace("\"grace_days\":7", &format!("\"grace_days\":{days}")))
    };
    let plain = content(&policy("7"));
    for same in ["7.0", "7e0", "0.7E1", "70.00e-1"] {
        assert_eq!(content(&policy(same)), plain, "{same}");
    }
    assert_eq!(content(&policy("-0")), content(&policy("0")));
    assert_ne!(content(&policy("8")), plain);
    for wrong in ["7.5", "-1", "9.1e1", "\"7\"", "7e1000", "1e400"] {
        assert!(policy(wrong).read().is_err(), "{wrong}");
    }
}

#[test]
fn other_attributes_and_properties_do_not_matter() {
    let plain = content(&Sample::of(&login()));
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (attribute, value) in [
        ("traceparent", json!(trace)),
        ("subject", json!("anna")),
        ("extension", json!([1, 2])),
        ("id", json!("another")),
        ("source", json!("/other")),
    ] {
        let other = content(&Sample::of(&login_with(attribute, value)));
        assert_eq!(plain, other, "{attribute}");
    }
    let mut without_reply = Sample::of(&login());
    without_reply.reply_to = None;
    assert_eq!(plain, content(&without_reply));
}

#[test]
fn type_time_and_every_value_of_data_matter() {
    let plain = content(&Sample::of(&login()));
    // The same moment in other words is another JSON value.
    for time in [
        "2026-11-24T10:00:01Z",
        "2026-11-24T10:00:00.0Z",
        "2026-11-24T11:00:00+01:00",
    ] {
        let other = content(&Sample::of(&login_with("time", time.into())));
        assert_ne!(plain, other, "{time}");
    }
    for (member, value) in [
        ("user_id", json!("ben")),
        ("ip", json!("::ffff:192.0.2.1")),
        ("remember_me", json!(false)),
        ("code", json!({"method": "totp", "value": "123456"})),
    ] {
        let mut other = login();
        other["data"][member] = value;
        assert_ne!(plain, content(&Sample::of(&other)), "{member}");
    }
    let data = json!({"tenant_id": "north", "user_id": "anna", "session_id": "s1"});
    let text = content(&Sample::of(&event("sms.requested.v1", &data)));
    let codes = content(&Sample::of(&event(
        "enrollment.backup_codes.requested.v1",
        &data,
    )));
    assert_ne!(text, codes);
}

#[test]
fn a_valid_event_prints_none_of_its_secrets() {
    let with = |event_type: &str, member: &str, value: Value| {
        let mut data = crate::samples::data(event_type);
        data[member] = value;
        let incoming = Sample::of(&event(event_type, &data)).read().expect("valid");
        let printed = format!("{incoming:?}");
        assert!(
            !printed.contains(CANARY),
            "{event_type} {member}: {printed}"
        );
    };
    let code = json!({"method": "backup", "value": CANARY});
    with("login.attempted.v1", "code", code);
    with("login.attempted.v1", "remember_token", CANARY.into());
    with("enrollment.totp.confirmed.v1", "code", CANARY.into());
    with("enrollment.sms.confirmed.v1", "code", CANARY.into());
    with("enrollment.sms.started.v1", "mobile_number", CANARY.into());
    // An administrator may have typed a number into the reason.
    with("reset.requested.v1", "reason", CANARY.into());
    with("enrollment.exempted.v1", "reason", CANARY.into());
}
