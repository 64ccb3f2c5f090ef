//! If two checks fail, the earlier one is answered: each neighbouring pair of the list.

use serde_json::{Value, json};
use twofactor_contract::{EventId, MAX_BYTES, Source, TenantId, UserId};

use crate::samples::{Sample, login, login_with};

struct Pair {
    what: &'static str,
    sample: Sample,
    expected: &'static str,
}

fn pair(what: &'static str, sample: Sample, expected: &'static str) -> Pair {
    Pair {
        what,
        sample,
        expected,
    }
}

fn sample_of(event: &Value) -> Sample {
    Sample::of(event)
}

fn with_routing_key(mut sample: Sample, routing_key: &str) -> Sample {
    routing_key.clone_into(&mut sample.routing_key);
    sample
}

fn with_reply_to(mut sample: Sample, reply_to: &str) -> Sample {
    sample.reply_to = Some(reply_to.to_owned());
    sample
}

fn without_content_type(mut sample: Sample) -> Sample {
    sample.content_type = None;
    sample
}

fn two_wrong_attributes() -> Value {
    let mut event = login_with("specversion", "0.3".into());
    event["id"] = 7.into();
    event
}

fn nameless_and_unknown() -> Value {
    let mut event = login_with("type", "x.v1".into());
    event["source"] = Value::Null;
    event
}

fn unknown_with_password() -> Value {
    let mut event = login_with("type", "x.v1".into());
    event["password"] = "x".into();
    event
}

fn unknown_without_data() -> Value {
    let mut event = login_with("type", "x.v1".into());
    event["data"] = json!([]);
    event
}

/// Makes one message for each neighbouring pair of checks, in which both fail.
fn neighbours() -> [Pair; 11] {
    let big = vec![b'{'; MAX_BYTES + 1];
    let twice_and_wrong = r#"{"specversion": 1, "specversion": 1}"#;
    let password_and_no_time = {
        let mut event = login_with("time", Value::Null);
        event["data"]["password"] = "x".into();
        event
    };
    [
        pair(
            "1 before 2",
            sample_of(&login()).with_body(big),
            "too_large",
        ),
        pair(
            "JSON before attributes",
            sample_of(&login()).with_body(twice_and_wrong),
            "malformed",
        ),
        pair(
            "content type before attributes",
            without_content_type(sample_of(&two_wrong_attributes())),
            "malformed",
        ),
        pair(
            "specversion before id",
            sample_of(&two_wrong_attributes()),
            "malformed /specversion",
        ),
        pair(
            "attributes before type",
            sample_of(&nameless_and_unknown()),
            "malformed /source",
        ),
        pair(
            "2 before 3: routing key",
            with_routing_key(sample_of(&login_with("type", "x.v1".into())), "y.v1"),
            "malformed /type",
        ),
        pair(
            "2 before 4: routing key",
            with_routing_key(sample_of(&login_with("time", Value::Null)), "y.v1"),
            "malformed /type",
        ),
        pair(
            "3 before 4: password",
            sample_of(&unknown_with_password()),
            "unknown_type /type",
        ),
        pair(
            "3 before 4: data",
            sample_of(&unknown_without_data()),
            "unknown_type /type",
        ),
        pair(
            "3 before 4: reply_to",
            with_reply_to(
                sample_of(&login_with("type", "x.v1".into())),
                "twofactor.login",
            ),
            "unknown_type /type",
        ),
        pair(
            "password before time",
            sample_of(&password_and_no_time),
            "invalid_field /data/password",
        ),
    ]
}

#[test]
fn the_earlier_check_is_answered() {
    for Pair {
        what,
        sample,
        expected,
    } in neighbours()
    {
        assert_eq!(sample.verdict(), expected, "{what}");
    }
}

#[test]
fn a_refusal_is_answered_to_an_allowed_queue_alone() {
    let wrong = login_with("time", Value::Null);
    let reply_to = |sample: &Sample| {
        let refused = sample.read().expect_err("refused");
        refused.reply_to.map(|queue| queue.as_str().to_owned())
    };
    assert_eq!(reply_to(&sample_of(&wrong)).as_deref(), Some("crm.reply.1"));
    let foreign = with_reply_to(sample_of(&wrong), "twofactor.login");
    assert_eq!(reply_to(&foreign), None);
    let no_json = sample_of(&login()).with_body("{");
    assert_eq!(reply_to(&no_json).as_deref(), Some("crm.reply.1"));
}

#[test]
fn what_could_be_read_is_kept_for_the_trail() {
    let refused = sample_of(&login_with("time", "soon".into()))
        .read()
        .expect_err("refused");
    let seen = &refused.audit;
    assert_eq!(seen.id.as_ref().map(EventId::as_str), Some("018f-1"));
    assert_eq!(seen.source.as_ref().map(Source::as_str), Some("/crm"));
    assert_eq!(seen.event_type.as_deref(), Some("login.attempted.v1"));
    assert_eq!(seen.tenant_id.as_ref().map(TenantId::as_str), Some("north"));
    assert_eq!(seen.user_id.as_ref().map(UserId::as_str), Some("anna"));
    assert_eq!(seen.time, None);
}
