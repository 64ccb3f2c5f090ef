//! Queues of a CRM and of an observer take messages and confirm none: others are answered at once,
//! every event is acknowledged, and what was given up is counted.

use std::time::{Duration, Instant};

use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use twofactor_testkit::worker::{read_metrics, sum};
use twofactor_testkit::{Crm, Institution, ReplyPath};

use crate::own_stack::OwnStack;

const REPLIES: &str = "crm.reply.still";
const OBSERVER: &str = "observer.still";
/// Logins on either side.
const LOGINS: usize = 30;
/// The time that a login of others may take.
const AT_ONCE: Duration = Duration::from_secs(1);
/// A reply has 2 s and a broadcast 5 s, and another try if the connection seems to be at fault.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_that_confirm_nothing_harm_nobody() {
    let stack = OwnStack::start("outage-still-queues");
    let crm = Crm::connect(&stack.amqp_url("crm")).await.expect("a CRM");
    let institution = Institution::lenient(&crm).await.expect("a policy");
    let (_crm, _) = declare(&stack, "crm", REPLIES).await;
    let (_observer, channel) = declare(&stack, "observer", OBSERVER).await;
    let all = QueueBindOptions::default();
    let events = "twofactor.events".into();
    let bound = channel.queue_bind(
        OBSERVER.into(),
        events,
        "#".into(),
        all,
        FieldTable::default(),
    );
    bound.await.expect("bound");
    for queue in [REPLIES, OBSERVER] {
        stack.let_queue_stand(queue, true).await;
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..LOGINS {
        let path = ReplyPath::Named(REPLIES.to_owned());
        let letter = institution.person().login().letter();
        crm.send(&letter, &path).await.expect("published");
        let asked = Instant::now();
        let answer = crm.ask(&institution.person().login()).await;
        assert_eq!(answer.expect("an answer")["via"], "not_required");
        slowest = slowest.max(asked.elapsed());
    }
    println!("{LOGINS} of {LOGINS} others answered, the slowest in {slowest:?}");
    assert!(slowest < AT_ONCE, "{slowest:?}");
    let begun = Instant::now();
    loop {
        let replies = counted(&stack, "twofactor_replies_unroutable_total");
        let broadcasts = counted(&stack, "twofactor_broadcasts_declined_total");
        let in_hand = counted(&stack, "twofactor_oldest_event_seconds");
        if replies >= 30.0 && broadcasts >= 60.0 && in_hand < f64::EPSILON {
            println!("{replies} replies and {broadcasts} broadcasts were given up");
            break;
        }
        let seen = format!("{replies} replies, {broadcasts} broadcasts, {in_hand} s in hand");
        assert!(begun.elapsed() < GIVEN_UP_WITHIN, "{seen}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for queue in [REPLIES, OBSERVER] {
        stack.let_queue_stand(queue, false).await;
    }
}

/// Returns a queue of that user. It lasts as long as its connection.
async fn declare(stack: &OwnStack, user: &str, name: &'static str) -> (Connection, Channel) {
    let properties = ConnectionProperties::default();
    let connection = Connection::connect(&stack.amqp_url(user), properties).await;
    let connection = connection.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    let options = QueueDeclareOptions::default();
    let declared = channel.queue_declare(name.into(), options, FieldTable::default());
    declared.await.expect("declared");
    (connection, channel)
}

/// Returns the sum over both copies of the login worker.
fn counted(stack: &OwnStack, metric: &str) -> f64 {
    let of = |name| {
        let page = stack.page(name, "/metrics").expect("metrics");
        sum(&read_metrics(&page), metric, &[])
    };
    of("login") + of("login-2")
}
