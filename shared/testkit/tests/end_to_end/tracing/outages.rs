//! A collector that is away, refuses or never answers costs spans and nothing else.

use std::time::{Duration, Instant};

use twofactor_contract::Service;
use twofactor_testkit::{Institution, Plan, Worker, World};

use crate::tracing::collector::Manner;
use crate::tracing::{ENDPOINT, traced};

/// The time that the contract gives a worker, and some more for a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(31);
const WARNING: &str = "spans are lost, events are not";

async fn logins(world: &World, institution: &Institution, count: usize) {
    for _ in 0..count {
        let outcome = world.crm.ask(&institution.person().login()).await;
        assert_eq!(outcome.expect("an outcome")["via"], "not_required");
    }
}

/// Stops the login worker; returns how long that took.
async fn stop(world: &mut World) -> Duration {
    let begun = Instant::now();
    let status = world.worker(Service::Login).terminate().await;
    assert_eq!(status.expect("it ends").code(), Some(0));
    begun.elapsed()
}

/// Waits until a worker has logged that.
pub async fn is_logged(worker: &mut Worker, words: &str) {
    let log = worker.program().log_file().to_owned();
    let patience = Duration::from_secs(20);
    let logged = worker.program().wait_until(patience, async || {
        let log = std::fs::read_to_string(&log).ok()?;
        log.contains(words).then_some(())
    });
    logged.await.expect("it says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_answered_while_nobody_listens() {
    let plan = Plan::default().only(&[Service::Login, Service::Enrollment]);
    let plan = plan.set(ENDPOINT, "http://me:hunter2@127.0.0.1:1");
    let mut world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    logins(&world, &institution, 20).await;
    assert!(stop(&mut world).await < ENDS_WITHIN);
    let log = world.worker(Service::Login).log();
    assert_eq!(log.matches(WARNING).count(), 1, "{log}");
    assert!(!world.logs().contains("hunter2"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_answered_while_the_collector_hangs_or_refuses() {
    for manner in [Manner::Hang, Manner::Refuse] {
        let (collector, plan) = traced().await;
        let plan = plan.only(&[Service::Login, Service::Enrollment]);
        let mut world = plan.start().await.expect("a world");
        let institution = Institution::lenient(&world.crm).await.expect("a policy");
        collector.set(manner);
        logins(&world, &institution, 20).await;
        let asked = |all: &crate::tracing::collector::Received| !all.requests.is_empty();
        collector.wait_until("spans are sent", asked).await;
        logins(&world, &institution, 20).await;
        assert!(stop(&mut world).await < ENDS_WITHIN, "{manner:?}");
        let log = world.worker(Service::Login).log();
        assert!(log.matches(WARNING).count() <= 1, "{manner:?}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_comes_back_is_sent_the_spans_from_then_on() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let mut world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    collector.set(Manner::Refuse);
    logins(&world, &institution, 1).await;
    let worker = world.worker(Service::Login);
    is_logged(worker, WARNING).await;
    collector.set(Manner::Take);
    let login = institution.person().login();
    world.crm.ask(&login).await.expect("an outcome");
    collector.spans_of(&login).await;
    is_logged(
        world.worker(Service::Login),
        "the collector takes spans again",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_spans_are_sent_before_the_worker_ends() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let mut world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let events: Vec<_> = (0..20).map(|_| institution.person().login()).collect();
    for event in &events {
        world.crm.ask(event).await.expect("an outcome");
    }
    stop(&mut world).await;
    let spans = collector.received().spans;
    for event in &events {
        let is_its = |id: &str| id == event.id();
        let mut spans = spans.iter();
        let found = spans.any(|span| is_its(span.attribute("messaging.message.id")));
        assert!(found, "the spans of each event were sent");
    }
}
