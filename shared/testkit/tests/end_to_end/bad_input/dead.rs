//! The letters in a `.dead` queue, and an event that makes the worker itself fail.

use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Plan, failing};

use crate::bad_input::case::CANARY;
use crate::bad_input::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_keeps_the_ids_and_no_value() {
    let (world, operator, person) = world().await;
    let person = person.in_session("session-1");
    let event = person
        .login_by("totp", "481516")
        .with_data("remember_token", json!(CANARY))
        .with_data("mobile_number", json!("+447400123456"))
        .with_data(CANARY, json!(CANARY))
        .with("extension", json!(CANARY));
    let answer = world.crm.ask(&event).await.expect("an outcome");
    assert_eq!(answer["reason"], "invalid_field");
    let letter = operator.next(Service::Login).await.expect("a dead letter");
    let removed = "[removed]";
    assert_eq!(
        letter.event,
        json!({
            "specversion": "1.0", "id": event.id(), "source": "/crm",
            "type": "login.attempted.v1", "time": letter.event["time"], "[removed]": removed,
            "data": {
                "tenant_id": person.tenant, "user_id": person.user, "session_id": "session-1",
                "ip": removed, "code": removed, "remember_token": removed, "[removed]": removed,
            },
        })
    );
    assert!(letter.event["time"].is_string());
    let everything = format!("{}{:?}", letter.as_string(), letter.headers);
    for value in [CANARY, "481516", "7400123456", &person.ip] {
        assert!(!everything.contains(value), "{everything}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_makes_deciding_panic_is_set_aside_alone() {
    is_set_aside_alone("panic_on_decide").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_makes_a_whole_batch_panic_is_set_aside_alone() {
    is_set_aside_alone("panic_on_load").await;
}

async fn is_set_aside_alone(failpoint: &str) {
    let plan = Plan::default()
        .only(&[Service::Login, Service::Enrollment])
        .bend(failing::SETTING, failpoint);
    let mut world = plan.start().await.expect("a world");
    let operator = world.operator().await.expect("an operator");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let person = institution.person();
    let pid = world.worker(Service::Login).program().pid();
    let poison = person.in_session("panic").login();
    let good: Vec<_> = (0..20).map(|_| person.anew().login()).collect();
    // All at once, so that the poison shares its batch with others.
    let crm = &world.crm;
    let answers = futures::future::join_all(good.iter().map(|event| crm.ask(event)));
    let (bad, answers) = tokio::join!(crm.ask(&poison), answers);
    let bad = bad.expect("an outcome");
    assert_eq!(bad.kind(), "event.rejected.v1");
    assert_eq!(bad["reason"], "internal_error");
    for answer in answers {
        assert_eq!(answer.expect("an outcome")["via"], "not_required");
    }
    let letter = operator.next(Service::Login).await.expect("a dead letter");
    let reason = ("reason".to_owned(), "internal_error".to_owned());
    assert!(letter.headers.contains(&reason), "{:?}", letter.headers);
    assert_eq!(letter.event["data"]["session_id"], "panic");
    assert_eq!(operator.count(Service::Login).await.expect("a count"), 0);

    let next = crm.ask(&person.anew().login()).await;
    assert_eq!(next.expect("an outcome")["via"], "not_required");
    let worker = world.worker(Service::Login);
    assert!(
        worker.program().ended().expect("a state").is_none(),
        "it lives"
    );
    assert_eq!(worker.program().pid(), pid);
    assert_eq!(world.database.rows_of("login_log", poison.id()).await, 1);
    let dead = [("service", "login"), ("reason", "internal_error")];
    let counted = world.metric("twofactor_dead_total", &dead).await;
    assert!((counted.expect("a metric") - 1.0).abs() < f64::EPSILON);
}
