//! Counting what each key seals: one at a time, and not for long.

use std::time::{Duration, Instant};

use twofactor_rules::Change;
use twofactor_store::{Fate, Store};
use twofactor_testkit::{Network, Relay, Role};

use crate::cast::{Stage, totp, user};
use crate::seals::run;

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn one_counts_at_a_time() {
    let stage = Stage::new().await;
    let now = stage.store.clock().await.expect("a clock");
    let set_up = vec![Change::SetUpTotp { totp: totp(now) }];
    stage.play(&user("ann"), set_up).await;
    let one = vec![("k1".to_owned(), 1)];
    assert_eq!(
        stage.store.key_rows_within(PATIENCE).await,
        Ok(Some(one.clone()))
    );
    let counting = stage.database.connect(Role::Reset).await;
    run(&counting, "begin; select pg_advisory_xact_lock(7631468, 3)").await;
    assert_eq!(stage.store.key_rows_within(PATIENCE).await, Ok(None));
    assert_eq!(
        stage.store.key_rows().await,
        Ok(one.clone()),
        "an operator's is not put off"
    );
    run(&counting, "commit").await;
    assert_eq!(stage.store.key_rows_within(PATIENCE).await, Ok(Some(one)));
}

#[tokio::test]
async fn a_count_that_takes_long_is_given_up_and_leaves_the_connection_as_it_was() {
    let stage = Stage::new().await;
    let store = Store::new(&stage.database.url(Role::Sms), 1).expect("a URL");
    store.clock().await.expect("a connection");
    let holding = stage.database.connect_superuser().await;
    run(
        &holding,
        "begin; lock table twofactor.users in access exclusive mode",
    )
    .await;
    let begun = Instant::now();
    let error = store.key_rows_within(Duration::from_millis(50)).await;
    let error = error.expect_err("it is given up");
    assert_eq!(error.code(), Some("57014"), "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    run(&holding, "commit").await;
    store.key_rows_within(PATIENCE).await.expect("it counts");
    let turn = store.begin(&crate::cast::needs([&user("ann")])).await;
    turn.expect("no time-out is left").roll_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_given_up_too() {
    let stage = Stage::new().await;
    let url = stage.database.url(Role::Sms);
    let relay = Relay::before(&url).await.expect("a relay");
    let store = Store::new(&relay.url(&url).expect("a URL"), 1).expect("a URL");
    store.clock().await.expect("a connection");
    relay.set(Network::Silent);
    let begun = Instant::now();
    let error = store.key_rows_within(Duration::from_millis(50)).await;
    let error = error.expect_err("it is given up");
    assert_eq!(error.fate(), Fate::Wait, "{error}");
    assert!(error.to_string().contains("does not answer"), "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(store.connections().open, 0, "it is not kept");
    relay.set(Network::Open);
    store.key_rows_within(PATIENCE).await.expect("it counts");
}
