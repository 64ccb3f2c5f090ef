//! The broker runs out of memory and blocks every publisher: workers wait and report it, nothing is
//! given up, and afterwards each event is answered.

use std::time::Duration;

use twofactor_stack::part::Part;
use twofactor_testkit::{Crm, CrmEvent, Institution, Observer};

use crate::own_stack::OwnStack;

/// Logins that wait when the workers start.
const WAITING: usize = 50;
/// The time within which a state must be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_broker_holds_everything_up_and_loses_nothing() {
    let stack = OwnStack::start("outage-blocked");
    let crm = Crm::connect(&stack.amqp_url("crm")).await.expect("a CRM");
    let observer = Observer::connect(&stack.amqp_url("observer")).await;
    let observer = observer.expect("an observer");
    let institution = Institution::lenient(&crm).await.expect("a policy");
    let login: Part = "login".parse().expect("a worker");
    let other: Part = "login-2".parse().expect("a worker");
    stack.stop(login).await;
    stack.stop(other).await;
    let events: Vec<CrmEvent> = (0..WAITING).map(|_| institution.person().login()).collect();
    for event in &events {
        crm.tell(event).await.expect("published");
    }
    stack.block_publishing(true).await;
    // It is ready before it publishes, or else once it is no longer blocked.
    let blocked = async {
        says_so(&stack).await;
        stack.block_publishing(false).await;
    };
    tokio::join!(stack.begin(login), blocked);
    for event in &events {
        let outcome = observer.wait_for(event.outcome_id()).await;
        assert_eq!(outcome.expect("an outcome")["via"], "not_required");
    }
    stack.recovers("login").await;
    stack.nothing_is_left_in_the_queues().await;
}

async fn says_so(stack: &OwnStack) {
    let begun = tokio::time::Instant::now();
    loop {
        let page = stack.page("login", "/readyz");
        if page.is_ok_and(|text| text.contains("blocks publishing")) {
            break;
        }
        assert!(begun.elapsed() < SEEN_WITHIN, "/readyz does not say so");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let metrics = stack.page("login", "/metrics").expect("metrics");
    for line in [
        "twofactor_broker_blocked{service=\"login\"} 1",
        "twofactor_consuming{service=\"login\"} 0",
        "twofactor_replies_unroutable_total{service=\"login\"} 0",
        "twofactor_broadcasts_declined_total{service=\"login\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}
