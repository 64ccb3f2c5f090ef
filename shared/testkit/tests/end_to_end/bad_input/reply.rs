//! Replies to forbidden addresses, and to queues that do not exist.

use std::time::Duration;

use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{Outcome, ReplyPath};

use crate::bad_input::{broadcast_of, world};

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_queue_gets_nothing_and_the_event_is_refused() {
    let (world, operator, person) = world().await;
    let reset = "twofactor.reset";
    let names = [
        reset,
        "twofactor.login.dead",
        "observer.everything",
        "crm.replies",
        "crm.reply",
        "CRM.REPLY.x",
        "xcrm.reply.x",
        "amq.rabbitmq.trace",
        "amq.gen",
        " crm.reply.x",
        "x",
    ];
    for name in names {
        let letter = person.anew().login().letter();
        let path = ReplyPath::Named(name.to_owned());
        let answer = broadcast_of(&world, &letter, &path).await;
        assert_eq!(
            answer["reason"],
            "invalid_field",
            "{name}: {}",
            answer.as_string()
        );
        assert!(!answer.has("field"), "it is no member of the event");
        let letter = operator.next(Service::Login).await.expect("a dead letter");
        assert_eq!(letter.event["type"], "login.attempted.v1");
        assert!(
            letter
                .headers
                .iter()
                .any(|(_, value)| value == "invalid_field")
        );
    }
    assert_eq!(operator.messages(reset).await.expect("a count"), 0);
    assert_eq!(operator.count(Service::Reset).await.expect("a count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_gone_costs_the_reply_alone() {
    let (mut world, operator, person) = world().await;
    for name in ["crm.reply.gone", "amq.gen-gone"] {
        let letter = person.anew().login().letter();
        let path = ReplyPath::Named(name.to_owned());
        let answer = broadcast_of(&world, &letter, &path).await;
        assert_eq!(answer["via"], "not_required", "{name}");
    }
    let answered = world.crm.ask(&person.login()).await.expect("an outcome");
    assert_eq!(answered["via"], "not_required", "the next one is answered");
    let lost = "twofactor_replies_unroutable_total";
    let worker = world.worker(Service::Login);
    // The metric is counted when the broker has confirmed the batch, before the next one's reply.
    let counted = async || {
        let count = worker.metric(lost, &[("service", "login")]).await.ok();
        count.filter(|count| *count >= 2.0)
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while counted().await.is_none() {
        assert!(tokio::time::Instant::now() < deadline, "{lost} is not 2");
        tokio::task::yield_now().await;
    }
    assert_eq!(operator.count(Service::Login).await.expect("a count"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_queue_and_the_events_own_id_serve_as_well() {
    let (world, _, person) = world().await;
    let url = world.vhost.url("crm");
    let connection = Connection::connect(&url, ConnectionProperties::default()).await;
    let connection = connection.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    let own = QueueDeclareOptions {
        exclusive: true,
        ..QueueDeclareOptions::default()
    };
    let queue = channel.queue_declare("".into(), own, FieldTable::default());
    let queue = queue.await.expect("a queue");
    let event = person.anew().login().uncorrelated();
    let path = ReplyPath::Named(queue.name().as_str().to_owned());
    world
        .crm
        .send(&event.letter(), &path)
        .await
        .expect("published");
    let consumer = channel.basic_consume(
        queue.name().clone(),
        "".into(),
        lapin::options::BasicConsumeOptions::default(),
        FieldTable::default(),
    );
    let mut consumer = consumer.await.expect("a consumer");
    let next = futures::StreamExt::next(&mut consumer);
    let delivery = tokio::time::timeout(Duration::from_secs(10), next).await;
    let delivery = delivery
        .expect("in time")
        .expect("a reply")
        .expect("a reply");
    let reply = Outcome::of(delivery);
    assert_eq!(reply.event["data"]["via"], json!("not_required"));
    assert_eq!(reply.correlation_id.as_deref(), Some(event.id()));
    assert_eq!(reply.message_id.as_deref(), Some(reply.attribute("id")));
}
