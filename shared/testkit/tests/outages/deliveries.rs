//! A delivery may come back any number of times: no limit on deliveries sets an event aside, which
//! RabbitMQ 4 would do after twenty by default.

use std::time::Duration;

use lapin::message::BasicGetMessage;
use lapin::options::{BasicGetOptions, BasicNackOptions};
use lapin::{Channel, Connection, ConnectionProperties};
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Institution, Plan, World};

const TIMES: usize = 50;
const BACK_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_came_back_fifty_times_is_answered() {
    let world = Plan::default().only(&[Service::Enrollment]).start().await;
    let mut world = world.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let first = world.add_worker(Service::Login, &[]).await.expect("one");
    let ended = world.workers[first].terminate().await;
    ended.expect("it has made its queue and ends");
    let event = institution.person().login();
    world.crm.tell(&event).await.expect("published");
    take_and_give_back(&world, &event).await;
    world.add_worker(Service::Login, &[]).await.expect("one");
    let outcome = world.observer.wait_for(event.outcome_id()).await;
    assert_eq!(outcome.expect("an outcome")["via"], "not_required");
}

/// Takes a delivery without an acknowledgement, as a worker that dies each time.
async fn take_and_give_back(world: &World, event: &CrmEvent) {
    let url = world.vhost.url("login");
    let connecting = Connection::connect(&url, ConnectionProperties::default());
    let connection = connecting.await.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    for time in 0..TIMES {
        let taking = tokio::time::timeout(BACK_WITHIN, take(&channel)).await;
        let message = taking.unwrap_or_else(|_| panic!("it is gone after {time} deliveries"));
        assert_eq!(message.redelivered, time > 0);
        assert!(String::from_utf8_lossy(&message.data).contains(event.id()));
        let back = BasicNackOptions {
            requeue: true,
            ..BasicNackOptions::default()
        };
        message.nack(back).await.expect("given back");
    }
}

async fn take(channel: &Channel) -> BasicGetMessage {
    loop {
        let got = channel.basic_get("twofactor.login".into(), BasicGetOptions::default());
        if let Some(message) = got.await.expect("the worker may read its queue") {
            return message;
        }
        // A returned delivery is back at once, but there is no event for it.
        tokio::task::yield_now().await;
    }
}
