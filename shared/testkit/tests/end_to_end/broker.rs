//! The CRM and the observer with a real broker, and an echo in place of a worker.

use futures::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties, ExchangeKind};
use serde_json::{Value, json};
use twofactor_testkit::{Crm, CrmEvent, Observer, ReplyPath, Vhost};

/// Answers every event with its own data, by reply and broadcast, the newest of each pair first.
async fn echo(vhost: &Vhost) -> Connection {
    let url = vhost.administrator_url();
    let connection = Connection::connect(&url, ConnectionProperties::default())
        .await
        .expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    let none = FieldTable::default;
    for exchange in ["crm.auth", "twofactor.events"] {
        let kind = ExchangeKind::Topic;
        let plain = ExchangeDeclareOptions::default();
        let declared = channel.exchange_declare(exchange.into(), kind, plain, none());
        declared.await.expect("an exchange");
    }
    let plain = QueueDeclareOptions::default();
    let declared = channel.queue_declare("echo".into(), plain, none());
    declared.await.expect("a queue");
    let bind = QueueBindOptions::default();
    let bound = channel.queue_bind("echo".into(), "crm.auth".into(), "#".into(), bind, none());
    bound.await.expect("a binding");
    let unacknowledged = BasicConsumeOptions {
        no_ack: true,
        ..BasicConsumeOptions::default()
    };
    let consumer = channel.basic_consume("echo".into(), "".into(), unacknowledged, none());
    let mut consumer = consumer.await.expect("a consumer").chunks(2);
    tokio::spawn(async move {
        while let Some(pair) = consumer.next().await {
            for delivery in pair.into_iter().rev() {
                let delivery = delivery.expect("a delivery");
                let properties = delivery.properties.clone();
                let mut event: Value = serde_json::from_slice(&delivery.data).expect("JSON");
                event["type"] = json!("echo.v1");
                let body = event.to_string();
                let reply_to = properties.reply_to().clone().unwrap_or_default();
                for (exchange, key) in [("", reply_to), ("twofactor.events", "echo.v1".into())] {
                    let properties = BasicProperties::default()
                        .with_correlation_id(properties.correlation_id().clone().expect("one"));
                    let plain = BasicPublishOptions::default();
                    let exchange = exchange.into();
                    let sent =
                        channel.basic_publish(exchange, key, plain, body.as_bytes(), properties);
                    sent.await.expect("published");
                }
            }
        }
    });
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_in_flight_gets_its_own_outcome() {
    let vhost = Vhost::create().await.expect("a vhost");
    let _echo = echo(&vhost).await;
    let crm = Crm::connect(&vhost.url("crm")).await.expect("a CRM");
    let observer = Observer::connect(&vhost.url("observer"))
        .await
        .expect("an observer");
    let requests = (0..100).map(|at| {
        let event = CrmEvent::new("sms.requested.v1", json!({ "number": at }));
        let path = if at % 3 == 0 {
            ReplyPath::Queue
        } else {
            ReplyPath::Direct
        };
        let crm = &crm;
        async move {
            let outcome = crm
                .ask_by(&event.letter(), &path)
                .await
                .expect("an outcome");
            assert_eq!(outcome["number"], at);
            assert_eq!(outcome.kind(), "echo.v1");
            assert_eq!(outcome.attribute("id"), event.id());
        }
    });
    futures::future::join_all(requests).await;
    observer
        .wait_until("of number 99", |outcome| outcome["number"] == 99)
        .await
        .expect("a broadcast");
    assert!(observer.everything().contains("echo.v1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_does_not_come_is_named() {
    let vhost = Vhost::create().await.expect("a vhost");
    let _echo = echo(&vhost).await;
    let crm = Crm::connect(&vhost.url("crm"))
        .await
        .expect("a CRM")
        .patient_for(std::time::Duration::from_millis(50));
    let event = CrmEvent::new("sms.requested.v1", json!({}));
    // One of a pair: the echo waits for the other.
    let error = crm.ask(&event).await.expect_err("no outcome");
    let sentence = error.to_string();
    assert!(sentence.contains("sms.requested.v1"), "{sentence}");
    crm.close().await.expect("a good end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crm_may_publish_to_its_exchange_alone() {
    let vhost = Vhost::create().await.expect("a vhost");
    let _echo = echo(&vhost).await;
    let url = vhost.url("crm");
    let connection = Connection::connect(&url, ConnectionProperties::default())
        .await
        .expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    let get = channel.basic_get("echo".into(), lapin::options::BasicGetOptions::default());
    assert!(get.await.is_err(), "the rights are the product's own");
}
