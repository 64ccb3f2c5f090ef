//! Many events at once, over two copies of each worker: what may happen once happens once, and no
//! user waits for another one.
//!
//! Every race is run through the broker, with different events at the same instant.

mod duplicates;
mod logins;
mod set_ups;
mod texts;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Institution, Outcome, Plan, World};

/// Count of events that run at once.
const CROWD: usize = 50;

/// Two copies of these workers, and an institution that requires a second factor.
async fn two_of_each(services: &[Service]) -> (World, Institution) {
    let plan = Plan::default().only(services).copies(2);
    let mut world = plan.start().await.expect("a world");
    // Two cores hash the codes of many at once.
    let crm = world.patient_crm(Duration::from_secs(30)).await;
    world.crm = crm.expect("a CRM");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    (world, institution)
}

/// Returns the outcomes of all these events, sent without waiting in between.
async fn all_at_once(world: &World, events: &[CrmEvent]) -> Vec<Outcome> {
    let asked = events.iter().map(|event| world.crm.ask(event));
    let outcomes = join_all(asked).await.into_iter();
    outcomes
        .map(|outcome| outcome.expect("an outcome"))
        .collect()
}

/// Counts the outcomes of each kind, with their reason where they have one.
fn tally(outcomes: &[Outcome]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for outcome in outcomes {
        let name = format!("{} {}", outcome.kind(), outcome.str("reason"));
        *counts.entry(name.trim_end().to_owned()).or_default() += 1;
    }
    counts
}

/// Returns what [`tally`] must return.
fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    let own = |(name, count): &(&str, usize)| ((*name).to_owned(), *count);
    expected.iter().map(own).collect()
}

/// Checks that exactly one of the logins by one code was let in.
fn one_was_let_in(outcomes: &[Outcome]) {
    let once = [
        ("login.accepted.v1", 1),
        ("login.rejected.v1 code_used", CROWD - 1),
    ];
    assert_eq!(tally(outcomes), counts(&once));
}

/// Fails if one copy had no work, since then there was no race.
async fn both_copies_worked(world: &World, service: Service) {
    for worker in world.workers.iter().filter(|one| one.service == service) {
        let events = worker.metric("twofactor_events_total", &[]).await;
        assert!(events.expect("metrics") > 0.0, "one copy did everything");
    }
}
