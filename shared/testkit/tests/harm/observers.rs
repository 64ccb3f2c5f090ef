//! Queues of observers and operators that take nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use lapin::options::QueueDeleteOptions;
use lapin::{Connection, ConnectionProperties};
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{FullQueue, Letter, ReplyPath, World};
use uuid::Uuid;

use crate::{Others, SEEN_WITHIN, counts};

/// Returns an observer whose queue declines everything after its first message.
async fn full_queue(world: &World) -> FullQueue {
    let full = FullQueue::declare(&world.vhost.url("observer"), "observer.full").await;
    let full = full.expect("declared");
    full.observe_everything().await.expect("bound");
    full
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_that_takes_nothing_harms_nobody() {
    let mut world = World::start().await.expect("a world");
    let others = Others::of(&world).await;
    let full = full_queue(&world).await;
    others
        .are_answered("an observer's queue that declines")
        .await;
    let events: Vec<_> = (0..300)
        .map(|_| others.person.colleague().login())
        .collect();
    for event in &events {
        others.crm.tell(event).await.expect("published");
    }
    others
        .are_answered("the same with 300 events waiting")
        .await;
    for event in &events {
        let seen = world.observer.wait_for(event.outcome_id()).await;
        seen.expect("the other observer sees it");
    }
    counts(&mut world, "twofactor_broadcasts_declined_total", 300.0).await;
    let mut copies: BTreeMap<usize, usize> = BTreeMap::new();
    for event in &events {
        let count = world.observer.copies(event.outcome_id()).len();
        *copies.entry(count).or_default() += 1;
    }
    println!("copies that the healthy observer got, and how often: {copies:?}");
    assert!(
        copies.keys().all(|count| (1..=2).contains(count)),
        "{copies:?}"
    );
    full.delete().await.expect("deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn seals_are_made_while_an_observer_takes_nothing() {
    let world = World::start().await.expect("a world");
    let others = Others::of(&world).await;
    let _full = full_queue(&world).await;
    others
        .are_answered("an observer's queue that declines")
        .await;
    let seen = world
        .observer
        .wait_until("of a seal", |outcome| outcome.kind() == "audit.sealed.v1");
    seen.await.expect("the other observer sees the seal");
    // It was declined by one queue, and still counts as broadcast, so that the next one follows.
    let owner = world.database.connect_superuser().await;
    let kept = async {
        loop {
            let row = owner.query_one("select to_seq from twofactor.seal_broadcast", &[]);
            let to_seq: i64 = row.await.expect("a row").get(0);
            if to_seq > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SEEN_WITHIN, kept)
        .await
        .expect("it counts as broadcast");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_cannot_be_published_is_counted_and_given_up() {
    let mut world = World::start().await.expect("a world");
    let others = Others::of(&world).await;
    let definition = json!({ "max-length": 1, "overflow": "reject-publish" });
    let set = world
        .vhost
        .set_policy("full", "^twofactor[.]login[.]dead$", &definition);
    set.await.expect("a policy");
    for _ in 0..10 {
        let id = Uuid::new_v4().to_string();
        let bad = Letter::new("login.attempted.v1", format!("no JSON {id}"))
            .content_type("application/cloudevents+json")
            .correlated(&id);
        let answer = others.crm.ask_by(&bad, &ReplyPath::Direct).await;
        assert_eq!(answer.expect("an answer")["reason"], "malformed");
    }
    others.are_answered("a dead queue that declines").await;
    counts(&mut world, "twofactor_dead_letters_lost_total", 8.0).await;
    let log = world.worker(Service::Login).log();
    assert!(
        log.contains("a dead letter could not be published"),
        "{log}"
    );
    assert!(log.contains("sha256"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_queue_that_is_gone_is_declared_again() {
    let world = World::start().await.expect("a world");
    let url = world.vhost.administrator_url();
    let connection = Connection::connect(&url, ConnectionProperties::default()).await;
    let connection = connection.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    let dead = "twofactor.login.dead";
    let gone = channel
        .queue_delete(dead.into(), QueueDeleteOptions::default())
        .await;
    gone.expect("deleted");
    let bad = Letter::new("login.attempted.v1", "no JSON")
        .content_type("application/cloudevents+json")
        .correlated("1");
    let answer = world.crm.ask_by(&bad, &ReplyPath::Direct).await;
    assert_eq!(answer.expect("an answer")["reason"], "malformed");
    let letter = async {
        loop {
            // A client that asks for a queue that does not exist loses the channel.
            let operator = world.operator().await.expect("an operator");
            if let Ok(Some(letter)) = operator.take(Service::Login).await {
                return letter;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let letter = tokio::time::timeout(SEEN_WITHIN, letter).await;
    assert_eq!(letter.expect("a letter").event["length"], "no JSON".len());
}
