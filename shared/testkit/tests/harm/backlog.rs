//! Thousands of events of one institution that wait: a few of another behind them, and large ones; and
//! many events of one person.

use std::collections::HashSet;
use std::iter;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Institution, Plan, Role, World};
use uuid::Uuid;

use crate::peak_mebibytes;

/// Events of the institution that sends many.
const MANY: usize = 4_000;
/// Events of the one that sends few.
const FEW: usize = 10;
/// Large events: more than the worker may hold at once.
const LARGE: usize = 2_500;
/// Bytes of one of them, nearly.
const SIZE: usize = 60_000;
/// Events of one person, and as many of another.
const IN_ORDER: usize = 150;
/// Events that are published at once.
const AT_ONCE: usize = 256;

#[tokio::test(flavor = "multi_thread")]
async fn ten_behind_thousands_are_answered_before_a_quarter_of_them() {
    // In small batches the worker is slow enough that the broker can deliver what waits meanwhile.
    let plan = Plan::default().only(&[Service::Enrollment]);
    let mut world = held_back(plan.set("BATCH_MAX", "16"), Service::Login).await;
    let many = Institution::lenient(&world.crm).await.expect("a policy");
    let few = Institution::lenient(&world.crm).await.expect("a policy");
    let many = publish(&world, logins(&many, MANY)).await;
    let few = publish(&world, logins(&few, FEW)).await;
    world.add_worker(Service::Login, &[]).await.expect("one");
    are_answered(&world, &few).await;
    let ids = world.observer.all();
    let ids: Vec<Uuid> = ids.iter().filter_map(|outcome| outcome.id()).collect();
    let last = ids.iter().rposition(|id| few.contains(id));
    let before = &ids[..last.expect("they are answered")];
    let before = before.iter().filter(|id| many.contains(*id)).count();
    println!("{before} of {MANY} were answered before the last of {FEW}");
    assert!(before < MANY / 4, "{before} of {MANY}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_events_wait_at_the_broker_until_there_is_room_and_none_is_lost() {
    let plan = Plan::default().only(&[Service::Enrollment]);
    let mut world = held_back(plan, Service::Login).await;
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let padding = json!("x".repeat(SIZE));
    let large = logins(&institution, LARGE).map(|event| event.with("comment", padding.clone()));
    let large = publish(&world, large).await;
    let worker = world.add_worker(Service::Login, &[]).await.expect("one");
    are_answered(&world, &large).await;
    let worker = &mut world.workers[worker];
    let peak = peak_mebibytes(worker.program().pid());
    println!("{LARGE} events of {SIZE} bytes: the worker used {peak} MiB at most");
    assert!(peak < 160, "{peak} MiB");
    assert!(!worker.log().contains("lost"), "{}", worker.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_person_keep_their_order_in_batches_that_are_at_work_together() {
    let plan = Plan::default().only(&[Service::Enrollment]);
    // A full batch waits all the time, so that the next one is loaded while one is written.
    let mut world = held_back(plan.set("BATCH_MAX", "3"), Service::Login).await;
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let person = institution.person();
    let other = institution.person();
    let mut ids = HashSet::new();
    let mut in_order = Vec::new();
    for _ in 0..IN_ORDER {
        let own = person.login();
        for event in [&own, &other.login()] {
            world.crm.tell(event).await.expect("published");
            ids.insert(event.outcome_id());
        }
        in_order.push(own.outcome_id());
    }
    world.add_worker(Service::Login, &[]).await.expect("one");
    are_answered(&world, &ids).await;
    let auditor = world.database.connect(Role::Auditor).await;
    let sql = "select outcome_id from audit.login_log where user_id = $1 order by seq";
    let rows = auditor.query(sql, &[&person.user]).await;
    let rows = rows.expect("the trail can be read");
    let decided: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(decided, in_order);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_behind_a_policy_find_it_in_batches_that_are_at_work_together() {
    let plan = Plan::default().only(&[Service::Login]);
    let mut world = held_back(plan.set("BATCH_MAX", "3"), Service::Enrollment).await;
    let institution = Institution::unheard_of();
    let question = json!({ "tenant_id": institution.id, "viewer_id": "admin-7" });
    let mut expected = Vec::new();
    for required in policies() {
        // The first one makes the institution known. A batch of questions follows each batch that sets.
        let set = institution.policy(required, 0);
        let asked = || CrmEvent::new("enrollment.policy.requested.v1", question.clone());
        for event in iter::once(set).chain(iter::repeat_with(asked).take(5)) {
            world.crm.tell(&event).await.expect("published");
            expected.push((event.outcome_id(), required));
        }
    }
    let worker = world.add_worker(Service::Enrollment, &[]).await;
    worker.expect("one");
    for (id, required) in expected {
        let outcome = world.observer.wait_for(id).await.expect("an outcome");
        assert_eq!(outcome["required"], required, "{outcome:?}");
    }
    let auditor = world.database.connect(Role::Auditor).await;
    let sql = "select required from audit.policy_log where tenant_id = $1 order by seq";
    let rows = auditor.query(sql, &[&institution.id]).await;
    let rows = rows.expect("the trail can be read");
    let set = rows.iter().map(|row| row.get::<_, bool>(0));
    assert!(set.eq(policies()));
}

/// Whether each policy of an institution requires a second factor, one after the other.
fn policies() -> impl Iterator<Item = bool> {
    [true, false].into_iter().cycle().take(50)
}

/// A world without the worker of a service, whose queue is there.
async fn held_back(plan: Plan, service: Service) -> World {
    let mut world = plan.start().await.expect("a world");
    let first = world.add_worker(service, &[]).await.expect("one");
    let ended = world.workers[first].terminate().await;
    ended.expect("it has made its queue and ends");
    world
}

fn logins(institution: &Institution, count: usize) -> impl Iterator<Item = CrmEvent> {
    (0..count).map(|_| institution.person().login())
}

/// Publishes these events; returns the ids of their outcomes.
async fn publish(world: &World, events: impl Iterator<Item = CrmEvent>) -> HashSet<Uuid> {
    let events: Vec<CrmEvent> = events.collect();
    let publishing = stream::iter(&events).map(|event| Ok(world.crm.tell(event)));
    let published = publishing.try_for_each_concurrent(AT_ONCE, |publishing| publishing);
    published.await.expect("published");
    events.iter().map(CrmEvent::outcome_id).collect()
}

async fn are_answered(world: &World, ids: &HashSet<Uuid>) {
    for id in ids {
        let outcome = world.observer.wait_for(*id).await;
        assert_eq!(outcome.expect("an outcome")["via"], "not_required");
    }
}
