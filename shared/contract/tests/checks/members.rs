//! Every member of every event type: missing, unknown, `null`, of a wrong type, out of range.

use serde_json::{Value, json};
use twofactor_contract::Event;

use crate::samples::{CANARY, CANARY_INTEGER, data, event, verdict};

/// The kinds of values that members take.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Id,
    Ip,
    Code,
    Entered,
    Flag,
    Label,
    Region,
    Method,
    Reason,
    Moment,
    Days,
    Users,
}

/// Returns a type's members with their kinds, and `true` for each that is required.
fn members(event_type: &str) -> Vec<(&'static str, Kind, bool)> {
    let own: &[(&str, Kind, bool)] = match event_type {
        "login.attempted.v1" => &[
            ("session_id", Kind::Id, true),
            ("ip", Kind::Ip, true),
            ("code", Kind::Code, false),
            ("remember_me", Kind::Flag, false),
            ("remember_token", Kind::Entered, false),
        ],
        "sms.requested.v1" | "enrollment.backup_codes.requested.v1" => {
            &[("session_id", Kind::Id, true)]
        }
        "enrollment.totp.started.v1" => &[
            ("session_id", Kind::Id, true),
            ("account", Kind::Label, true),
            ("issuer", Kind::Label, false),
        ],
        "enrollment.totp.confirmed.v1" | "enrollment.sms.confirmed.v1" => &[
            ("session_id", Kind::Id, true),
            ("code", Kind::Entered, true),
        ],
        "enrollment.sms.started.v1" => &[
            ("session_id", Kind::Id, true),
            ("mobile_number", Kind::Entered, true),
            ("region", Kind::Region, false),
        ],
        "enrollment.method.reset.v1" => &[
            ("session_id", Kind::Id, true),
            ("method", Kind::Method, true),
        ],
        "enrollment.browsers.forgotten.v1" => &[],
        "enrollment.exempted.v1" => &[
            ("admin_id", Kind::Id, true),
            ("reason", Kind::Reason, true),
            ("until", Kind::Moment, true),
        ],
        "enrollment.policy.set.v1" => &[
            ("admin_id", Kind::Id, true),
            ("required", Kind::Flag, true),
            ("grace_days", Kind::Days, true),
        ],
        "enrollment.policy.requested.v1" => &[("viewer_id", Kind::Id, true)],
        "profile.requested.v1" => &[
            ("viewer_id", Kind::Id, true),
            ("session_id", Kind::Id, false),
        ],
        "profile.list.requested.v1" => &[
            ("viewer_id", Kind::Id, true),
            ("user_ids", Kind::Users, true),
        ],
        "reset.requested.v1" | "reset.user.erased.v1" => {
            &[("admin_id", Kind::Id, true), ("reason", Kind::Reason, true)]
        }
        other => panic!("no members of {other}; list them"),
    };
    let mut all = vec![("tenant_id", Kind::Id, true)];
    if data(event_type).get("user_id").is_some() {
        all.push(("user_id", Kind::Id, true));
    }
    all.extend(own);
    all
}

fn right(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Id => vec![json!("a"), json!("A.z_9:@+-"), json!("a".repeat(128))],
        Kind::Ip => vec![
            json!("192.0.2.1"),
            json!("2001:db8::1"),
            json!("::ffff:192.0.2.1"),
            json!("64:ff9b::192.0.2.1"),
            json!("127.0.0.1"),
        ],
        // An entry may be anything: the decision says what is wrong with it.
        Kind::Entered => vec![
            json!(""),
            json!("x"),
            json!("é\u{0}\n"),
            json!("1".repeat(5000)),
        ],
        Kind::Code => ["totp", "sms", "backup"]
            .map(|method| json!({"method": method, "value": ""}))
            .to_vec(),
        Kind::Flag => vec![json!(true), json!(false)],
        Kind::Label => vec![json!("a"), json!("é@ x"), json!("é".repeat(64))],
        Kind::Region => vec![json!("GB"), json!("XX")],
        Kind::Method => vec![json!("totp"), json!("sms")],
        Kind::Reason => vec![json!("a"), json!("é".repeat(500)), json!("line\nline")],
        Kind::Moment => vec![
            json!("1999-01-01T00:00:00Z"),
            json!("2026-11-24T10:00:00+01:00"),
        ],
        Kind::Days => vec![json!(0), json!(90), json!(14.0), json!(1.4e1), json!(-0.0)],
        Kind::Users => vec![
            json!(["a"]),
            json!((0..500).map(|n| format!("u{n}")).collect::<Vec<_>>()),
        ],
    }
}

fn wrong(kind: Kind) -> Vec<Value> {
    let mut values = vec![
        Value::Null,
        json!(-1.5),
        json!([CANARY]),
        json!({CANARY: CANARY}),
    ];
    if !matches!(kind, Kind::Flag) {
        values.push(json!(true));
    }
    values.push(json!(CANARY_INTEGER));
    values.extend(wrong_of_its_kind(kind));
    if matches!(kind, Kind::Users) {
        // A list of one valid id is right for this kind alone.
        values.retain(|value| *value != json!([CANARY]));
        values.extend(wrong_users());
    }
    values
}

/// Values that are wrong for this kind, though of the right JSON type for the most part.
fn wrong_of_its_kind(kind: Kind) -> Vec<Value> {
    let canary = |end: &str| json!(format!("{CANARY}{end}"));
    match kind {
        Kind::Id => vec![
            json!(""),
            canary(" "),
            canary("/"),
            canary("é"),
            canary("\u{0}"),
            json!("a".repeat(129)),
        ],
        Kind::Ip => vec![
            json!(""),
            canary(""),
            json!("192.0.2"),
            json!("192.0.2.256"),
            json!("192.0.2.1/32"),
            json!("192.0.2.1:80"),
            json!("fe80::1%eth0"),
            json!(" 192.0.2.1"),
            json!("[::1]"),
        ],
        Kind::Code | Kind::Users => vec![canary("")],
        Kind::Entered => vec![],
        Kind::Flag => vec![json!("true"), canary(""), json!(1)],
        Kind::Label => vec![json!(""), canary(":"), canary("\n"), json!("é".repeat(65))],
        Kind::Region => vec![
            json!(""),
            json!("gb"),
            json!("GBR"),
            json!("G1"),
            canary(""),
        ],
        Kind::Method => vec![json!("backup"), json!("TOTP"), canary("")],
        Kind::Reason => vec![json!(""), json!("é".repeat(501))],
        Kind::Moment => vec![
            json!(""),
            canary(""),
            json!("2026-11-24"),
            json!("2026-11-24T10:00:00"),
        ],
        Kind::Days => vec![
            json!(-1),
            json!(91),
            json!(1.5),
            json!(256),
            json!(14.000_1),
            json!(-1e-9),
            json!(1e300),
            json!(u64::MAX),
            json!("7"),
            canary(""),
        ],
    }
}

fn wrong_users() -> [Value; 4] {
    [
        json!([]),
        json!([7]),
        json!(["a", format!("{CANARY} ")]),
        json!((0..501).map(|n| format!("u{n}")).collect::<Vec<_>>()),
    ]
}

fn with(event_type: &str, member: &str, value: &Value) -> String {
    let mut data = data(event_type);
    data[member] = value.clone();
    verdict(&event(event_type, &data))
}

#[test]
fn the_samples_are_valid() {
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        assert_eq!(
            verdict(&event(event_type, &data(event_type))),
            "ok",
            "{event_type}"
        );
    }
}

#[test]
fn every_right_value_of_every_member_is_taken() {
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        for (member, kind, _) in members(event_type) {
            for value in right(kind) {
                assert_eq!(
                    with(event_type, member, &value),
                    "ok",
                    "{event_type} {member} {value}"
                );
            }
        }
    }
}

#[test]
fn every_wrong_value_of_every_member_is_refused_at_its_pointer() {
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        for (member, kind, _) in members(event_type) {
            let expected = format!("invalid_field /data/{member}");
            for value in wrong(kind) {
                let verdict = with(event_type, member, &value);
                assert!(
                    verdict == expected || verdict.starts_with(&format!("{expected}/")),
                    "{event_type} {member} {value}: {verdict}"
                );
            }
        }
    }
}

#[test]
fn a_missing_member_is_named_where_it_is_required() {
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        for (member, _, required) in members(event_type) {
            let mut data = data(event_type);
            data.as_object_mut().expect("an object").remove(member);
            let expected = if required {
                format!("invalid_field /data/{member}")
            } else {
                "ok".to_owned()
            };
            assert_eq!(
                verdict(&event(event_type, &data)),
                expected,
                "{event_type} {member}"
            );
        }
    }
}

#[test]
fn an_unknown_member_is_refused_and_its_name_shown_only_if_it_can_be_no_secret() {
    let quoting = format!("a`, expected {CANARY}");
    let table = [
        ("colour", "/data/colour"),
        ("Tenant_Id", "/data/Tenant_Id"),
        ("data", "/data/data"),
        ("ip-address", "/data/ip-address"),
        (CANARY, "/data"),
        ("123456", "/data"),
        ("", "/data"),
        (quoting.as_str(), "/data"),
        ("a/b", "/data"),
        ("a~b", "/data"),
    ];
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        for (name, field) in table {
            let verdict = with(event_type, name, &json!(CANARY));
            assert_eq!(
                verdict,
                format!("invalid_field {field}"),
                "{event_type} {name}"
            );
        }
    }
    // A member of one type is unknown to another.
    assert_eq!(
        with("sms.requested.v1", "ip", &json!("192.0.2.1")),
        "invalid_field /data/ip"
    );
    assert_eq!(
        with("enrollment.policy.set.v1", "user_id", &json!("anna")),
        "invalid_field /data/user_id"
    );
}

#[test]
fn a_code_has_its_own_members() {
    let table = [
        (json!({"value": CANARY}), "/data/code/method"),
        (json!({"method": "totp"}), "/data/code/value"),
        (json!({"method": CANARY, "value": "1"}), "/data/code/method"),
        (json!({"method": "TOTP", "value": "1"}), "/data/code/method"),
        (json!({"method": null, "value": "1"}), "/data/code/method"),
        (
            json!({"method": "totp", "value": CANARY_INTEGER}),
            "/data/code/value",
        ),
        (json!({"method": "totp", "value": null}), "/data/code/value"),
        (
            json!({"method": "totp", "value": "1", "colour": CANARY}),
            "/data/code/colour",
        ),
        (
            json!({"method": "totp", "value": "1", CANARY: CANARY}),
            "/data/code",
        ),
        (json!(["totp", CANARY]), "/data/code"),
    ];
    for (code, field) in table {
        let verdict = with("login.attempted.v1", "code", &code);
        assert_eq!(verdict, format!("invalid_field {field}"), "{code}");
    }
}

#[test]
fn data_is_an_object() {
    for event_type in Event::TYPES.iter().map(|known| known.name) {
        for data in [
            json!([]),
            json!(CANARY),
            json!(CANARY_INTEGER),
            json!(null),
            json!([CANARY, {}]),
        ] {
            let verdict = verdict(&event(event_type, &data));
            assert_eq!(verdict, "invalid_field /data", "{event_type} {data}");
        }
        let mut without = event(event_type, &json!({}));
        without.as_object_mut().expect("an object").remove("data");
        assert_eq!(verdict(&without), "invalid_field /data", "{event_type}");
    }
}

#[test]
fn members_that_must_differ_or_come_together_do() {
    assert_eq!(
        with("reset.requested.v1", "admin_id", &json!("anna")),
        "invalid_field /data/admin_id"
    );
    assert_eq!(
        with("reset.user.erased.v1", "admin_id", &json!("anna")),
        "ok"
    );
    assert_eq!(
        with("profile.requested.v1", "viewer_id", &json!("anna")),
        "invalid_field /data/session_id"
    );
    let own =
        json!({"tenant_id": "north", "user_id": "anna", "viewer_id": "anna", "session_id": "s"});
    assert_eq!(verdict(&event("profile.requested.v1", &own)), "ok");
}
