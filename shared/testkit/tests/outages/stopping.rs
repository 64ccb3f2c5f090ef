//! A worker is asked to stop: it finishes what it has begun and ends with 0, whatever is away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use twofactor_contract::Service;
use twofactor_testkit::{Fault, Institution, Network, Plan, Relays, THROTTLE, World};

/// The time that the contract gives a worker, and some more for a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(31);
const LOAD: usize = 600;
/// 100 events a second.
const PERIOD: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_one_stops_under_load_and_every_event_is_answered_once() {
    let world = Plan::default().only(&[Service::Enrollment]).start().await;
    let mut world = world.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let stopped = world.add_worker(Service::Login, &[]).await.expect("a copy");
    world.add_worker(Service::Login, &[]).await.expect("a copy");
    let crm = world.patient_crm(Duration::from_secs(20)).await;
    let crm = Arc::new(crm.expect("a CRM"));
    let mut ticks = tokio::time::interval(PERIOD);
    let mut asked = tokio::task::JoinSet::new();
    for at in 0..LOAD {
        ticks.tick().await;
        if at == LOAD / 3 {
            let signal = nix::sys::signal::Signal::SIGTERM;
            let program = world.workers[stopped].program();
            program.signal(signal).expect("it is sent");
        }
        let crm = Arc::clone(&crm);
        let event = institution.person().login();
        asked.spawn(async move {
            let outcome = crm.ask(&event).await.expect("an outcome, asked once");
            (event, outcome)
        });
    }
    let status = world.workers[stopped].program().ends_within(ENDS_WITHIN);
    assert_eq!(status.await.expect("it ends").code(), Some(0));
    let mut all = Vec::new();
    while let Some(answered) = asked.join_next().await {
        let (event, outcome) = answered.expect("an outcome");
        assert_eq!(outcome["via"], "not_required");
        world
            .observer
            .wait_for(event.outcome_id())
            .await
            .expect("a broadcast");
        all.push(event);
    }
    for event in &all {
        assert_eq!(world.observer.copies(event.outcome_id()).len(), 1, "once");
    }
    let rows = world
        .database
        .count("select count(*) from audit.login_log", &[])
        .await;
    assert_eq!(usize::try_from(rows).expect("a count"), LOAD);
}

/// Its batches wait for a database that never answers; what it has not begun is no longer its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_a_worker_that_stops_returns_to_the_queue_at_once() {
    let plan = Plan::default().only(&[Service::Enrollment]);
    let world = plan.set("BATCH_MAX", "4").start().await;
    let mut world = world.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let operator = world.operator().await.expect("an operator");
    let relays = Relays::before(&world, Service::Login).await;
    let relays = relays.expect("two relays");
    let stopped = world.add_worker(Service::Login, &relays.settings()).await;
    let stopped = stopped.expect("a copy");
    relays.database.set(Network::Silent);
    let events: Vec<_> = (0..40).map(|_| institution.person().login()).collect();
    for event in &events {
        world.crm.tell(event).await.expect("published");
    }
    let taken = operator.is_drained(Service::Login, ENDS_WITHIN).await;
    taken.expect("the first one takes them all");
    let signal = nix::sys::signal::Signal::SIGTERM;
    let program = world.workers[stopped].program();
    program.signal(signal).expect("it is sent");
    let returned = tokio::time::timeout(ENDS_WITHIN, async {
        // Two batches are at work.
        while operator.messages("twofactor.login").await.expect("a count") < 32 {
            tokio::time::sleep(PERIOD).await;
        }
    });
    returned.await.expect("they are back in the queue");
    let program = world.workers[stopped].program();
    let ended = program.ended().expect("a state");
    assert!(ended.is_none(), "it has not ended before");
    world.add_worker(Service::Login, &[]).await.expect("a copy");
    let status = world.workers[stopped].program().ends_within(ENDS_WITHIN);
    assert_eq!(status.await.expect("it ends").code(), Some(0));
    for event in &events {
        let answered = world.observer.wait_for(event.outcome_id()).await;
        answered.expect("a broadcast");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_on_its_way_is_waited_for() {
    let mut world = World::start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let crm = world.patient_crm(Duration::from_secs(30)).await;
    let crm = crm.expect("a CRM");
    let person = institution.person();
    let set_up = person.set_up_sms(&crm, &world.sms).await;
    set_up.expect("a number");
    world.database.let_pass(THROTTLE).await;
    world.sms.set_fault(Fault::Hang).await.expect("a fault");
    let event = person.anew().request_text();
    let stopping = async {
        let taken = world.sms.wait_for(&person.number, 2).await;
        taken.expect("it was taken");
        let begun = Instant::now();
        let status = world.worker(Service::Sms).terminate().await;
        assert_eq!(status.expect("it ends").code(), Some(0));
        assert!(begun.elapsed() < ENDS_WITHIN);
    };
    let (outcome, ()) = tokio::join!(crm.ask_for(&event, "sms.sent.v1"), stopping);
    let outcome = outcome.expect("sent");
    assert_eq!(outcome["delivery"], "unknown");
    let texts = world.sms.texts_to(&person.number).await.expect("texts");
    assert_eq!(texts.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_stops_also_while_its_database_or_broker_is_away() {
    let world = Plan::default().only(&[Service::Enrollment]).start().await;
    let mut world = world.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let relays = Relays::before(&world, Service::Login).await;
    let relays = relays.expect("two relays");
    let broker = &relays.broker;
    let database = &relays.database;
    for (relay, network) in [
        (database, Network::Cut),
        (database, Network::Silent),
        (broker, Network::Cut),
        (broker, Network::Silent),
    ] {
        relay.set(Network::Open);
        let place = world
            .add_worker(Service::Login, &relays.settings())
            .await
            .expect("it");
        relay.set(network);
        let event = institution.person().login();
        world.crm.tell(&event).await.expect("published");
        let begun = Instant::now();
        let ended = world.workers[place].terminate().await;
        assert_eq!(ended.expect("it ends").code(), Some(0), "{network:?}");
        assert!(
            begun.elapsed() < ENDS_WITHIN,
            "{network:?}: {:?}",
            begun.elapsed()
        );
        relay.set(Network::Open);
        let sound = world.add_worker(Service::Login, &[]).await.expect("a copy");
        let outcome = world.crm.ask(&event.again()).await.expect("an outcome");
        assert_eq!(outcome["via"], "not_required", "{network:?}");
        assert_eq!(world.database.rows_of("login_log", event.id()).await, 1);
        world.workers[sound].terminate().await.expect("it ends");
    }
}
