//! Every alert, fired by a real fault.
//!
//! The rules are the product's own, hurried. Between the faults the test waits for Prometheus
//! alone.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::block_in_place;
use tokio_postgres::{Client, NoTls};
use twofactor_contract::Service;
use twofactor_stack::part::Part;
use twofactor_stack::{
    database, directory, environment as stack_environment, postgres, rabbitmq, workers,
};
use twofactor_testkit::rabbitmqctl;
use twofactor_testkit::{CrmEvent, FullQueue, Institution, Person, Worker, environment};

use crate::alerts::alerts;
use crate::live::Live;
use crate::second_copy::show_to_prometheus;
use crate::traffic;

/// Enough for every floor of events: 50 codes, more than 80 wrong ones, more than 20 resets.
const CROWD: usize = 60;
const WRONG_CODES_EACH: usize = 2;
/// People whose events fail: 3 at least.
const LOCKED_OUT: usize = 4;
/// Texts: more than four times the 50 that count as usual.
const TEXTS: usize = 260;
/// Messages that wait: more than 1000.
const BACKLOG: usize = 1200;
/// Events during the outage: 50 at least, and under 100.
const DURING_OUTAGE: usize = 60;
/// Refused messages: more than a queue that holds one takes.
const REFUSED: usize = 5;
/// Half of them are with the copy that dies: at least 50.
const WITH_DEAD_COPY: usize = 200;
const RESET: Part = Part::Worker {
    name: "reset",
    copy: 1,
};

/// The alerts that a fault must fire.
type Alerts = &'static [&'static str];

/// Causes every fault. It waits together for faults that do not hide one another.
pub async fn all_are_seen(live: &mut Live) {
    let institution = Institution::strict(&live.crm).await.expect("a policy");
    let crowd: Vec<Person> = (0..CROWD).map(|_| institution.person()).collect();
    let mut left: BTreeSet<String> = alerts().into_keys().collect();

    let since = Instant::now();
    let wrong = publishers_and_provider_fail(live).await;
    let sealed = a_key_is_made_current_too_early(live, &institution).await;
    let lean = phones_lean(live, &crowd).await;
    fire(live, since, &[CERTIFICATES, wrong, sealed, lean], &mut left).await;

    let since = Instant::now();
    let guessed = somebody_guesses(live, &crowd).await;
    let pumped = texts_are_pumped(live, &institution).await;
    fire(live, since, &[guessed, pumped], &mut left).await;

    others_are_in_trouble(live, &institution, &mut left).await;

    let since = Instant::now();
    let turned_away = the_crm_loses_its_way(live, &crowd).await;
    let (out_of_time, holds_locks) = the_database_has_its_own_time(live).await;
    let stuck = a_set_up_waits_for(&holds_locks, live, &crowd[0]).await;
    fire(live, since, &[turned_away, out_of_time, stuck], &mut left).await;
    drop(holds_locks);
    live.until_all_consume().await;

    the_database_is_away(live, &institution, &mut left).await;

    let since = Instant::now();
    let again = a_copy_dies(live, &institution).await;
    let stopped = a_worker_is_stopped(live, &institution).await;
    let (dropped, _without_key) = a_key_is_dropped_too_early(live).await;
    fire(live, since, &[again, stopped, dropped], &mut left).await;

    the_broker_fails(live, &crowd, &mut left).await;
    assert!(left.is_empty(), "nothing provokes {left:?}");
}

/// Waits until these have fired since their faults began, and takes them off the list.
async fn fire(live: &Live, since: Instant, faults: &[Alerts], left: &mut BTreeSet<String>) {
    let names = faults.concat();
    let silent = live.until_all_fired(&names, since).await;
    assert!(
        silent.is_empty(),
        "these do not see their fault: {silent:?}"
    );
    left.retain(|name| !names.contains(&name.as_str()));
}

/// The second copy's broker shows a certificate that ends in two days.
const CERTIFICATES: Alerts = &[
    "TwofactorCertificateExpiring",
    "TwofactorCertificateNearlyExpired",
];

async fn publishers_and_provider_fail(live: &Live) -> Alerts {
    let sent = traffic::send_nonsense(&live.crm).await;
    sent.expect("sent");
    let lost = traffic::lose_texts(&live.crm, &live.sms).await;
    lost.expect("reported");
    &["TwofactorDeadLetters", "TwofactorProviderFailing"]
}

/// Rotates the keys before every worker has the new one: values sealed under it cannot be opened.
async fn a_key_is_made_current_too_early(live: &Live, institution: &Institution) -> Alerts {
    let people: Vec<Person> = (0..LOCKED_OUT).map(|_| institution.person()).collect();
    set_up(live, &people).await;
    block_in_place(|| rotate(live));
    let codes = people
        .iter()
        .map(|person| person.anew().login_by("totp", "000000"));
    ask_all(live, codes.collect()).await;
    &["TwofactorEventsFailing"]
}

async fn set_up(live: &Live, people: &[Person]) {
    let apps = people.iter().map(|person| person.set_up_totp(&live.crm));
    try_join_all(apps).await.expect("apps");
}

/// Writes a keyring in which a later key is current; returns its path.
fn later_keyring(live: &Live, name: &str, keeps_the_old: bool) -> PathBuf {
    let stack = live.stack.directory();
    let kept = std::fs::read(stack.path("keyring.json")).expect("a keyring");
    let mut keyring: Value = serde_json::from_slice(&kept).expect("JSON");
    if !keeps_the_old {
        keyring["keys"] = json!({});
    }
    keyring["current"] = "later".into();
    keyring["keys"]["later"] = data_encoding::BASE64.encode(&[7; 32]).into();
    let path = stack.path(name);
    directory::write_private(&path, keyring.to_string().as_bytes()).expect("written");
    path
}

/// Starts a copy whose keyring lacks the key under which the others still seal.
async fn a_key_is_dropped_too_early(live: &Live) -> (Alerts, Worker) {
    let folder = live.stack.directory();
    let settings = live.stack.settings();
    let keyring = later_keyring(live, "dropped.json", false);
    let own = [
        ("AMQP_URL", rabbitmq::url(settings, "sms")),
        ("DATABASE_URL", database::url(settings, "twofactor_sms")),
        ("KEYRING_FILE", keyring.display().to_string()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    let mut all = workers::shared_settings(folder, settings);
    all.extend(own);
    let all: Vec<(String, String)> = all.into_iter().collect();
    let log = folder.log_file("without-key");
    let mut worker = Worker::spawn(Service::Sms, &log, &all).expect("it starts");
    worker.ready().await.expect("it is ready");
    show_to_prometheus(&live.stack, &worker);
    (&["TwofactorKeyMissing"], worker)
}

fn rotate(live: &Live) {
    let path = later_keyring(live, "later.json", true);
    let stack = live.stack.directory();
    let settings = stack_environment::variables(stack, live.stack.settings());
    let ran = Command::new(environment::binary_folder().join("twofactor-ctl"))
        .args(["keys", "rotate", "--yes"])
        .env_clear()
        .envs(settings)
        .env("KEYRING_FILE", path)
        .output();
    let ran = ran.expect("the programs are built");
    assert!(ran.status.success(), "{ran:?}");
}

/// Logs in people whose set-ups used the codes of the step before.
async fn phones_lean(live: &Live, crowd: &[Person]) -> Alerts {
    set_up(live, crowd).await;
    &["TwofactorPhonesLean"]
}

async fn somebody_guesses(live: &Live, crowd: &[Person]) -> Alerts {
    let guesses = (0..WRONG_CODES_EACH).flat_map(|_| crowd);
    let guesses = guesses.map(|person| person.anew().login_by("totp", "000000"));
    ask_all(live, guesses.collect()).await;
    &["TwofactorWrongCodeSurge", "TwofactorAcceptedShareFallen"]
}

async fn texts_are_pumped(live: &Live, institution: &Institution) -> Alerts {
    let texts = (0..TEXTS).map(|_| institution.person().start_sms());
    ask_all(live, texts.collect()).await;
    &["TwofactorTextsFarAboveUsual", "TwofactorTextsUnused"]
}

/// An observer does not read its queue, an operator limits a dead queue, and a message comes that
/// breaks connections.
async fn others_are_in_trouble(
    live: &Live,
    institution: &Institution,
    left: &mut BTreeSet<String>,
) {
    let since = Instant::now();
    let observer = rabbitmq::url(live.stack.settings(), "observer");
    let full = FullQueue::declare(&observer, "observer.full").await;
    let full = full.expect("an observer may have queues");
    full.observe_everything().await.expect("and bind them");
    block_in_place(|| rabbitmqctl::limit_dead_letters(&live.stack));
    for _ in 0..REFUSED {
        traffic::send_nonsense(&live.crm).await.expect("sent");
    }
    let unreadable = institution.person().login();
    let sent = traffic::send_unreadable(&live.crm, &unreadable).await;
    sent.expect("the broker does not mind");
    let troubles: Alerts = &[
        "TwofactorBroadcastsDeclined",
        "TwofactorDeadLettersLost",
        "TwofactorDeliveryIsolated",
    ];
    fire(live, since, &[troubles], left).await;
    full.delete().await.expect("it is there");
    block_in_place(|| rabbitmqctl::limit_dead_letters_no_more(&live.stack));
}

/// An administrator resets everybody, the CRM's clock is a minute behind, and answers find
/// no queue.
async fn the_crm_loses_its_way(live: &Live, crowd: &[Person]) -> Alerts {
    let resets = crowd.iter().map(|person| person.reset("lost the phone"));
    ask_all(live, resets.collect()).await;
    let behind = Timestamp::now() - SignedDuration::from_mins(1);
    let late = crowd.iter().map(|person| person.anew().login().at(behind));
    ask_all(live, late.collect()).await;
    for person in crowd {
        let gone = traffic::in_vain(&live.crm, &person.anew().login()).await;
        gone.expect("sent");
    }
    &[
        "TwofactorResetsFarAboveUsual",
        "TwofactorEventsLate",
        "TwofactorRepliesUnroutable",
    ]
}

async fn ask_all(live: &Live, events: Vec<CrmEvent>) {
    let asked = try_join_all(events.iter().map(|event| live.crm.ask(event)));
    asked.await.expect("answered");
}

/// One worker finds the database's clock eight seconds ahead; and the trail waits for its seal,
/// because somebody holds the lock for sealing.
async fn the_database_has_its_own_time(live: &Live) -> (Alerts, Client) {
    let client = superuser(live).await;
    let sql = "
        select pg_advisory_lock(7631468, 2);
        update audit.login_log set recorded_at = recorded_at - interval '20 minutes'
            where seq > (select coalesce(max(to_seq), 0) from audit.seals);
        create schema skewed;
        grant usage on schema skewed to public;
        create function skewed.clock_timestamp() returns timestamptz language sql as
            $$ select pg_catalog.clock_timestamp() + interval '8 seconds' $$;
        alter role twofactor_sms set search_path = skewed, pg_catalog;
        select pg_terminate_backend(pid) from pg_stat_activity where usename = 'twofactor_sms'";
    client.batch_execute(sql).await.expect("a superuser may");
    (&["TwofactorSealOld", "TwofactorClockSkew"], client)
}

/// Somebody's transaction is open and holds rows that a set-up has to change.
async fn a_set_up_waits_for(client: &Client, live: &Live, person: &Person) -> Alerts {
    let sql = "begin; select from twofactor.users for update";
    client.batch_execute(sql).await.expect("nobody else does");
    tell_all(live, vec![person.start_sms()]).await;
    &["TwofactorEventsStuck"]
}

async fn superuser(live: &Live) -> Client {
    let url = database::url(live.stack.settings(), postgres::SUPERUSER);
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("it runs");
    tokio::spawn(connection);
    client
}

/// The database stops while events come. Each copy decides one of them meanwhile, and few come
/// besides, so that these are the slowest hundredth.
async fn the_database_is_away(live: &Live, institution: &Institution, left: &mut BTreeSet<String>) {
    let since = Instant::now();
    block_in_place(|| live.stack.stop(Part::Postgres)).expect("it stops");
    tell_logins(live, institution, DURING_OUTAGE).await;
    fire(live, since, &[&["TwofactorNotConsuming"]], left).await;
    block_in_place(|| live.stack.start(Part::Postgres)).expect("it starts");
    fire(live, since, &[&["TwofactorSlowDecisions"]], left).await;
}

/// One of two copies stops with its half of the events, and dies.
async fn a_copy_dies(live: &mut Live, institution: &Institution) -> Alerts {
    live.second_copy.freeze();
    tell_logins(live, institution, WITH_DEAD_COPY).await;
    live.second_copy.kill();
    &["TwofactorRedeliveries"]
}

async fn tell_logins(live: &Live, institution: &Institution, count: usize) {
    let logins = (0..count).map(|_| institution.person().login());
    tell_all(live, logins.collect()).await;
}

async fn tell_all(live: &Live, events: Vec<CrmEvent>) {
    let told = try_join_all(events.iter().map(|event| live.crm.tell(event)));
    told.await.expect("the broker takes them");
}

async fn a_worker_is_stopped(live: &Live, institution: &Institution) -> Alerts {
    assert!(block_in_place(|| live.stack.stop(RESET)).expect("it stops"));
    let resets = (0..BACKLOG).map(|_| institution.person().reset("a backlog"));
    tell_all(live, resets.collect()).await;
    &[
        "TwofactorWorkerAbsent",
        "TwofactorWorkerDown",
        "TwofactorQueueGrowing",
    ]
}

async fn the_broker_fails(live: &Live, crowd: &[Person], left: &mut BTreeSet<String>) {
    let since = Instant::now();
    let lock = superuser(live).await;
    a_set_up_waits_for(&lock, live, &crowd[1]).await;
    block_in_place(|| rabbitmqctl::demand_more_disk_than_there_is(&live.stack));
    let short: Alerts = &["TwofactorBrokerAlarm", "TwofactorBrokerDiskLow"];
    fire(live, since, &[short], left).await;
    // A connection is blocked once something is published on it. That of the CRM would be, so the
    // event waits at the worker already.
    drop(lock);
    fire(live, since, &[&["TwofactorBrokerBlocked"]], left).await;
    let since = Instant::now();
    assert!(block_in_place(|| live.stack.kill(Part::RabbitMq)).expect("it ends"));
    fire(live, since, &[&["TwofactorBrokerNotScraped"]], left).await;
}
