//! A worker is killed at every place in the path of an event and started again: the first outcome
//! comes again, and nothing is done twice.
//!
//! Each test has a world of its own and kills with SIGKILL, as a power cut would.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{
    Crm, CrmEvent, Fault, Institution, Outcome, Person, Plan, ReplyPath, Role, THROTTLE, World,
    environment, failing,
};

/// The places at which a worker dies that decides in one transaction.
const PLACES: [&str; 3] = ["before_commit", "after_commit", "before_ack"];
const DIES_WITHIN: Duration = Duration::from_secs(20);

/// Returns a world without that worker, and a CRM that waits as long as a crash takes.
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
    let crm = world.patient_crm(Duration::from_secs(40)).await;
    (world, crm.expect("a CRM"))
}

/// Starts a worker that will kill itself at that place.
fn doom(world: &mut World, service: Service, place: &str) -> usize {
    let settings = [("TWOFACTOR_TESTING", "1"), (failing::SETTING, place)];
    world.start_worker(service, &settings).expect("it starts")
}

#[test]
fn what_ships_has_no_failpoint() {
    let holds = |program: &str, words: &str| {
        let path = environment::binary_folder().join(program);
        let bytes = std::fs::read(path).expect("a program");
        let mut windows = bytes.windows(words.len());
        windows.any(|window| window == words.as_bytes())
    };
    let words = [
        failing::SETTING,
        "panic_on_decide",
        "a failpoint was reached",
    ];
    for words in words {
        assert!(holds(failing::PROGRAM, words), "{words} is searched for");
        for service in Service::ALL {
            let program = format!("twofactor-{}", service.name());
            assert!(!holds(&program, words), "{program} has {words}");
        }
    }
}

/// Waits until that worker has killed itself.
async fn dies(world: &mut World, worker: usize) {
    let program = world.workers[worker].program();
    let status = program.ends_within(DIES_WITHIN).await.expect("it dies");
    assert_eq!(status.signal(), Some(9), "{}", world.workers[worker].log());
}

/// The rows about the event, and the count of its broadcasts, after the worker had died.
struct Wreck {
    rows: i64,
    broadcasts: usize,
}

/// Sends the event to a worker that dies at that place; then starts one without a failpoint.
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

/// Asks once more and expects the very same outcome, one row of the trail, equal broadcasts.
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

/// Checks that there is no row before the commit, and one row after it.
fn died_where_it_should(place: &str, wreck: &Wreck) {
    assert_eq!(wreck.rows, i64::from(place != "before_commit"), "{place}");
    if place != "before_ack" {
        assert_eq!(wreck.broadcasts, 0, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_accepted_once_wherever_its_worker_dies() {
    let (mut world, crm) = world_without(Service::Login).await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    for place in PLACES {
        let person = institution.person();
        let (app, _) = person.set_up_totp(&crm).await.expect("an app");
        let event = person
            .anew()
            .login_by_app(&app, 0)
            .with_data("remember_me", json!(true));
        let (outcome, wreck) = survive(&mut world, &crm, Service::Login, place, &event).await;
        died_where_it_should(place, &wreck);
        let outcome = outcome.of_kind("login.accepted.v1").expect("accepted");
        assert_eq!(outcome["via"], "totp");
        assert!(outcome.has("remember_token"), "{place}");
        let sql = "select count(*) from twofactor.browsers where user_id = $1";
        assert_eq!(
            world.database.count(sql, &[&person.user]).await,
            1,
            "{place}"
        );

        let sound = world.add_worker(Service::Login, &[]).await.expect("a copy");
        let code = event.data()["code"]["value"].as_str().unwrap_or_default();
        let reused = person.anew().login_by("totp", code);
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
    let institution = Institution::strict(&crm).await.expect("a policy");
    let mut confirmations = Vec::new();
    for place in PLACES {
        let person = institution.person();
        let app = person.scan_picture(&crm).await.expect("an app");
        confirmations.push((place, person, app));
    }
    world.workers[sound].terminate().await.expect("it ends");
    for (place, person, app) in confirmations {
        let now = jiff::Timestamp::now();
        let event = person.confirm_totp(&app.code_at(now)).at(now);
        let (outcome, wreck) = survive(&mut world, &crm, Service::Enrollment, place, &event).await;
        died_where_it_should(place, &wreck);
        let outcome = outcome.of_kind("enrollment.completed.v1");
        let outcome = outcome.expect("completed");
        let codes = outcome.list("backup_codes");
        assert_eq!(codes.len(), 10, "{place}");
        for (code, left) in [(codes[0], 9), (codes[9], 8)] {
            let login = person.anew().login_by("backup", code);
            let login = crm.ask(&login).await.expect("an outcome");
            assert_eq!(
                login["backup_codes_left"],
                left,
                "{place}: {}",
                login.as_string()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_tells_what_it_removed_wherever_its_worker_dies() {
    let (mut world, crm) = world_without(Service::Reset).await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    for place in PLACES {
        let person = institution.person();
        person.set_up_totp(&crm).await.expect("an app");
        let event = person.reset("lost the phone");
        let (outcome, wreck) = survive(&mut world, &crm, Service::Reset, place, &event).await;
        died_where_it_should(place, &wreck);
        let outcome = outcome.of_kind("reset.completed.v1").expect("completed");
        assert_eq!(outcome.list("removed"), ["totp", "backup_codes"], "{place}");
        let login = crm.ask(&person.anew().login()).await;
        assert_eq!(login.expect("an outcome")["next"], "set_up", "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_request_is_answered_so_wherever_its_worker_dies() {
    let (mut world, crm) = world_without(Service::Sms).await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    let person = person_with_number(&world, &crm, &institution).await;
    for place in PLACES {
        let event = person.anew().request_text();
        let (outcome, wreck) = survive(&mut world, &crm, Service::Sms, place, &event).await;
        died_where_it_should(place, &wreck);
        assert_eq!(outcome.kind(), "sms.throttled.v1", "{place}");
    }
    let texts = texts(&world, &person).await;
    assert_eq!(texts, 1, "that of the set-up alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_is_called_once_wherever_the_sms_worker_dies() {
    let (mut world, crm) = world_without(Service::Sms).await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    // The text, where one went out, is the second after that of the set-up.
    let places = [
        (vec!["after_commit"], 1),
        (vec!["before_provider"], 1),
        (vec!["after_provider"], 2),
        (vec!["after_provider", "after_commit", "before_ack"], 2),
    ];
    for (places, sent) in places {
        let person = person_with_number(&world, &crm, &institution).await;
        world.database.let_pass(THROTTLE).await;
        let person = person.anew();
        let event = person.request_text();
        let outcome = die_in_turn(&mut world, &crm, Service::Sms, &places, &event).await;
        let outcome = outcome.of_kind("sms.sent.v1").expect("it counts as sent");
        assert_eq!(outcome["delivery"], "unknown", "{places:?}");
        assert_eq!(outcome["billed_to"], "system");
        assert_eq!(texts(&world, &person).await, sent, "{places:?}");
        assert_eq!(calls_on_record(&world, &event).await, ["unknown"]);

        let sound = world.add_worker(Service::Sms, &[]).await.expect("a copy");
        let more = crm.ask(&person.request_text()).await.expect("an outcome");
        assert_eq!(more.kind(), "sms.throttled.v1", "the slot is taken");
        world.workers[sound].terminate().await.expect("it ends");
        if sent == 2 {
            let text = world.sms.newest_to(&person.number).await.expect("the text");
            let login = person.login_by("sms", text.code());
            let login = crm.ask(&login).await.expect("an outcome");
            assert_eq!(
                login["via"],
                "sms",
                "the code is good: {}",
                login.as_string()
            );
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
    let institution = Institution::strict(&crm).await.expect("a policy");
    world.workers[sound].terminate().await.expect("it ends");
    let places = [
        (vec!["before_provider"], 0),
        (vec!["after_provider"], 1),
        (vec!["after_provider", "after_commit", "before_ack"], 1),
    ];
    for (places, sent) in places {
        let person = institution.person();
        let event = person.start_sms();
        let outcome = die_in_turn(&mut world, &crm, Service::Enrollment, &places, &event).await;
        let outcome = outcome.of_kind("enrollment.pending.v1");
        let outcome = outcome.expect("it counts as sent");
        assert_eq!(outcome["delivery"], "unknown", "{places:?}");
        assert_eq!(texts(&world, &person).await, sent, "{places:?}");
        assert_eq!(calls_on_record(&world, &event).await, ["unknown"]);
        if sent == 1 {
            let sound = world
                .add_worker(Service::Enrollment, &[])
                .await
                .expect("it");
            let text = world.sms.newest_to(&person.number).await.expect("the text");
            let confirmed = person.confirm_sms(text.code());
            let done = crm.ask_for(&confirmed, "enrollment.completed.v1").await;
            done.expect("a good code");
            world.workers[sound].terminate().await.expect("it ends");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_while_the_provider_is_silent_never_calls_again() {
    let (mut world, crm) = world_without(Service::Sms).await;
    let institution = Institution::strict(&crm).await.expect("a policy");
    let person = person_with_number(&world, &crm, &institution).await;
    world.database.let_pass(THROTTLE).await;
    world.sms.set_fault(Fault::Hang).await.expect("a fault");
    let first = world.add_worker(Service::Sms, &[]).await.expect("a worker");
    let event = person.anew().request_text();
    let crashing = async {
        let taken = world.sms.wait_for(&person.number, 2).await;
        taken.expect("it was taken");
        world.workers[first].kill();
        world.sms.set_fault(Fault::None).await.expect("no fault");
        world.add_worker(Service::Sms, &[]).await.expect("a worker")
    };
    let (outcome, _) = tokio::join!(crm.ask_for(&event, "sms.sent.v1"), crashing);
    let outcome = outcome.expect("sent");
    assert_eq!(outcome["delivery"], "unknown");
    is_first_outcome_again(&world, &crm, Service::Sms, &event, &outcome).await;
    assert_eq!(texts(&world, &person).await, 2);
    assert_eq!(calls_on_record(&world, &event).await, ["unknown"]);
}

/// Sends the event to a worker that dies at the first place; the next copy dies at the next one; a
/// copy without a failpoint answers.
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

/// Returns a person whose number was just set up.
async fn person_with_number(world: &World, crm: &Crm, institution: &Institution) -> Person {
    let person = institution.person();
    let set_up = person.set_up_sms(crm, &world.sms).await;
    set_up.expect("a number");
    person
}

async fn texts(world: &World, person: &Person) -> usize {
    let texts = world.sms.texts_to(&person.number).await;
    texts.expect("the inbox").len()
}

/// Returns the results of the calls of the provider that are on record for an event.
async fn calls_on_record(world: &World, event: &CrmEvent) -> Vec<String> {
    let client = world.database.connect(Role::Auditor).await;
    let sql = "select result from audit.text_log where event_id = $1 order by seq";
    let rows = client.query(sql, &[&event.id()]).await.expect("the trail");
    rows.iter().map(|row| row.get(0)).collect()
}
