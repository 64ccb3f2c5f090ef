//! One bad message, and what the contract says that it is answered.

use serde_json::{Value, json};
use twofactor_contract::Service;
use twofactor_testkit::event::CONTENT_TYPE;
use twofactor_testkit::{CrmEvent, Letter, User};
use uuid::Uuid;

/// A value that is wrong where it stands, and must be seen nowhere afterwards.
pub const CANARY: &str = "k4n4ry-9081726354";

/// A bad message.
pub struct Case {
    /// What is wrong, for the failing test.
    pub what: String,
    /// The message.
    pub letter: Letter,
    /// Why it is refused.
    pub reason: &'static str,
    /// The JSON pointer to what is wrong, where there is one.
    pub field: Option<&'static str>,
}

impl Case {
    /// Refused as a whole.
    pub fn whole(what: &str, letter: Letter, reason: &'static str) -> Self {
        let (what, field) = (what.to_owned(), None);
        Self {
            what,
            letter,
            reason,
            field,
        }
    }

    /// Refused for one member.
    pub fn at(field: &'static str, event: &CrmEvent, reason: &'static str) -> Self {
        Self {
            what: format!("{field} of {}", event.event_type()),
            letter: event.letter(),
            reason,
            field: Some(field),
        }
    }

    /// The worker that the message reaches.
    pub fn service(&self) -> Service {
        match self.letter.routing_key().split('.').next() {
            Some("sms") => Service::Sms,
            Some("enrollment" | "profile") => Service::Enrollment,
            Some("reset") => Service::Reset,
            _ => Service::Login,
        }
    }
}

/// A message to the login worker with any body.
pub fn raw(body: impl Into<Vec<u8>>) -> Letter {
    Letter::new("login.attempted.v1", body)
        .content_type(CONTENT_TYPE)
        .correlated(&Uuid::new_v4().to_string())
}

/// A login in JSON that ends with these members of `data` besides the right ones.
pub fn login_with_text(user: &User, more: &str) -> Letter {
    let event = user.login("s").letter();
    let text = String::from_utf8(event.body().to_vec()).expect("JSON");
    raw(text.replacen(r#""ip":"#, &format!(r#"{more}, "ip":"#), 1))
}

/// What is no JSON, or JSON that the contract forbids.
pub fn malformed(user: &User) -> Vec<Case> {
    let good = user.login("s").letter();
    let text = String::from_utf8(good.body().to_vec()).expect("JSON");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let latin1 = [br#"{"id":""#.as_slice(), &[0xe4, 0xff], br#""}"#].concat();
    let twice = r#""remember_me": false, "remember_me": false"#;
    let deep = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        login_with_text(user, &format!(r#""x": {open}{close}"#))
    };
    let bodies: Vec<(&str, Letter)> = vec![
        ("nothing", raw("")),
        ("no JSON", raw(CANARY)),
        ("a list", raw("[]")),
        ("null", raw("null")),
        ("a text", raw(format!("\"{CANARY}\""))),
        ("half a message", raw(text[..text.len() / 2].to_owned())),
        ("more behind it", raw(format!("{text} {text}"))),
        ("a byte order mark", raw(format!("\u{feff}{text}"))),
        ("UTF-16", raw(utf16)),
        ("no UTF-8", raw(latin1)),
        (
            "half a surrogate",
            login_with_text(user, r#""x": "\ud800""#),
        ),
        ("NaN", login_with_text(user, r#""x": NaN"#)),
        ("infinity", login_with_text(user, r#""x": 1e999"#)),
        ("a leading zero", login_with_text(user, r#""x": 007"#)),
        (
            "a control character",
            login_with_text(user, "\"x\": \"\u{1}\""),
        ),
        ("a member twice", login_with_text(user, twice)),
        (
            "a member twice, once escaped",
            login_with_text(user, r#""x": 1, "\u0078": 1"#),
        ),
        (
            "a member twice, deep down",
            login_with_text(user, r#""x": [{"y": {"a": 1, "a": 1}}]"#),
        ),
        (
            "an attribute twice",
            raw(text.replacen('{', r#"{"specversion": "1.0", "#, 1)),
        ),
        ("33 deep", deep(31)),
        ("30,000 deep", deep(30_000)),
    ];
    let bodies = bodies.into_iter();
    bodies
        .map(|(what, letter)| Case::whole(what, letter, "malformed"))
        .chain(content_types(user))
        .chain(attributes(user))
        .collect()
}

fn content_types(user: &User) -> Vec<Case> {
    let wrong = [
        "text/plain",
        "application/json",
        "application/cloudevents-batch+json",
        "application/cloudevents+json; charset=iso-8859-1",
        "application/cloudevents+json2",
        "",
    ];
    let letter = || user.login("s").letter();
    let mut cases: Vec<Case> = wrong
        .iter()
        .map(|name| Case::whole(name, letter().content_type(name), "malformed"))
        .collect();
    let bare = Letter::new("login.attempted.v1", letter().body());
    let bare = bare.correlated(&Uuid::new_v4().to_string());
    cases.push(Case::whole("no content type", bare, "malformed"));
    cases
}

/// The same message under a correlation id of its own.
pub fn fresh(letter: &Letter) -> Letter {
    letter.clone().correlated(&Uuid::new_v4().to_string())
}

/// What CloudEvents demands of its attributes.
fn attributes(user: &User) -> Vec<Case> {
    let good = || user.login("s");
    let mut cases = Vec::new();
    for (name, field) in [
        ("id", "/id"),
        ("source", "/source"),
        ("specversion", "/specversion"),
        ("type", "/type"),
    ] {
        for wrong in [Value::Null, json!(7), json!(""), json!([CANARY])] {
            let event = good().with(name, wrong);
            cases.push(bad_attribute(field, &event));
        }
        cases.push(bad_attribute(field, &good().without(name)));
    }
    cases.push(bad_attribute(
        "/specversion",
        &good().with("specversion", json!("0.3")),
    ));
    cases.push(bad_attribute("/source", &good().from("/a b")));
    let elsewhere = good().letter().routed_by("login.attempted.v2");
    cases.push(Case {
        field: Some("/type"),
        ..Case::whole("another routing key", elsewhere, "malformed")
    });
    cases
}

/// The type may be what is wrong, so the routing key is given.
fn bad_attribute(field: &'static str, event: &CrmEvent) -> Case {
    let letter = fresh(&event.letter().routed_by("login.attempted.v1"));
    Case {
        field: Some(field),
        ..Case::whole(&format!("{field} as an attribute"), letter, "malformed")
    }
}

/// Types that nobody knows, also those that no queue is bound to.
pub fn unknown_types(user: &User) -> Vec<Case> {
    let types = [
        "login.atempted.v1",
        "login.attempted.v2",
        "logn.attempted.v1",
        "sms.request.v1",
        "enrollment.totp.begun.v1",
        "profile.asked.v1",
        "reset.wanted.v1",
        "LOGIN.ATTEMPTED.V1",
        "twofactor.login",
        "x",
    ];
    let cases = types.iter().map(|name| {
        let event = user.login("s").with("type", json!(name));
        Case::at("/type", &event, "unknown_type")
    });
    cases.collect()
}

/// Members of `data` that are missing, unknown, of a wrong type or out of range.
pub fn fields(user: &User) -> Vec<Case> {
    let good = || user.login("s");
    let code = |code: Value| good().with_data("code", code);
    let long = "x".repeat(129);
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
    let cases = cases.iter();
    cases
        .map(|(field, event)| Case::at(field, event, "invalid_field"))
        .chain(other_services(user))
        .collect()
}

fn other_services(user: &User) -> Vec<Case> {
    let policy = |days: Value| {
        CrmEvent::new(
            "enrollment.policy.set.v1",
            json!({"tenant_id": user.tenant}),
        )
        .with_data("admin_id", json!("admin"))
        .with_data("required", json!(false))
        .with_data("grace_days", days)
    };
    let mut cases: Vec<(&'static str, CrmEvent)> = [json!(91), json!(-1), json!(1.5), json!("7")]
        .into_iter()
        .map(|days| ("/data/grace_days", policy(days)))
        .collect();
    let reset = |more: Value| user.event("reset.requested.v1", more);
    let long = "x".repeat(501);
    let many: Vec<String> = (0..501).map(|number| number.to_string()).collect();
    let list = |users: Value| {
        let data = json!({"tenant_id": user.tenant, "viewer_id": "admin", "user_ids": users});
        CrmEvent::new("profile.list.requested.v1", data)
    };
    cases.extend([
        (
            "/data/required",
            policy(json!(7)).with_data("required", json!("true")),
        ),
        ("/data/user_ids", list(json!([]))),
        ("/data/user_ids", list(json!(many))),
        ("/data/user_ids", list(json!([CANARY, 7]))),
        (
            "/data/session_id",
            user.event("sms.requested.v1", json!({})),
        ),
        (
            "/data/reason",
            reset(json!({"admin_id": "a", "reason": ""})),
        ),
        (
            "/data/reason",
            reset(json!({"admin_id": "a", "reason": long})),
        ),
        ("/data/reason", reset(json!({"admin_id": "a"}))),
        (
            "/data/admin_id",
            reset(json!({"admin_id": user.user, "reason": "me"})),
        ),
        (
            "/data/session_id",
            user.event("profile.requested.v1", json!({"viewer_id": user.user})),
        ),
        (
            "/data/method",
            user.event(
                "enrollment.method.reset.v1",
                json!({"session_id": "s", "method": "backup"}),
            ),
        ),
        (
            "/data/account",
            user.event(
                "enrollment.totp.started.v1",
                json!({"session_id": "s", "account": "a:b"}),
            ),
        ),
        (
            "/data/region",
            user.event(
                "enrollment.sms.started.v1",
                json!({"session_id": "s", "mobile_number": "07400123456", "region": "gb"}),
            ),
        ),
        (
            "/data/until",
            user.event(
                "enrollment.exempted.v1",
                json!({"admin_id": "a", "reason": "b", "until": "2199-01-01T00:00:00Z"}),
            ),
        ),
    ]);
    let cases = cases.iter();
    cases
        .map(|(field, event)| Case::at(field, event, "invalid_field"))
        .collect()
}

/// Times that are none, or none that the contract takes.
pub fn times(user: &User) -> Vec<Case> {
    let ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60);
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
        .map(|time| {
            Case::at(
                "/time",
                &user.login("s").with("time", time),
                "invalid_field",
            )
        })
        .collect();
    let none = user.login("s").without("time");
    cases.push(Case::at("/time", &none, "invalid_field"));
    cases
}

/// Members that are named like a password, at any depth and also beside `data`.
pub fn passwords(user: &User) -> Vec<Case> {
    let good = || user.login("s");
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

/// Messages over the limit, whatever else is wrong with them.
pub fn too_large(user: &User) -> Vec<Case> {
    let over = || padded(&user.login("s"), 64 * 1024 + 1);
    vec![
        Case::whole("one byte over", over(), "too_large"),
        Case::whole(
            "and of a wrong type",
            over().content_type("a/b"),
            "too_large",
        ),
        Case::whole("no JSON either", raw(vec![b'x'; 100_000]), "too_large"),
    ]
}

/// The event as a message of exactly so many bytes, by an attribute that nobody knows.
pub fn padded(event: &CrmEvent, size: usize) -> Letter {
    let empty = event
        .clone()
        .with("comment", json!(""))
        .letter()
        .body()
        .len();
    let letter = event
        .clone()
        .with("comment", json!("x".repeat(size - empty)));
    let letter = letter.letter();
    assert_eq!(letter.body().len(), size);
    letter
}
