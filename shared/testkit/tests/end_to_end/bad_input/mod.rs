//! Every kind of bad input: answered as the contract says, set aside without its values, and the
//! next good event is answered at once.

mod case;
mod dead;
mod members;
mod order;
mod reply;
mod spelling;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use twofactor_contract::{Service, dead_letter};
use twofactor_testkit::{DeadLetters, Institution, Letter, Outcome, Person, ReplyPath, World};
use uuid::Uuid;

use case::{CANARY, Case};

/// The time that the next good event may take after a bad one, on a machine that compiles beside it.
const AT_ONCE: Duration = Duration::from_secs(15);

/// Returns a world with all workers, an operator, and a person whom a policy without requirements
/// lets in.
async fn world() -> (World, DeadLetters, Person) {
    let world = World::start().await.expect("a world");
    let operator = world.operator().await.expect("an operator");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let person = institution.person().in_session("s");
    (world, operator, person)
}

/// Sends a letter with the `reply_to` of that path; returns its broadcast.
async fn broadcast_of(world: &World, letter: &Letter, path: &ReplyPath) -> Arc<Outcome> {
    let id = letter.expected_under().expect("a correlation id");
    world.crm.send(letter, path).await.expect("published");
    let what = format!("of the letter to {path:?}");
    let answer = world.observer.wait_until(&what, |outcome| {
        outcome.correlation_id.as_deref() == Some(id)
    });
    answer.await.expect("a broadcast")
}

/// Sends a bad message, and checks its answer, its dead letter and the next good event.
async fn is_refused(world: &World, operator: &DeadLetters, person: &Person, case: &Case) {
    let what = &case.what;
    let answer = world.crm.ask_by(&case.letter, &ReplyPath::Direct).await;
    let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(
        answer.kind(),
        "event.rejected.v1",
        "{what}: {}",
        answer.as_string()
    );
    assert_eq!(
        answer["reason"],
        case.reason,
        "{what}: {}",
        answer.as_string()
    );
    assert_eq!(
        answer["field"].as_str(),
        case.field,
        "{what}: {}",
        answer.as_string()
    );
    assert!(
        !answer.as_string().contains(CANARY),
        "{what}: {}",
        answer.as_string()
    );
    let service = case.service();
    assert_eq!(answer.attribute("source"), service.source(), "{what}");

    let letter = operator.next(service).await;
    let letter = letter.unwrap_or_else(|error| panic!("{what}: {error}"));
    is_set_aside(case, &answer, &letter);

    let next = Instant::now();
    let good = world.crm.ask(&person.anew().login()).await;
    let good = good.unwrap_or_else(|error| panic!("after {what}: {error}"));
    assert_eq!(good["via"], "not_required", "after {what}");
    assert!(
        next.elapsed() < AT_ONCE,
        "after {what}: {:?}",
        next.elapsed()
    );
}

fn is_set_aside(case: &Case, answer: &Outcome, letter: &Outcome) {
    let what = &case.what;
    let header = |name: &str| {
        let mut headers = letter.headers.iter();
        headers
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(header("reason"), Some(case.reason), "{what}");
    // A name that the type does not know is in the reply, never in the letter.
    let of_type = header("event_type");
    let field = case.field.map(|field| dead_letter::pointer(field, of_type));
    assert_eq!(header("field"), field.as_deref(), "{what}");
    assert_eq!(header("outcome_id"), Some(answer.attribute("id")), "{what}");
    assert!(letter.is_persistent, "{what}");
    let everything = format!("{}{:?}", letter.as_string(), letter.headers);
    assert!(!everything.contains(CANARY), "{what}: {everything}");
    if letter.event.get("sha256").is_some() {
        assert_eq!(letter.event["length"], case.letter.body().len(), "{what}");
        let name = format!(
            "sha256:{}",
            letter.event["sha256"].as_str().unwrap_or_default()
        );
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
        assert_eq!(answer.id(), Some(id), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_message_is_refused_and_the_next_good_one_is_answered() {
    let (world, operator, person) = world().await;
    let kinds: [fn(&Person) -> Vec<Case>; 6] = [
        case::malformed,
        case::unknown_types,
        members::fields,
        members::times,
        members::passwords,
        case::too_large,
    ];
    // Each kind is made when its turn comes: a made event ages, and a stale one is another case.
    for cases in kinds {
        for case in &cases(&person) {
            is_refused(&world, &operator, &person, case).await;
        }
    }
    for service in Service::ALL {
        assert_eq!(operator.count(service).await.expect("a count"), 0);
    }
    let logs = world.logs();
    assert!(!logs.contains(CANARY), "a value is in the log");
    assert!(!world.observer.everything().contains(CANARY));
    let client = world.database.connect_superuser().await;
    for table in ["login_log", "sms_log", "enrollment_log", "reset_log"] {
        let sql = format!("select count(*) from audit.{table} t where t::text like $1");
        let pattern = format!("%{CANARY}%");
        let row = client.query_one(&sql, &[&pattern]).await.expect("a count");
        assert_eq!(row.get::<_, i64>(0), 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_just_within_the_limits_is_taken() {
    let (world, operator, person) = world().await;
    let login = || person.anew().login();
    let good = login().letter();
    let charset = |name: &str| case::fresh(&good).content_type(name);
    let longest = "x".repeat(128);
    let letters = [
        case::padded(&login(), 64 * 1024),
        charset("application/cloudevents+json; charset=utf-8"),
        charset("application/cloudevents+json;charset=\"UTF-8\""),
        charset("Application/CloudEvents+JSON"),
        login().with("extension", json!({"a": [1]})).letter(),
        login().with_data("session_id", json!(longest)).letter(),
        login()
            .with_data("session_id", json!("a.b_c:d@e+f-g"))
            .letter(),
        login().with_data("ip", json!("::ffff:192.0.2.1")).letter(),
        login().with_data("ip", json!("2001:db8::1")).letter(),
        login().under(&longest).letter(),
        login().from("https://crm.example.org/tenants#1").letter(),
        login()
            .with("traceparent", json!("no trace context"))
            .letter(),
    ];
    for letter in &letters {
        let body = String::from_utf8_lossy(letter.body()).into_owned();
        let shown = &body[..body.len().min(300)];
        // The same bytes under other properties are a duplicate, and still answered.
        let answer = world.crm.ask_by(letter, &ReplyPath::Direct).await;
        let answer = answer.unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(
            answer.kind(),
            "login.accepted.v1",
            "{shown}: {}",
            answer.as_string()
        );
    }
    assert_eq!(operator.count(Service::Login).await.expect("a count"), 0);
}
