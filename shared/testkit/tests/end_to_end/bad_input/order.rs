//! The order of the checks: if two of them fail, the first one decides the answer.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::person::ADMIN;
use twofactor_testkit::{CrmEvent, Institution, Letter, Person, ReplyPath, World};
use uuid::Uuid;

use crate::bad_input::case::{self, Case};
use crate::bad_input::{broadcast_of, is_refused, world};

fn hours_ago(hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(hours)
}

/// Makes a case that is refused for one member.
fn at(field: &'static str, what: &str, letter: Letter, reason: &'static str) -> Case {
    Case {
        field: Some(field),
        ..Case::whole(what, letter, reason)
    }
}

/// Returns messages for which two checks fail, the first of them one of the message itself.
fn about_the_message(person: &Person, first: &str) -> Vec<Case> {
    let good = || person.login();
    let misspelt = good().with("type", json!("login.atempted.v1"));
    vec![
        Case::whole(
            "1 before 2",
            case::fresh(&case::padded(&good(), 64 * 1024 + 1)).routed_by("login.x.v1"),
            "too_large",
        ),
        at(
            "/type",
            "2 before 3",
            misspelt.letter().routed_by("login.attempted.v1"),
            "malformed",
        ),
        Case::whole(
            "2 before 4",
            case::login_with_text(person, r#""password": 1, "password": 1"#),
            "malformed",
        ),
        at(
            "/type",
            "3 before 4",
            misspelt.with("password", json!("x")).letter(),
            "unknown_type",
        ),
        at(
            "/data/ip",
            "4 before 6",
            good().under(first).with_data("ip", json!("x")).letter(),
            "invalid_field",
        ),
        at(
            "/data/password",
            "4 before 7",
            good()
                .with_data("password", json!(1))
                .at(hours_ago(200))
                .letter(),
            "invalid_field",
        ),
    ]
}

/// Returns messages for which two checks fail, the first of them one that needs the state or a
/// clock.
fn about_the_state(person: &Person, first: &str) -> Vec<Case> {
    let good = || person.login();
    let elsewhere = Institution::unheard_of().person();
    vec![
        at(
            "/id",
            "6 before 7",
            good().under(first).at(hours_ago(200)).letter(),
            "id_conflict",
        ),
        at(
            "/id",
            "6 before 8",
            elsewhere.login().under(first).letter(),
            "id_conflict",
        ),
        at(
            "/time",
            "7 before 8",
            elsewhere.login().at(hours_ago(200)).letter(),
            "too_old",
        ),
        at(
            "/data/tenant_id",
            "8 before what is stale",
            elsewhere.login().at(hours_ago(1)).letter(),
            "unknown_tenant",
        ),
        at(
            "/time",
            "7 alone",
            good().at(hours_ago(169)).letter(),
            "too_old",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_checks_that_fail_the_first_one_decides_the_answer() {
    let (world, operator, person) = world().await;
    let first = person.login();
    let answer = world.crm.ask(&first).await.expect("an outcome");
    assert_eq!(answer.kind(), "login.accepted.v1");
    let cases = about_the_message(&person, first.id()).into_iter();
    for case in cases.chain(about_the_state(&person, first.id())) {
        is_refused(&world, &operator, &person, &case).await;
    }
    let stale = world
        .crm
        .ask(&person.login().at(hours_ago(167)))
        .await
        .expect("an outcome");
    assert_eq!(stale["reason"], "stale_event");
    assert_eq!(stale["next"], "try_again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_for_the_reply_is_asked_for_after_the_fields_and_before_the_id() {
    let (world, operator, person) = world().await;
    let remembering = || person.login().with_data("remember_me", json!(true));
    let known = remembering();
    let answer = world.crm.ask(&known).await.expect("an outcome");
    assert_eq!(answer.kind(), "login.accepted.v1", "{}", answer.as_string());

    let wrong = remembering().with_data("ip", json!("x"));
    refused_by_broadcast(&world, &wrong, "invalid_field").await;
    let ahead = Timestamp::now() + SignedDuration::from_mins(5);
    refused_by_broadcast(&world, &remembering().at(ahead), "invalid_field").await;
    refused_by_broadcast(&world, &remembering(), "reply_to_required").await;
    // A duplicate as well: the id comes after.
    refused_by_broadcast(&world, &known, "reply_to_required").await;
    let other = remembering().under(known.id());
    refused_by_broadcast(&world, &other, "reply_to_required").await;
    let old = remembering().at(hours_ago(200));
    refused_by_broadcast(&world, &old, "reply_to_required").await;
    let events = [
        person.start_totp(),
        person.confirm_totp("123456"),
        person.confirm_sms("abcdef"),
        person.request_backup_codes(),
        person.profile_for(ADMIN),
    ];
    for event in events {
        refused_by_broadcast(&world, &event, "reply_to_required").await;
        let letter = operator.next(Service::Enrollment).await;
        letter.expect("a dead letter");
    }
}

/// Sends it without a `reply_to`; only the broadcast has the reason of the refusal.
async fn refused_by_broadcast(world: &World, event: &CrmEvent, reason: &str) {
    // Refusals of the same bytes are one; a comment makes the bytes this message's own.
    let event = event
        .again()
        .with("comment", json!(Uuid::new_v4().to_string()));
    let answer = broadcast_of(world, &event.letter(), &ReplyPath::None).await;
    assert_eq!(answer.kind(), "event.rejected.v1", "{}", answer.as_string());
    assert_eq!(answer["reason"], reason, "{}", answer.as_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_occupy_the_id_and_the_same_bytes_are_a_duplicate() {
    let (world, operator, _) = world().await;
    let early = Institution::unheard_of().person().in_session("s");
    let event = early.login();
    let refused = world.crm.ask(&event).await.expect("an outcome");
    assert_eq!(refused["reason"], "unknown_tenant");
    let again = world.crm.ask(&event.again()).await.expect("an outcome");
    assert_eq!(again.event, refused.event, "the same refusal");
    assert_eq!(world.database.rows_of("login_log", event.id()).await, 1);
    let service = Service::Login;
    operator.next(service).await.expect("a dead letter");
    assert_eq!(
        operator.count(service).await.expect("a count"),
        0,
        "one only"
    );

    let policy = early.institution().set_policy(&world.crm, false, 0).await;
    policy.expect("a policy");
    let taken = world.crm.ask(&event.again()).await.expect("an outcome");
    assert_eq!(taken["via"], "not_required", "the id was free");
    let repeated = world.crm.ask(&event.again()).await.expect("an outcome");
    assert_eq!(repeated.event, taken.event);

    // As JSON values they are the same, though the bytes differ.
    let body = String::from_utf8(event.letter().body().to_vec()).expect("JSON");
    let spaced = body.replace("\":", "\" : ").replace("\"s\"", "\"\\u0073\"");
    let spaced = world
        .crm
        .ask_by(&case::raw(spaced), &ReplyPath::Direct)
        .await;
    assert_eq!(spaced.expect("an outcome").event, taken.event);
    let another = event.with_data("session_id", json!("another"));
    let another = world.crm.ask(&another).await.expect("an outcome");
    assert_eq!(another["reason"], "id_conflict");
}
