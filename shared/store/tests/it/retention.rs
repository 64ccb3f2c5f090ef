//! Retention: whole months go, that is on record, and what is left still verifies.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_postgres::error::SqlState;
use twofactor_store::drop_months;
use twofactor_testkit::{Database, Role};

use crate::cast::Stage;
use crate::seals::{add, check, run, verify};

const KEEP: SignedDuration = SignedDuration::from_hours(400 * 24);
const AT_ONCE: Duration = Duration::ZERO;

/// Adds rows of so many days ago, as if they had been added then.
async fn add_old(database: &Database, rows: i64, days: i64) {
    let sql = format!(
        "insert into audit.login_log (recorded_at, outcome_id, outcome_type)
         select clock_timestamp() - {days} * interval '1 day', gen_random_uuid(),
             'login.accepted.v1'
         from generate_series(1, {rows})"
    );
    run(&database.connect(Role::Owner).await, &sql).await;
}

async fn rows_in(database: &Database, table: &str) -> i64 {
    let sql = format!("select count(*) from audit.{table}");
    database.count(&sql, &[]).await
}

#[tokio::test]
async fn old_months_go_on_record_and_the_chain_still_verifies() {
    let stage = Stage::new().await;
    let database = &stage.database;
    let url = database.url(Role::Owner);
    add_old(database, 10, 500).await;
    stage.store.seal(AT_ONCE).await.expect("it seals");
    // One seal over what goes and what stays.
    add_old(database, 10, 460).await;
    add_old(database, 5, 390).await;
    stage.store.seal(AT_ONCE).await.expect("it seals");
    add_old(database, 7, 380).await;
    add(database, 3).await;
    stage.store.seal(AT_ONCE).await.expect("it seals");

    assert_eq!(drop_months(&url, KEEP).await.expect("it drops"), 20);
    assert_eq!(rows_in(database, "login_log").await, 15);
    assert_eq!(verify(database).await, None);
    let found = check(database).await;
    assert_eq!((found.first_wrong, found.seals, found.rows), (None, 1, 12));
    assert!(found.begins_after.is_some());
    let auditor = database.connect(Role::Auditor).await;
    let sql = "select detail from audit.operator_log where command = 'audit drop'
        and actor_id = $1 and seq = (select record_seq from audit.dropped)";
    let record = auditor.query_one(sql, &[&Role::Owner.name()]).await;
    let detail: String = record.expect("one record").get(0);
    assert!(detail.starts_with("20 rows"), "{detail}");
    assert!(detail.ends_with("every seal over them held"), "{detail}");

    assert_eq!(drop_months(&url, KEEP).await.expect("nothing to drop"), 0);
    add(database, 3).await;
    stage.store.seal(AT_ONCE).await.expect("it seals");
    assert_eq!(verify(database).await, None);
    let owner = database.connect(Role::Owner).await;
    let kept = "delete from audit.login_log where seq = (select audit.kept_from())";
    run(&owner, kept).await;
    let row = auditor
        .query_one("select audit.kept_from(), audit.verify()", &[])
        .await;
    let row = row.expect("it verifies");
    assert_eq!(
        row.get::<_, Option<i64>>(1),
        Some(row.get(0)),
        "tampering is still found"
    );
}

#[tokio::test]
async fn what_was_tampered_with_before_it_went_is_on_record() {
    let stage = Stage::new().await;
    let database = &stage.database;
    add_old(database, 10, 500).await;
    let sealed = stage.store.seal(AT_ONCE).await.expect("it seals");
    let owner = database.connect(Role::Owner).await;
    run(
        &owner,
        "update audit.login_log set via = 'totp' where seq = 5",
    )
    .await;
    drop_months(&database.url(Role::Owner), KEEP)
        .await
        .expect("it drops");
    let sql = "select count(*) from audit.operator_log where command = 'audit drop'
        and detail like '%the seal from seq ' || $1 || ' did not hold'";
    let from = sealed[0].from_seq.to_string();
    assert_eq!(database.count(sql, &[&from]).await, 1);
    assert_eq!(verify(database).await, None);
}

#[tokio::test]
async fn rows_of_months_that_nobody_made_are_taken_in_and_moved_later() {
    let stage = Stage::new().await;
    let database = &stage.database;
    add_old(database, 4, -300).await;
    assert_eq!(rows_in(database, "login_log_rest").await, 4);
    twofactor_store::migrate(&database.url(Role::Owner))
        .await
        .expect("it migrates");
    assert_eq!(rows_in(database, "login_log_rest").await, 0);
    assert_eq!(rows_in(database, "login_log").await, 4);
    add_old(database, 1, -300).await;
    assert_eq!(rows_in(database, "login_log_rest").await, 0);
    let ahead = "select count(*) from generate_series(0, 3) as n
        where to_regclass('audit.reset_log_' || to_char(
            date_trunc('month', now() at time zone 'UTC') + n * interval '1 month', 'YYYY_MM'))
            is not null";
    assert_eq!(database.count(ahead, &[]).await, 4);
}

#[tokio::test]
async fn the_owner_alone_makes_and_drops_months() {
    let database = Database::create().await;
    for role in Role::WORKERS.into_iter().chain([Role::Auditor]) {
        let client = database.connect(role).await;
        for sql in [
            "select audit.make_months()",
            "select audit.drop_months('400 days')",
        ] {
            let error = client.batch_execute(sql).await.expect_err(sql);
            assert_eq!(
                error.code(),
                Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                "{sql}"
            );
        }
        let error = drop_months(&database.url(role), KEEP).await;
        assert!(error.is_err(), "{role:?}");
    }
}
