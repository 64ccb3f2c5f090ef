//! Thousands of events of one institution that wait, and a few of another behind them.

use std::collections::HashSet;

use futures::{StreamExt, TryStreamExt, stream};
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Institution, Plan, World};
use uuid::Uuid;

/// Events of the institution that sends many.
const MANY: usize = 4_000;
/// Events of the one that sends few.
const FEW: usize = 10;
/// Events that are published at once.
const AT_ONCE: usize = 256;

#[tokio::test(flavor = "multi_thread")]
async fn ten_behind_thousands_are_answered_before_a_quarter_of_them() {
    // In small batches the worker is slow enough that the broker can deliver what waits meanwhile.
    let plan = Plan::default().only(&[Service::Enrollment]);
    let mut world = plan.set("BATCH_MAX", "16").start().await.expect("a world");
    let many = Institution::lenient(&world.crm).await.expect("a policy");
    let few = Institution::lenient(&world.crm).await.expect("a policy");
    let first = world.add_worker(Service::Login, &[]).await.expect("one");
    let ended = world.workers[first].terminate().await;
    ended.expect("it has made its queue and ends");

    let many = publish_logins(&world, &many, MANY).await;
    let few = publish_logins(&world, &few, FEW).await;
    world.add_worker(Service::Login, &[]).await.expect("one");
    for id in &few {
        let outcome = world.observer.wait_for(*id).await;
        assert_eq!(outcome.expect("an outcome")["via"], "not_required");
    }
    let ids = world.observer.all();
    let ids: Vec<Uuid> = ids.iter().filter_map(|outcome| outcome.id()).collect();
    let last = ids.iter().rposition(|id| few.contains(id));
    let before = &ids[..last.expect("they are answered")];
    let before = before.iter().filter(|id| many.contains(*id)).count();
    println!("{before} of {MANY} were answered before the last of {FEW}");
    assert!(before < MANY / 4, "{before} of {MANY}");
}

/// Publishes logins of an institution; returns the ids of their outcomes.
async fn publish_logins(world: &World, institution: &Institution, count: usize) -> HashSet<Uuid> {
    let events: Vec<CrmEvent> = (0..count).map(|_| institution.person().login()).collect();
    let publishing = stream::iter(&events).map(|event| Ok(world.crm.tell(event)));
    let published = publishing.try_for_each_concurrent(AT_ONCE, |publishing| publishing);
    published.await.expect("published");
    events.iter().map(CrmEvent::outcome_id).collect()
}
