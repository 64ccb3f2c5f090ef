//! Beside the faults: right messages, right values, hints and outcomes.

use serde_json::{Value, json};

use super::{CANARY, RIGHT, faults, login, of_input, shown, with};

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
fn an_example_in_the_place_of_a_wrong_member_makes_no_fault() {
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/crm", "type": "reset.requested.v1",
        "time": "2026-11-24T10:00:00Z",
        "data": {"tenant_id": "north", "user_id": "admin-7", "reason": "lost"},
    });
    assert_eq!(faults(&event), ["invalid_field /data/admin_id"]);
}

#[test]
fn a_right_value_is_shown_with_its_purpose() {
    let verdict = of_input(&with("/data/ip", &json!(CANARY)).to_string());
    let fault = &verdict.faults[0];
    assert_eq!(fault.right.as_deref(), Some(r#""ip": "192.0.2.7""#));
    let about = fault.about.as_deref().expect("a purpose");
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
fn outcomes_are_reported_as_such_and_are_not_checked() {
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
