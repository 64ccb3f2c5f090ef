//! A worker is killed at every place in the path of an event and started again: the first outcome
//! comes again, and nothing is done twice.
//!
//! Each test has a world of its own and kills with SIGKILL, as a power cut would.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::authenticator::Authenticator;
use twofactor_testkit::user::{expect, institution};
use twofactor_testkit::{Crm, CrmEvent, Fault, Outcome, Plan, ReplyPath, Role, User, World};

/// Where a worker dies that decides in one transaction.
const PLACES: [&str; 3] = ["before_commit", "after_commit", "before_ack"];
/// No text was sent to the user for longer than the throttle asks.
const THROTTLED: Duration = Duration::from_secs(301);
const DIES_WITHIN: Duration = Duration::from_secs(20);

/// A world without that worker, and a CRM that waits as long as a crash takes.
async fn world_without(service: Service) -> (World, Crm) {
    let others: Vec<Service> = Service::ALL
        .into_iter()
        .filter(|other| *other != service && *other != Service::Sms)
        .collect();
    let world = Plan::default()
        .only(&others)
        .start()
        .await
        .expect("a world");
    let crm = Crm::connect(&world.vhost.url("crm")).await.expect("a CRM");
    (world, crm.patient_for(Duration::from_secs(40)))
}

/// Starts a worker that will kill itself at that place.
fn doom(world: &mut World, service: Service, place: &str) -> usize {
    let settings = [("TWOFACTOR_TESTING", "1"), ("TWOFACTOR_FAILPOINT", place)];
    world.start_worker(service, &settings).expect("it starts")
}

/// Waits until that worker has killed itself.
async fn dies(world: &mut World, worker: usize) {
    let program = world.workers[worker].program();
    let status = program.ends_within(DIES_WITHIN).await.expect("it dies");
    assert_eq!(status.signal(), Some(9), "{}", world.workers[worker].log());
}

/// What was on record of the event, and how often it was broadcast, when the worker had died.
struct Wreck {
    rows: i64,
    broadcasts: usize,
}

/// Sends the event to a worker that dies at that place; then a sound one is started and stays.
async fn survive(
    world: &mut World,
    crm: &Crm,
    service: Service,
    place: &str,
    event: &CrmEvent,
) -> (Outcome, Wreck) {
    let doomed = doom(world, service, place);
    world.workers[doomed].ready().await.expect("ready");
    let letter = event.letter();
    let path = ReplyPath::Queue;
    let asking = crm.ask_by(&letter, &path);
    let crashing = async {
        dies(world, doomed).await;
        let log = format!("{}_log", service.name());
        let wreck = Wreck {
            rows: world.database.rows_of(&log, event.id()).await,
            broadcasts: world.observer.copies(event.outcome_id()).len(),
        };
        let sound = world.add_worker(service, &[]).await.expect("a sound copy");
        (sound, wreck)
    };
    let (outcome, (sound, wreck)) = tokio::join!(asking, crashing);
    let outcome = outcome.expect("an outcome after the crash");
    is_first_outcome_again(world, crm, service, event, &outcome).await;
    let ended = world.workers[sound].terminate().await.expect("it ends");
    assert!(ended.success());
    (outcome, wreck)
}

/// Asks once more: the very same outcome, one row of the trail, equal broadcasts.
async fn is_first_outcome_again(
    world: &World,
    crm: &Crm,
    service: Service,
    event: &CrmEvent,
    outcome: &Outcome,
) {
    let again = crm.ask(&event.again()).await.expect("an outcome again");
    assert_eq!(again.event, outcome.event);
    assert_eq!(outcome.id(), Some(event.outcome_id()));
    let log = format!("{}_log", service.name());
    assert_eq!(world.database.rows_of(&log, event.id()).await, 1);
    let broadcast = world.observer.wait_for(event.outcome_id()).await;
    let broadcast = broadcast.expect("a broadcast");
    for copy in world.observer.copies(event.outcome_id()) {
        assert_eq!(copy.bytes, broadcast.bytes, "every copy is the same");
    }
}

/// Nothing is on record before the commit, one row after it.
fn died_where_it_should(place: &str, wreck: &Wreck) {
    assert_eq!(wreck.rows, i64::from(place != "before_commit"), "{place}");
    if place != "before_ack" {
        assert_eq!(wreck.broadcasts, 0, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_accepted_once_wherever_its_worker_dies() {
    let (mut world, crm) = world_without(Service::Login).await;
    let tenant = institution(&crm, true).await.expect("a policy");
    for place in PLACES {
        let mut user = User::of(&tenant);
        user.set_up_app(&crm, "set-up").await.expect("an app");
        let event = user
            .login_by_app(&User::session(), 0)
            .with_data("remember_me", json!(true));
        let (outcome, wreck) = survive(&mut world, &crm, Service::Login, place, &event).await;
        died_where_it_should(place, &wreck);
        let outcome = expect(outcome, "login.accepted.v1").expect("accepted");
        assert_eq!(outcome["via"], "totp");
        assert!(outcome.has("remember_token"), "{place}");
        let sql = "select count(*) from twofactor.browsers where user_id = $1";
        assert_eq!(world.database.count(sql, &[&user.user]).await, 1, "{place}");

        let sound = world.add_worker(Service::Login, &[]).await.expect("a copy");
        let code = event.data()["code"]["value"].as_str().unwrap_or_default();
        let reused = user.login_with(&User::session(), "totp", code);
        let reused = crm.ask(&reused).await.expect("an outcome");
        assert_eq!(reused["reason"], "code_used", "{place}");
        world.workers[sound].terminate().await.expect("it ends");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_set_of_backup_codes_is_given_out_wherever_the_worker_dies() {
    let (mut world, crm) = world_without(Service::Enrollment).await;
    let sound = world
        .add_worker(Service::Enrollment, &[])
        .await
        .expect("it");
    let tenant = institution(&crm, true).await.expect("a policy");
    let mut confirmations = Vec::new();
    for place in PLACES {
        let user = User::of(&tenant);
        let session = json!({"session_id": "set-up", "account": "anna@example.org"});
        let pending = crm
            .ask(&user.event("enrollment.totp.started.v1", session))
            .await;
        let pending = pending.expect("a pending set-up");
        let app = Authenticator::from_uri(pending.str("otpauth_uri")).expect("an app");
        confirmations.push((place, user, app));
    }
    world.workers[sound].terminate().await.expect("it ends");
    for (place, user, app) in confirmations {
        let now = jiff::Timestamp::now();
        let code = json!({"session_id": "set-up", "code": app.code_at(now)});
        let event = user.event("enrollment.totp.confirmed.v1", code).at(now);
        let (outcome, wreck) = survive(&mut world, &crm, Service::Enrollment, place, &event).await;
        died_where_it_should(place, &wreck);
        let outcome = expect(outcome, "enrollment.completed.v1").expect("completed");
        let codes = outcome.list("backup_codes");
        assert_eq!(codes.len(), 10, "{place}");
        for (code, left) in [(codes[0], 9), (codes[9], 8)] {
            let login = user.login_with(&User::session(), "backup", code);
            let login = crm.ask(&login).await.expect("an outcome");
            assert_eq!(
                login["backup_codes_left"],
                left,
                "{place}: {}",
                login.text()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_tells_what_it_removed_wherever_its_worker_dies() {
    let (mut world, crm) = world_without(Service::Reset).await;
    let tenant = institution(&crm, true).await.expect("a policy");
    for place in PLACES {
        let mut user = User::of(&tenant);
        user.set_up_app(&crm, "set-up").await.expect("an app");
        let event = user.event(
            "reset.requested.v1",
            json!({"admin_id": "admin", "reason": "lost the phone"}),
        );
        let (outcome, wreck) = survive(&mut world, &crm, Service::Reset, place, &event).await;
        died_where_it_should(place, &wreck);
        let outcome = expect(outcome, "reset.completed.v1").expect("completed");
        assert_eq!(outcome.list("removed"), ["totp", "backup_codes"], "{place}");
        let login = crm.ask(&user.login(&User::session())).await;
        assert_eq!(login.expect("an outcome")["next"], "set_up", "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_throttled_is_told_so_wherever_its_worker_dies() {
    let (mut world, crm) = world_without(Service::Sms).await;
    let tenant = institution(&crm, true).await.expect("a policy");
    let (mut user, number) = (User::of(&tenant), User::some_number());
    let set_up = user.set_up_number(&crm, &world.sms, "set-up", &number);
    set_up.await.expect("a number");
    for place in PLACES {
        let event = user.event("sms.requested.v1", json!({"session_id": "s"}));
        let (outcome, wreck) = survive(&mut world, &crm, Service::Sms, place, &event).await;
        died_where_it_should(place, &wreck);
        assert_eq!(outcome.kind(), "sms.throttled.v1", "{place}");
    }
    assert_eq!(texts(&world, &number).await, 1, "that of the set-up alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_called_once_wherever_the_sms_worker_dies() {
    let (mut world, crm) = world_without(Service::Sms).await;
    let tenant = institution(&crm, true).await.expect("a policy");
    // The text, where one went out, is the second after that of the set-up.
    let places = [
        (vec!["after_commit"], 1),
        (vec!["before_provider"], 1),
        (vec!["after_provider"], 2),
        (vec!["after_provider", "after_commit", "before_ack"], 2),
    ];
    for (places, sent) in places {
        let (mut user, number) = (User::of(&tenant), User::some_number());
        let set_up = user.set_up_number(&crm, &world.sms, "set-up", &number);
        set_up.await.expect("a number");
        world.database.let_pass(THROTTLED).await;
        let session = User::session();
        let event = user.event("sms.requested.v1", json!({"session_id": session}));
        let outcome = die_in_turn(&mut world, &crm, Service::Sms, &places, &event).await;
        let outcome = expect(outcome, "sms.sent.v1").expect("it counts as sent");
        assert_eq!(outcome["delivery"], "unknown", "{places:?}");
        assert_eq!(outcome["billed_to"], "system");
        assert_eq!(texts(&world, &number).await, sent, "{places:?}");
        assert_eq!(calls_on_record(&world, &event).await, ["unknown"]);

        let sound = world.add_worker(Service::Sms, &[]).await.expect("a copy");
        let more = user.event("sms.requested.v1", json!({"session_id": session}));
        let more = crm.ask(&more).await.expect("an outcome");
        assert_eq!(more.kind(), "sms.throttled.v1", "the slot is taken");
        world.workers[sound].terminate().await.expect("it ends");
        if sent == 2 {
            let text = world.sms.newest_to(&number).await.expect("the text");
            let login = user.login_with(&session, "sms", text.code());
            let login = crm.ask(&login).await.expect("an outcome");
            assert_eq!(login["via"], "sms", "the code is good: {}", login.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_called_once_wherever_the_enrollment_worker_dies() {
    let (mut world, crm) = world_without(Service::Enrollment).await;
    let sound = world
        .add_worker(Service::Enrollment, &[])
        .await
        .expect("it");
    let tenant = institution(&crm, true).await.expect("a policy");
    world.workers[sound].terminate().await.expect("it ends");
    let places = [
        (vec!["before_provider"], 0),
        (vec!["after_provider"], 1),
        (vec!["after_provider", "after_commit", "before_ack"], 1),
    ];
    for (places, sent) in places {
        let (user, number) = (User::of(&tenant), User::some_number());
        let event = user.event(
            "enrollment.sms.started.v1",
            json!({"session_id": "set-up", "mobile_number": number}),
        );
        let outcome = die_in_turn(&mut world, &crm, Service::Enrollment, &places, &event).await;
        let outcome = expect(outcome, "enrollment.pending.v1").expect("it counts as sent");
        assert_eq!(outcome["delivery"], "unknown", "{places:?}");
        assert_eq!(texts(&world, &number).await, sent, "{places:?}");
        assert_eq!(calls_on_record(&world, &event).await, ["unknown"]);
        if sent == 1 {
            let sound = world
                .add_worker(Service::Enrollment, &[])
                .await
                .expect("it");
            let text = world.sms.newest_to(&number).await.expect("the text");
            let code = json!({"session_id": "set-up", "code": text.code()});
            let done = crm
                .ask(&user.event("enrollment.sms.confirmed.v1", code))
                .await;
            expect(done.expect("an outcome"), "enrollment.completed.v1").expect("a good code");
            world.workers[sound].terminate().await.expect("it ends");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_while_the_provider_is_silent_never_calls_again() {
    let (mut world, crm) = world_without(Service::Sms).await;
    let tenant = institution(&crm, true).await.expect("a policy");
    let (mut user, number) = (User::of(&tenant), User::some_number());
    let set_up = user.set_up_number(&crm, &world.sms, "set-up", &number);
    set_up.await.expect("a number");
    world.database.let_pass(THROTTLED).await;
    world.sms.set_fault(Fault::Hang).await.expect("a fault");
    let first = world.add_worker(Service::Sms, &[]).await.expect("a worker");
    let event = user.event("sms.requested.v1", json!({"session_id": "s"}));
    let crashing = async {
        world.sms.wait_for(&number, 2).await.expect("it was taken");
        world.workers[first].kill();
        world.sms.set_fault(Fault::None).await.expect("no fault");
        world.add_worker(Service::Sms, &[]).await.expect("a worker")
    };
    let (outcome, _) = tokio::join!(crm.ask(&event), crashing);
    let outcome = expect(outcome.expect("an outcome"), "sms.sent.v1").expect("sent");
    assert_eq!(outcome["delivery"], "unknown");
    is_first_outcome_again(&world, &crm, Service::Sms, &event, &outcome).await;
    assert_eq!(texts(&world, &number).await, 2);
    assert_eq!(calls_on_record(&world, &event).await, ["unknown"]);
}

/// Sends the event to a worker that dies at the first place; the next copy at the next one; a
/// sound copy answers.
async fn die_in_turn(
    world: &mut World,
    crm: &Crm,
    service: Service,
    places: &[&str],
    event: &CrmEvent,
) -> Outcome {
    let (first, more) = places.split_first().expect("a place");
    let doomed = doom(world, service, first);
    world.workers[doomed].ready().await.expect("ready");
    let crashing = async {
        dies(world, doomed).await;
        for place in more {
            let doomed = doom(world, service, place);
            dies(world, doomed).await;
        }
        world.add_worker(service, &[]).await.expect("a sound copy")
    };
    let letter = event.letter();
    let path = ReplyPath::Queue;
    let (outcome, sound) = tokio::join!(crm.ask_by(&letter, &path), crashing);
    let outcome = outcome.expect("an outcome after the crash");
    is_first_outcome_again(world, crm, service, event, &outcome).await;
    world.workers[sound].terminate().await.expect("it ends");
    outcome
}

async fn texts(world: &World, number: &str) -> usize {
    world.sms.texts_to(number).await.expect("the inbox").len()
}

/// The results of the calls of the provider that are on record for an event.
async fn calls_on_record(world: &World, event: &CrmEvent) -> Vec<String> {
    let client = world.database.connect(Role::Auditor).await;
    let sql = "select result from audit.text_log where event_id = $1 order by seq";
    let rows = client.query(sql, &[&event.id()]).await.expect("the trail");
    rows.iter().map(|row| row.get(0)).collect()
}
