//! Events with one member that the contract refuses: in `data`, in the envelope, or named like a
//! password.

use serde_json::{Value, json};
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{CrmEvent, Person};

use crate::bad_input::case::{CANARY, Case};

/// Returns events with members of `data` that are missing, unknown, of a wrong type or out of
/// range.
pub fn fields(person: &Person) -> Vec<Case> {
    let good = || person.login();
    let code = |code: Value| good().with_data("code", code);
    let mut cases = vec![
        ("/data", good().without("data")),
        ("/data", good().with("data", json!([CANARY]))),
        ("/data/extra", good().with_data("extra", json!(CANARY))),
        ("/data/sesion_id", good().with_data("sesion_id", json!("s"))),
        ("/data/ip", good().with_data("ip", json!(CANARY))),
        ("/data/ip", good().with_data("ip", json!("fe80::1%eth0"))),
        ("/data/ip", good().with_data("ip", json!("192.0.2.01"))),
        (
            "/data/remember_me",
            good().with_data("remember_me", json!("yes")),
        ),
        (
            "/data/remember_me",
            good().with_data("remember_me", json!(1)),
        ),
        (
            "/data/remember_token",
            good().with_data("remember_token", json!(7)),
        ),
        ("/data/code", code(json!("123456"))),
        ("/data/code", code(json!(["totp", "123456"]))),
        ("/data/code", code(Value::Null)),
        ("/data/code/value", code(json!({"method": "totp"}))),
        (
            "/data/code/value",
            code(json!({"method": "totp", "value": 123_456})),
        ),
        (
            "/data/code/method",
            code(json!({"method": CANARY, "value": "1"})),
        ),
        (
            "/data/code/method",
            code(json!({"method": "TOTP", "value": "1"})),
        ),
        (
            "/data/code/more",
            code(json!({"method": "totp", "value": "1", "more": 1})),
        ),
    ];
    cases.extend(ids(person));
    let cases = cases.iter();
    cases
        .map(|(field, event)| Case::at(field, event, "invalid_field"))
        .chain(other_services(person))
        .collect()
}

/// Returns events with ids of wrong characters, length or type.
fn ids(person: &Person) -> Vec<(&'static str, CrmEvent)> {
    let long = "x".repeat(129);
    let good = || person.login();
    let mut cases = Vec::new();
    for name in ["tenant_id", "user_id", "session_id"] {
        let field = match name {
            "tenant_id" => "/data/tenant_id",
            "user_id" => "/data/user_id",
            _ => "/data/session_id",
        };
        for wrong in [
            "",
            "a b",
            "a/b",
            "a\u{0}b",
            "ä",
            "a\u{200b}",
            "a\n",
            &long,
            "１",
        ] {
            cases.push((field, good().with_data(name, json!(wrong))));
        }
        for wrong in [json!(7), Value::Null, json!({}), json!(["a"])] {
            cases.push((field, good().with_data(name, wrong)));
        }
    }
    cases
}

fn policies(person: &Person) -> Vec<(&'static str, CrmEvent)> {
    let policy = |days: Value| {
        let policy = person.institution().policy(false, 0);
        policy.with_data("grace_days", days)
    };
    let mut cases: Vec<(&'static str, CrmEvent)> = [json!(91), json!(-1), json!(1.5), json!("7")]
        .into_iter()
        .map(|days| ("/data/grace_days", policy(days)))
        .collect();
    let text = policy(json!(7)).with_data("required", json!("true"));
    cases.push(("/data/required", text));
    cases
}

fn other_services(person: &Person) -> Vec<Case> {
    let mut cases = policies(person);
    let reset = |more: Value| person.event("reset.requested.v1", &more);
    let exempt = person.exempt("b", jiff::Timestamp::now());
    let long = "x".repeat(501);
    let many: Vec<String> = (0..501).map(|at| at.to_string()).collect();
    let institution = person.institution();
    let list = |users: Value| institution.list_profiles(ADMIN, &users);
    cases.extend([
        ("/data/user_ids", list(json!([]))),
        ("/data/user_ids", list(json!(many))),
        ("/data/user_ids", list(json!([CANARY, 7]))),
        (
            "/data/session_id",
            person.event("sms.requested.v1", &json!({})),
        ),
        ("/data/reason", person.reset("")),
        ("/data/reason", person.reset(&long)),
        ("/data/reason", reset(json!({"admin_id": "a"}))),
        (
            "/data/admin_id",
            person.reset("me").with_data("admin_id", json!(person.user)),
        ),
        ("/data/session_id", person.profile_for(&person.user)),
        ("/data/method", person.give_up("backup")),
        (
            "/data/account",
            person.start_totp().with_data("account", json!("a:b")),
        ),
        (
            "/data/region",
            person.start_sms().with_data("region", json!("gb")),
        ),
        (
            "/data/until",
            exempt.with_data("until", json!("2199-01-01T00:00:00Z")),
        ),
    ]);
    let cases = cases.iter();
    cases
        .map(|(field, event)| Case::at(field, event, "invalid_field"))
        .collect()
}

/// Returns events with times that are invalid, or outside the contract's limits.
pub fn times(person: &Person) -> Vec<Case> {
    let ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let wrong = [
        json!("2026-11-24T10:00:00"),
        json!("2026-11-24 10:00:00Z"),
        json!("2026-11-24"),
        json!("2026-02-30T10:00:00Z"),
        json!("2026-11-24T10:00:00+25:00"),
        json!("20261124T100000Z"),
        json!("2026-W48-2T10:00:00Z"),
        json!("１026-11-24T10:00:00Z"),
        json!("yesterday"),
        json!(""),
        json!(1_764_000_000),
        Value::Null,
        json!(ahead.to_string()),
    ];
    let mut cases: Vec<Case> = wrong
        .into_iter()
        .map(|time| Case::at("/time", &person.login().with("time", time), "invalid_field"))
        .collect();
    let none = person.login().without("time");
    cases.push(Case::at("/time", &none, "invalid_field"));
    cases
}

/// Returns events with members that are named like a password, at any depth and also beside `data`.
pub fn passwords(person: &Person) -> Vec<Case> {
    let good = || person.login();
    let secret = || json!(CANARY);
    let cases = [
        ("/data/password", good().with_data("password", secret())),
        ("/data/PassWord", good().with_data("PassWord", secret())),
        (
            "/data/user_pass_word",
            good().with_data("user_pass_word", secret()),
        ),
        (
            "/data/pass-phrase",
            good().with_data("pass-phrase", secret()),
        ),
        ("/data/newPwd", good().with_data("newPwd", secret())),
        ("/data/passwd", good().with_data("passwd", Value::Null)),
        (
            "/data/code/password",
            good().with_data(
                "code",
                json!({"method": "totp", "value": "1", "password": CANARY}),
            ),
        ),
        ("/password", good().with("password", secret())),
        (
            "/extension/0/password",
            good().with("extension", json!([{"password": CANARY}])),
        ),
    ];
    let cases = cases.iter();
    cases
        .map(|(field, event)| Case::at(field, event, "invalid_field"))
        .collect()
}
