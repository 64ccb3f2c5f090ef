//! Counting what each key seals: by one worker for all, seldom, and not for long.

use std::time::{Duration, Instant};

use twofactor_rules::Change;
use twofactor_store::{Fate, Store};
use twofactor_testkit::{Network, Relay, Role};

use crate::cast::{Stage, totp, user};
use crate::seals::run;

const PATIENCE: Duration = Duration::from_secs(30);
/// A count of any age is older.
const NOW: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_hours(1);

/// A stage with one sealed value, under `k1`.
async fn with_one_value() -> Stage {
    let stage = Stage::new().await;
    let now = stage.store.clock().await.expect("a clock");
    let set_up = vec![Change::SetUpTotp { totp: totp(now) }];
    stage.play(&user("ann"), set_up).await;
    stage
}

fn rows(count: i64) -> Vec<(String, i64)> {
    vec![("k1".to_owned(), count)]
}

#[tokio::test]
async fn one_worker_counts_and_the_others_read_what_it_found() {
    let stage = with_one_value().await;
    let count = async |role, max_age| {
        let store = Store::new(&stage.database.url(role), 1).expect("a URL");
        let counted = store.shared_key_rows(max_age, PATIENCE).await;
        counted.expect("it counts or reads")
    };
    assert_eq!(count(Role::Sms, HOUR).await, Some(rows(1)));
    let now = stage.store.clock().await.expect("a clock");
    let set_up = vec![Change::SetUpTotp { totp: totp(now) }];
    stage.play(&user("bob"), set_up).await;
    for role in Role::WORKERS {
        assert_eq!(count(role, HOUR).await, Some(rows(1)), "not counted again");
    }
    let owner = stage.database.connect(Role::Owner).await;
    let aged = "update twofactor.key_rows set counted_at = counted_at - interval '1 hour'";
    run(&owner, aged).await;
    assert_eq!(count(Role::Reset, HOUR).await, Some(rows(2)));
    // A clock that was set back makes the last count lie ahead: it is of no use then.
    let ahead = "update twofactor.key_rows set counts = '{7}', counted_at = now() + interval '1 h'";
    run(&owner, ahead).await;
    assert_eq!(count(Role::Login, HOUR).await, Some(rows(2)));
    stage
        .store
        .keep_key_rows(&rows(5))
        .await
        .expect("it is kept");
    assert_eq!(count(Role::Sms, HOUR).await, Some(rows(5)), "an operator's");
}

#[tokio::test]
async fn one_counts_at_a_time_and_the_others_show_the_count_before() {
    let stage = with_one_value().await;
    let count = || stage.store.shared_key_rows(NOW, PATIENCE);
    let counting = stage.database.connect(Role::Reset).await;
    run(&counting, "begin; select pg_advisory_xact_lock(7631468, 3)").await;
    assert_eq!(count().await, Ok(None), "nothing was counted ever");
    assert_eq!(
        stage.store.key_rows().await,
        Ok(rows(1)),
        "an operator's count is not put off"
    );
    stage
        .store
        .keep_key_rows(&rows(5))
        .await
        .expect("it is kept");
    assert_eq!(count().await, Ok(Some(rows(5))));
    run(&counting, "commit").await;
    assert_eq!(count().await, Ok(Some(rows(1))));
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
    let error = store.shared_key_rows(NOW, Duration::from_millis(50)).await;
    let error = error.expect_err("it is given up");
    assert_eq!(error.code(), Some("57014"), "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    run(&holding, "commit").await;
    let counted = store.shared_key_rows(NOW, PATIENCE).await;
    counted.expect("it counts");
    let turn = store.begin(&crate::cast::needs([&user("ann")])).await;
    turn.expect("no time-out is left").roll_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_given_up_too() {
    let stage = Stage::new().await;
    let url = stage.database.url(Role::Sms);
    let relay = Relay::before(&url).await.expect("a relay");
    let store = Store::new(&relay.url(&url).expect("a URL"), 1).expect("a URL");
    let counted = store.shared_key_rows(NOW, PATIENCE).await;
    counted.expect("it counts");
    relay.set(Network::Silent);
    let begun = Instant::now();
    let error = store.shared_key_rows(NOW, Duration::from_millis(50)).await;
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
    let counted = store.shared_key_rows(NOW, PATIENCE).await;
    counted.expect("it counts");
}
