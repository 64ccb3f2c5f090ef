//! A broker with another configuration: the worker names what is missing, and begins as soon
//! as it is there.

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Connection, ConnectionProperties};
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Plan, World};

use crate::SEEN_WITHIN;

/// Returns a world without a login worker.
async fn world() -> World {
    let plan = Plan::default().only(&[Service::Enrollment]);
    plan.start().await.expect("a world")
}

/// Waits until `/readyz` of that worker says these words.
async fn says(world: &World, worker: usize, words: &str) {
    let saying = async {
        loop {
            let answer = world.workers[worker].readiness().await;
            if answer.as_ref().is_ok_and(|text| text.contains(words)) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let said = tokio::time::timeout(SEEN_WITHIN, saying).await;
    let last = world.workers[worker].readiness().await;
    said.unwrap_or_else(|_| panic!("{last:?} has no {words:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_with_other_arguments_is_named() {
    let mut world = world().await;
    let url = world.vhost.administrator_url();
    let connection = Connection::connect(&url, ConnectionProperties::default()).await;
    let connection = connection.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    let name = "twofactor.login";
    let gone = channel
        .queue_delete(name.into(), QueueDeleteOptions::default())
        .await;
    gone.expect("deleted");
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(1));
    let declared = channel.queue_declare(name.into(), options, arguments).await;
    declared.expect("declared otherwise");
    let worker = world.start_worker(Service::Login, &[]).expect("it starts");
    says(
        &world,
        worker,
        "queue twofactor.login is there with other arguments",
    )
    .await;
    let gone = channel
        .queue_delete(name.into(), QueueDeleteOptions::default())
        .await;
    gone.expect("deleted");
    world.workers[worker]
        .ready()
        .await
        .expect("ready by itself");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let answer = world.crm.ask(&institution.person().login()).await;
    assert_eq!(answer.expect("an answer")["via"], "not_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_vhost_and_a_wrong_password_are_named() {
    let mut world = world().await;
    let (url, _) = world.urls(Service::Login);
    let elsewhere = format!("{url}-elsewhere");
    let settings = [("AMQP_URL", elsewhere.as_str())];
    let worker = world
        .start_worker(Service::Login, &settings)
        .expect("it starts");
    says(&world, worker, "has no vhost of the name in AMQP_URL").await;
    let wrong = url.replacen('@', "x@", 1);
    let settings = [("AMQP_URL", wrong.as_str())];
    let worker = world
        .start_worker(Service::Login, &settings)
        .expect("it starts");
    says(&world, worker, "refuses the user or the password").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_of_several_hosts_serves() {
    let mut world = world().await;
    let (url, _) = world.urls(Service::Login);
    // Nothing listens on the discard port.
    let several = url.replacen('@', "@127.0.0.1:9,", 1);
    let settings = [("AMQP_URL", several.as_str())];
    world
        .add_worker(Service::Login, &settings)
        .await
        .expect("ready");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let answer = world.crm.ask(&institution.person().login()).await;
    assert_eq!(answer.expect("an answer")["via"], "not_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_queue_has_a_delivery_limit_that_an_outage_reaches() {
    let world = World::start().await.expect("a world");
    let queues = world.vhost.queues().await.expect("a list");
    let ours = queues.iter().filter(|queue| {
        let name = queue["name"].as_str().unwrap_or_default();
        name.starts_with("twofactor.")
    });
    let limits: Vec<_> = ours
        .map(|queue| &queue["arguments"]["x-delivery-limit"])
        .collect();
    assert_eq!(limits.len(), 8);
    assert!(
        limits.iter().all(|limit| **limit == 1_000_000_000),
        "{limits:?}"
    );
}
