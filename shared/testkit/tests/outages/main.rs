//! The database or the broker goes away under load and comes back, or every worker is restarted on
//! a later schema: everything is answered in the end, nothing is accepted twice, nothing is set
//! aside, and no worker has ended by itself.
//!
//! Each outage has a private broker and database, started for it and deleted afterwards.

mod blocked;
mod deliveries;
mod load;
mod own_stack;
mod standby;
mod still_queues;
mod stopping;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use twofactor_stack::part::Part;
use twofactor_store::SCHEMA;

use load::{Answered, Line, Load};
use own_stack::OwnStack;

/// The time for which the database is away.
const AWAY: Duration = Duration::from_secs(30);
/// The time for which it says nothing.
const FROZEN: Duration = Duration::from_secs(8);
/// The time for which the load runs between two outages.
const STEADY: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_goes_away_under_load_and_comes_back() {
    let stack = OwnStack::start("outage-postgres");
    let line = Arc::new(Line::to(&stack.amqp_url("crm")));
    let mut load = Load::prepare(&line).await;
    let outage = async {
        tokio::time::sleep(STEADY).await;
        stack.stop(Part::Postgres).await;
        tokio::time::sleep(AWAY).await;
        assert!(!stack.is_ready("login"), "no database, not ready");
        stack.all_are_alive();
        stack.begin(Part::Postgres).await;
        tokio::time::sleep(STEADY).await;
        stack.freeze_postgres(true);
        tokio::time::sleep(FROZEN).await;
        stack.freeze_postgres(false);
        tokio::time::sleep(STEADY).await;
    };
    load.run_until(outage).await;
    let answered = load.finish().await;
    assert!(line.resent.load(Ordering::Relaxed) > 0, "replies were late");
    check(&stack, &answered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_restarted_and_killed_under_load() {
    let stack = OwnStack::start("outage-rabbitmq");
    let line = Arc::new(Line::to(&stack.amqp_url("crm")));
    let mut load = Load::prepare(&line).await;
    let outage = async {
        tokio::time::sleep(STEADY).await;
        stack.stop(Part::RabbitMq).await;
        assert!(!stack.is_ready("login"), "no broker, not ready");
        stack.begin(Part::RabbitMq).await;
        tokio::time::sleep(STEADY).await;
        stack.kill(Part::RabbitMq).await;
        stack.all_are_alive();
        stack.begin(Part::RabbitMq).await;
        tokio::time::sleep(STEADY).await;
    };
    load.run_until(outage).await;
    let answered = load.finish().await;
    assert!(line.resent.load(Ordering::Relaxed) > 0, "replies were lost");
    check(&stack, &answered).await;
}

/// Changes that a migration of the next release may make to the tables that workers use.
const NEXT_RELEASE: [&str; 6] = [
    "alter table twofactor.users add column of_the_next_release text",
    "alter table twofactor.sessions add column of_the_next_release integer default 7",
    "alter table twofactor.answers add column of_the_next_release jsonb",
    "alter table twofactor.policies add column of_the_next_release timestamptz default now()",
    "create index by_session_of_the_next_release on twofactor.sessions (session_id)",
    "create table twofactor.of_the_next_release (one text primary key)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_worker_is_restarted_under_load_on_the_schema_of_the_next_release() {
    let mut stack = OwnStack::start("outage-schema");
    let line = Arc::new(Line::to(&stack.amqp_url("crm")));
    let mut load = Load::prepare(&line).await;
    let next = SCHEMA + 1;
    let rollout = async {
        tokio::time::sleep(STEADY).await;
        for statement in NEXT_RELEASE {
            stack.run(statement.to_owned()).await;
        }
        let record = "insert into twofactor.schema_history (version, name) values";
        stack.run(format!("{record} ({next}, 'next')")).await;
        tokio::time::sleep(STEADY).await;
        stack.all_are_alive();
        assert!(stack.is_ready("login"), "a later schema fits");
        stack.roll_workers().await;
        tokio::time::sleep(STEADY).await;
    };
    load.run_until(rollout).await;
    check(&stack, &load.finish().await).await;
}

/// Checks what must hold when everything that was sent is answered.
async fn check(stack: &OwnStack, answered: &[Answered]) {
    every_outcome_is_right(answered);
    let mut logs: BTreeMap<&str, Vec<&Answered>> = BTreeMap::new();
    for one in answered {
        let log = match one.event.event_type().split('.').next() {
            Some("login") => "login_log",
            Some("reset") => "reset_log",
            _ => "enrollment_log",
        };
        logs.entry(log).or_default().push(one);
    }
    for (log, events) in logs {
        let from = format!("from audit.{log} where event_id is not null and session_id");
        let from = format!("{from} is distinct from 'set-up' and event_type not like '%policy%'");
        let rows = stack.count(&format!("select count(*) {from}"));
        let distinct = stack.count(&format!("select count(distinct event_id) {from}"));
        assert_eq!(rows, distinct, "{log}: one row for each event");
        assert_eq!(rows, events.len(), "{log}: a row for each event");
    }
    let started = |one: &&Answered| one.event.event_type() == "enrollment.sms.started.v1";
    let texts = stack.texts().await;
    for one in answered.iter().filter(started) {
        let number = one.event.data()["mobile_number"]
            .as_str()
            .unwrap_or_default();
        let sent = texts.iter().filter(|text| text.to == number).count();
        assert_eq!(sent, 1, "one text to each number");
    }
    stack.nothing_is_left_in_the_queues().await;
    stack.all_are_alive();
    for worker in twofactor_stack::part::WORKERS {
        stack.recovers(worker).await;
    }
}

fn every_outcome_is_right(answered: &[Answered]) {
    let mut accepted: HashMap<(String, String), usize> = HashMap::new();
    for Answered { event, outcome } in answered {
        assert_eq!(outcome.id(), Some(event.outcome_id()));
        let data = event.data();
        let code = data["code"]["value"].as_str();
        let expected: &[&str] = match event.event_type() {
            "login.attempted.v1" if code.is_some() => &["login.accepted.v1", "login.rejected.v1"],
            "login.attempted.v1" => &["login.challenged.v1"],
            "profile.requested.v1" => &["profile.v1"],
            "reset.requested.v1" => &["reset.completed.v1"],
            _ => &["enrollment.pending.v1"],
        };
        assert!(
            expected.contains(&outcome.kind()),
            "{}",
            outcome.as_string()
        );
        if let Some(code) = code {
            let user = data["user_id"].as_str().unwrap_or_default();
            let times = accepted
                .entry((user.to_owned(), code.to_owned()))
                .or_default();
            if outcome.kind() == "login.accepted.v1" {
                *times += 1;
            } else {
                assert_eq!(outcome["reason"], "code_used", "{}", outcome.as_string());
            }
        }
    }
    assert!(accepted.len() > load_codes(answered) / 2, "codes were used");
    for times in accepted.values() {
        assert_eq!(*times, 1, "every code is accepted once");
    }
}

fn load_codes(answered: &[Answered]) -> usize {
    let with_code = answered
        .iter()
        .filter(|one| one.event.data()["code"].is_object());
    with_code.count() / 2
}
