//! The spans of an event whose worker died over it, and of one that no worker can decide.

use std::time::Duration;

use twofactor_contract::Service;
use twofactor_testkit::{Institution, failing};

use crate::tracing::traced;

const DIES_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_again_says_so() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Enrollment]);
    let mut world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let settings = [("TWOFACTOR_TESTING", "1"), (failing::SETTING, "before_ack")];
    let doomed = world.start_worker(Service::Login, &settings);
    let doomed = doomed.expect("it starts");
    let login = institution.person().login();
    let crm = world.patient_crm(Duration::from_secs(30)).await;
    crm.expect("a CRM").ask(&login).await.expect("an outcome");
    let died = world.workers[doomed].program().ends_within(DIES_WITHIN);
    died.await.expect("it dies");
    world.add_worker(Service::Login, &[]).await.expect("a copy");
    let spans = collector.spans_of(&login).await;
    let process = &spans.process;
    assert_eq!(process.attribute("twofactor.redelivered"), "true");
    assert_eq!(process.attribute("twofactor.duplicate"), "true");
    assert!(!process.has_failed, "it was answered in the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_aside_for_a_fault_of_ours_has_failed() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let plan = plan.bend(failing::SETTING, "panic_on_decide");
    let world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let login = institution.person().in_session("panic").login();
    let outcome = world.crm.ask_for(&login, "event.rejected.v1").await;
    assert_eq!(outcome.expect("refused")["reason"], "internal_error");
    let spans = collector.spans_of(&login).await;
    let process = &spans.process;
    assert!(process.has_failed);
    assert_eq!(process.attribute("error.type"), "internal_error");
    let failed = spans.below.iter().filter(|span| span.has_failed);
    let failed: Vec<_> = failed.map(|span| span.name.as_str()).collect();
    assert_eq!(failed, ["decide"; 5], "each try is there");
    assert_eq!(
        spans.only("commit").attribute("db.operation.name"),
        "COMMIT"
    );
}
