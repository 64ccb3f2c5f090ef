//! One bad message, and its answer by the contract.

use serde_json::{Value, json};
use twofactor_contract::Service;
use twofactor_testkit::event::CONTENT_TYPE;
use twofactor_testkit::{CrmEvent, Letter, Person};
use uuid::Uuid;

/// A value that is wrong in its place, and must be seen nowhere afterwards.
pub const CANARY: &str = "k4n4ry-9081726354";

/// A bad message.
pub struct Case {
    /// The name of the fault, for the failing test.
    pub what: String,
    /// The message.
    pub letter: Letter,
    /// The reason of the refusal.
    pub reason: &'static str,
    /// The JSON pointer to what is wrong, where there is one.
    pub field: Option<&'static str>,
}

impl Case {
    /// Makes a case that is refused as a whole.
    pub fn whole(what: &str, letter: Letter, reason: &'static str) -> Self {
        let what = what.to_owned();
        let field = None;
        Self {
            what,
            letter,
            reason,
            field,
        }
    }

    /// Makes a case that is refused for one member.
    pub fn at(field: &'static str, event: &CrmEvent, reason: &'static str) -> Self {
        Self {
            what: format!("{field} of {}", event.event_type()),
            letter: event.letter(),
            reason,
            field: Some(field),
        }
    }

    /// Returns the worker that the message reaches.
    pub fn service(&self) -> Service {
        match self.letter.routing_key().split('.').next() {
            Some("sms") => Service::Sms,
            Some("enrollment" | "profile") => Service::Enrollment,
            Some("reset") => Service::Reset,
            _ => Service::Login,
        }
    }
}

/// Returns a message to the login worker with any body.
pub fn raw(body: impl Into<Vec<u8>>) -> Letter {
    Letter::new("login.attempted.v1", body)
        .content_type(CONTENT_TYPE)
        .correlated(&Uuid::new_v4().to_string())
}

/// Returns a login in JSON that ends with these members of `data` besides the right ones.
pub fn login_with_text(person: &Person, more: &str) -> Letter {
    let event = person.login().letter();
    let body = String::from_utf8(event.body().to_vec()).expect("JSON");
    raw(body.replacen(r#""ip":"#, &format!(r#"{more}, "ip":"#), 1))
}

/// Returns messages that are no JSON, or JSON that the contract forbids.
pub fn malformed(person: &Person) -> Vec<Case> {
    let good = person.login().letter();
    let body = String::from_utf8(good.body().to_vec()).expect("JSON");
    let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let latin1 = [br#"{"id":""#.as_slice(), &[0xe4, 0xff], br#""}"#].concat();
    let twice = r#""remember_me": false, "remember_me": false"#;
    let deep = |depth: usize| {
        let open = "[".repeat(depth);
        let close = "]".repeat(depth);
        login_with_text(person, &format!(r#""x": {open}{close}"#))
    };
    let bodies: Vec<(&str, Letter)> = vec![
        ("nothing", raw("")),
        ("no JSON", raw(CANARY)),
        ("a list", raw("[]")),
        ("null", raw("null")),
        ("a text", raw(format!("\"{CANARY}\""))),
        ("half a message", raw(body[..body.len() / 2].to_owned())),
        ("more behind it", raw(format!("{body} {body}"))),
        ("a byte order mark", raw(format!("\u{feff}{body}"))),
        ("UTF-16", raw(utf16)),
        ("no UTF-8", raw(latin1)),
        (
            "half a surrogate",
            login_with_text(person, r#""x": "\ud800""#),
        ),
        ("NaN", login_with_text(person, r#""x": NaN"#)),
        ("infinity", login_with_text(person, r#""x": 1e999"#)),
        ("a leading zero", login_with_text(person, r#""x": 007"#)),
        (
            "a control character",
            login_with_text(person, "\"x\": \"\u{1}\""),
        ),
        ("a member twice", login_with_text(person, twice)),
        (
            "a member twice, once escaped",
            login_with_text(person, r#""x": 1, "\u0078": 1"#),
        ),
        (
            "a member twice, deep down",
            login_with_text(person, r#""x": [{"y": {"a": 1, "a": 1}}]"#),
        ),
        (
            "an attribute twice",
            raw(body.replacen('{', r#"{"specversion": "1.0", "#, 1)),
        ),
        ("33 deep", deep(31)),
        ("30,000 deep", deep(30_000)),
    ];
    let bodies = bodies.into_iter();
    bodies
        .map(|(what, letter)| Case::whole(what, letter, "malformed"))
        .chain(content_types(person))
        .chain(attributes(person))
        .collect()
}

fn content_types(person: &Person) -> Vec<Case> {
    let wrong = [
        "text/plain",
        "application/json",
        "application/cloudevents-batch+json",
        "application/cloudevents+json; charset=iso-8859-1",
        "application/cloudevents+json2",
        "",
    ];
    let letter = || person.login().letter();
    let mut cases: Vec<Case> = wrong
        .iter()
        .map(|name| Case::whole(name, letter().content_type(name), "malformed"))
        .collect();
    let bare = Letter::new("login.attempted.v1", letter().body());
    let bare = bare.correlated(&Uuid::new_v4().to_string());
    cases.push(Case::whole("no content type", bare, "malformed"));
    cases
}

/// Returns the same message under a correlation id of its own.
pub fn fresh(letter: &Letter) -> Letter {
    letter.clone().correlated(&Uuid::new_v4().to_string())
}

/// Returns messages that break what CloudEvents demands of its attributes.
fn attributes(person: &Person) -> Vec<Case> {
    let good = || person.login();
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

/// Makes a case with a routing key, since the type may be wrong.
fn bad_attribute(field: &'static str, event: &CrmEvent) -> Case {
    let letter = fresh(&event.letter().routed_by("login.attempted.v1"));
    Case {
        field: Some(field),
        ..Case::whole(&format!("{field} as an attribute"), letter, "malformed")
    }
}

/// Returns unknown types, also those that no queue is bound to.
pub fn unknown_types(person: &Person) -> Vec<Case> {
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
        let event = person.login().with("type", json!(name));
        Case::at("/type", &event, "unknown_type")
    });
    cases.collect()
}

/// Returns messages over the limit, with or without other faults.
pub fn too_large(person: &Person) -> Vec<Case> {
    let over = || padded(&person.login(), 64 * 1024 + 1);
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

/// Returns the event as a message of exactly so many bytes, by an attribute that nobody knows.
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
