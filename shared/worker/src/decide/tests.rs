//! A batch in memory: repeats, refusals and held texts, without broker or database.

use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::message::Delivery;
use serde_json::{Value, json};
use twofactor_contract::{AdminId, RefusalReason, TenantId};
use twofactor_rules::Keyring;
use twofactor_rules::policy::Policy;

use super::*;

const NOW: &str = "2026-11-24T10:00:00Z";

fn keys() -> Keys {
    let text = r#"{"current": "k", "keys": {"k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;
    let keyring = Keyring::parse(text).expect("a keyring");
    let hash_key = keyring.new_hash_key(&mut crate::chance::rng());
    Keys::new(keyring, &hash_key).expect("keys")
}

fn draft() -> Draft {
    let now: Timestamp = NOW.parse().expect("a moment");
    let mut draft = Draft::new(now);
    let policy = Policy {
        required: true,
        grace_days: 0,
        required_since: Some(now),
        set_by: AdminId::parse("admin").expect("an id"),
        set_at: now,
    };
    draft
        .state
        .policies
        .insert(TenantId::parse("north").expect("an id"), policy);
    draft
}

fn message(service: Service, event_type: &str, data: &Value) -> Received {
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/crm", "type": event_type, "time": NOW,
        "data": data,
    });
    received(service, event_type, event.to_string().into_bytes())
}

fn received(service: Service, routing_key: &str, body: Vec<u8>) -> Received {
    let mut delivery = Delivery::mock(1, "crm.auth".into(), routing_key.into(), false, body);
    delivery.properties = BasicProperties::default()
        .with_content_type("application/cloudevents+json".into())
        .with_reply_to("crm.reply.1".into())
        .with_correlation_id("c-1".into());
    Received::new(service, delivery, None)
}

fn login() -> Received {
    let data = json!({
        "tenant_id": "north", "user_id": "u", "session_id": "s", "ip": "192.0.2.1",
    });
    message(Service::Login, "login.attempted.v1", &data)
}

fn set_up() -> Received {
    let data = json!({
        "tenant_id": "north", "user_id": "u", "session_id": "s", "mobile_number": "+447400123456",
    });
    message(Service::Enrollment, "enrollment.sms.started.v1", &data)
}

fn redelivered(mut message: Received) -> Received {
    message.redelivered = true;
    message
}

fn answered(answer: ProviderAnswer) -> Received {
    let mut message = set_up();
    message.answered = Some(answer);
    message
}

fn decide_all(service: Service, messages: &[&Received], draft: &mut Draft) -> Vec<Step> {
    let keys = keys();
    let limits = Limits::default();
    let in_flight = InFlight::default();
    let rng = &mut crate::chance::rng();
    let mut decider = BatchDecider::new(service, &keys, &limits, &in_flight, "twilio", rng);
    messages
        .iter()
        .map(|message| match decider.decide(message, draft) {
            Ok(step) => step,
            Err(refusal) => decider.refuse(message, &refusal, draft),
        })
        .collect()
}

fn decided(decider: &mut BatchDecider<'_>, message: &Received, draft: &mut Draft) -> Step {
    let step = decider.decide(message, draft);
    step.unwrap_or_else(|refusal| panic!("it is refused: {refusal:?}"))
}

fn published(step: Step) -> Outgoing {
    match step {
        Step::Publish(outgoing) => *outgoing,
        Step::Send(_) => panic!("it is sent"),
        Step::Later => panic!("it is put off"),
        Step::Fail => panic!("it failed"),
    }
}

#[test]
fn an_equal_event_later_in_the_batch_is_a_repeat() {
    let steps = decide_all(Service::Login, &[&login(), &login()], &mut draft());
    let [first, again]: [Outgoing; 2] = steps
        .into_iter()
        .map(published)
        .collect::<Vec<_>>()
        .try_into()
        .expect("two");
    assert_eq!(first.outcome_type, "login.challenged.v1");
    assert_eq!((first.id, &first.public), (again.id, &again.public));
    assert!(first.tally.is_some() && again.tally.is_none());
    assert_eq!(again.correlation_id.expect("an id").as_str(), "c-1");
}

#[test]
fn refused_bytes_are_set_aside_once_unless_they_may_have_been_lost() {
    let bytes = || received(Service::Login, "login.attempted.v1", b"{".to_vec());
    let lost = redelivered(bytes());
    let steps = decide_all(Service::Login, &[&bytes(), &bytes(), &lost], &mut draft());
    let all: Vec<Outgoing> = steps.into_iter().map(published).collect();
    assert!(all.iter().all(|one| one.public == all[0].public));
    let dead: Vec<bool> = all.iter().map(|one| one.dead.is_some()).collect();
    assert_eq!(dead, [true, false, true]);
    let reason = all[0].dead.as_ref().map(|dead| dead.reason);
    assert_eq!(reason, Some(RefusalReason::Malformed));
}

#[test]
fn an_event_with_a_held_text_waits_for_the_answer_and_is_settled_once() {
    let keys = keys();
    let limits = Limits::default();
    let in_flight = InFlight::default();
    let rng = &mut crate::chance::rng();
    let mut draft = draft();
    let mut decider = BatchDecider::new(
        Service::Enrollment,
        &keys,
        &limits,
        &in_flight,
        "twilio",
        rng,
    );

    let held = decided(&mut decider, &set_up(), &mut draft);
    assert!(matches!(held, Step::Send(_)));
    // The same event in the same batch, also where the broker says that it came before.
    let twin = redelivered(set_up());
    let twin = decided(&mut decider, &twin, &mut draft);
    assert!(matches!(twin, Step::Later));

    let accepted = || answered(ProviderAnswer::Accepted { provider_ref: None });
    let first = published(decided(&mut decider, &accepted(), &mut draft));
    assert_eq!(first.outcome_type, "enrollment.pending.v1");
    let call = first
        .tally
        .as_ref()
        .and_then(|tally| tally.text.as_ref())
        .expect("a call");
    assert_eq!((call.result, call.country.as_str()), ("accepted", "GB"));
    let again = published(decided(&mut decider, &accepted(), &mut draft));
    assert_eq!(first.public, again.public);
    assert!(again.tally.is_none());
}

#[test]
fn a_hold_that_nobody_sends_any_more_is_settled_as_unknown() {
    let keys = keys();
    let limits = Limits::default();
    let in_flight = InFlight::default();
    let mut draft = draft();
    let rng = &mut crate::chance::rng();
    let mut decider = BatchDecider::new(
        Service::Enrollment,
        &keys,
        &limits,
        &in_flight,
        "twilio",
        rng,
    );
    decided(&mut decider, &set_up(), &mut draft);

    let again = redelivered(set_up());
    let mut decider = BatchDecider::new(
        Service::Enrollment,
        &keys,
        &limits,
        &in_flight,
        "twilio",
        rng,
    );
    let outgoing = published(decided(&mut decider, &again, &mut draft));
    let outcome: Value = serde_json::from_str(&outgoing.public).expect("JSON");
    assert_eq!(outcome["data"]["delivery"], "unknown");

    in_flight.begin(again.outcome_id().expect("an id"));
    assert!(!in_flight.is_empty());
}

#[test]
fn what_cannot_be_settled_fails() {
    let unheld = answered(ProviderAnswer::Unknown);
    let steps = decide_all(Service::Enrollment, &[&unheld], &mut draft());
    assert!(matches!(steps[0], Step::Fail));
}
