//! `/healthz` says that the process lives, `/readyz` whether broker and database answer.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use twofactor_contract::Service;
use twofactor_testkit::{Institution, Network, Plan, Relays, Worker, http};

const NOTICED_WITHIN: Duration = Duration::from_secs(30);

/// Returns status and words of a page of a worker.
async fn page(client: &Client, worker: &Worker, path: &str) -> (StatusCode, String) {
    let url = format!("{}{path}", worker.url());
    let answer = client.get(url).send().await.expect("an answer");
    (answer.status(), answer.text().await.expect("words"))
}

/// Asks `/readyz` until it answers that; fails if it does not in time.
async fn until_ready_says(client: &Client, worker: &Worker, status: u16, word: &str) {
    let begun = Instant::now();
    loop {
        let (says, words) = page(client, worker, "/readyz").await;
        if says.as_u16() == status && words.contains(word) {
            return;
        }
        let late = begun.elapsed() > NOTICED_WITHIN;
        assert!(!late, "{says} {words:?} instead of {status} {word:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_ready_while_broker_and_database_answer() {
    let world = Plan::default().only(&[Service::Enrollment]).start().await;
    let mut world = world.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let relays = Relays::before(&world, Service::Login).await;
    let mut relays = relays.expect("two relays");
    // A silent network is noticed by the heartbeat alone; the usual one takes longer.
    relays.amqp_url += "?heartbeat=4";
    let broker = &relays.broker;
    let database = &relays.database;
    // Absent when the worker starts: it waits and does not end.
    broker.set(Network::Cut);
    database.set(Network::Cut);
    let place = world
        .start_worker(Service::Login, &relays.settings())
        .expect("it starts");
    let client = http::client();
    let begun = Instant::now();
    while http::get(&client, &format!("{}/healthz", world.workers[place].url()))
        .await
        .is_err()
    {
        assert!(begun.elapsed() < NOTICED_WITHIN, "it does not start");
        tokio::task::yield_now().await;
    }
    until_ready_says(&client, &world.workers[place], 503, "broker").await;
    broker.set(Network::Open);
    database.set(Network::Open);
    until_ready_says(&client, &world.workers[place], 200, "ready").await;
    for (relay, network, word) in [
        (database, Network::Cut, "database"),
        (database, Network::Silent, "database"),
        (broker, Network::Cut, "broker"),
        (broker, Network::Silent, "broker"),
    ] {
        relay.set(network);
        let worker = &world.workers[place];
        until_ready_says(&client, worker, 503, word).await;
        let (status, words) = page(&client, worker, "/healthz").await;
        assert_eq!(
            (status.as_u16(), words.as_str()),
            (200, "alive\n"),
            "{network:?}"
        );
        relay.set(Network::Open);
        until_ready_says(&client, worker, 200, "ready").await;
        let login = institution.person().login();
        let outcome = world.crm.ask(&login).await.expect("an outcome");
        assert_eq!(outcome["via"], "not_required", "after {network:?}");
    }
    let worker = &mut world.workers[place];
    assert!(worker.program().ended().expect("a state").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_for_an_instant_is_not_called_lost_for_ever() {
    let world = Plan::default().only(&[Service::Enrollment]).start().await;
    let mut world = world.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let relays = Relays::before(&world, Service::Login).await;
    let relays = relays.expect("two relays");
    let place = world
        .start_worker(Service::Login, &relays.settings())
        .expect("it starts");
    let ready = world.workers[place].ready().await;
    ready.expect("it is ready");
    let client = http::client();
    let worker = &world.workers[place];
    for _ in 0..3 {
        relays.broker.set(Network::Cut);
        relays.broker.set(Network::Open);
        // Its reply opens the connection before the watcher notices the loss.
        let login = institution.person().login();
        let outcome = world.crm.ask(&login).await.expect("an outcome");
        assert_eq!(outcome["via"], "not_required");
        until_ready_says(&client, worker, 200, "ready").await;
    }
    // Longer than the interval between two checks of a connection.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        let (status, words) = page(&client, worker, "/readyz").await;
        assert_eq!(status.as_u16(), 200, "{words}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_schema_is_reported() {
    let world = Plan::default().only(&[Service::Login]).start().await;
    let world = world.expect("a world");
    let owner = world.database.connect_superuser().await;
    let old = "delete from twofactor.schema_history
        where version = (select max(version) from twofactor.schema_history)";
    let changed = owner.execute(old, &[]).await.expect("the owner may");
    assert_eq!(changed, 1);
    let (status, words) = page(&http::client(), &world.workers[0], "/readyz").await;
    assert_eq!(status.as_u16(), 503);
    assert!(words.contains("twofactor-ctl migrate"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_are_those_three() {
    let world = Plan::default().only(&[Service::Reset]).start().await;
    let world = world.expect("a world");
    let client = http::client();
    for (path, status) in [
        ("/metrics", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/", 404),
        ("/metrics/x", 404),
        ("/debug", 404),
    ] {
        let (says, words) = page(&client, &world.workers[0], path).await;
        assert_eq!(says.as_u16(), status, "{path}: {words}");
    }
    let url = format!("{}/metrics", world.workers[0].url());
    let answer = client.get(&url).send().await.expect("an answer");
    let kind = answer.headers().get("content-type").cloned();
    let kind = kind.expect("a content type");
    assert!(
        kind.to_str()
            .expect("text")
            .starts_with("text/plain; version=0.0.4")
    );
    let answer = client.post(&url).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
