//! The seals: what they cover, and how tampering is found, and where.

use std::time::Duration;

use futures::future::join_all;
use tokio_postgres::Client;
use twofactor_rules::seal::{Check, Found};
use twofactor_store::Store;
use twofactor_testkit::{Database, Role};

use crate::cast::Stage;

const AT_ONCE: Duration = Duration::ZERO;

/// Adds rows as a worker does, to three of the logs, with everything that JSON has to escape.
pub async fn add(database: &Database, rows: i64) {
    let sql = format!(
        "insert into audit.login_log (occurred_at, event_id, source, outcome_id, outcome_type,
             tenant_id, user_id, ip, via, policy_required)
         select clock_timestamp(), 'event-' || n, E'/crm\\t\"é\\\\', gen_random_uuid(),
             'login.accepted.v1', 'uni', 'ann', '2001:db8::1', 'totp', true
         from generate_series(1, {rows}) as n;
         insert into audit.reset_log (occurred_at, outcome_id, outcome_type, admin_reason)
         values ('0044-03-15 BC', gen_random_uuid(), 'reset.completed.v1', E'lost\\x7f\\u2028phone');
         insert into audit.policy_log (tenant_id, actor_id, required, grace_days)
         values ('uni', 'admin', true, 14);"
    );
    run(&database.connect(Role::Enrollment).await, &sql).await;
}

pub async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.expect(sql);
}

/// Recomputes the seals inside the database, as an auditor; returns the first that does not verify.
pub async fn verify(database: &Database) -> Option<i64> {
    let auditor = database.connect(Role::Auditor).await;
    let row = auditor.query_one("select audit.verify()", &[]).await;
    row.expect("an auditor verifies").get(0)
}

/// Recomputes the seals without a database, from all that an auditor can export.
pub async fn check(database: &Database) -> Found {
    let auditor = database.connect(Role::Auditor).await;
    let sql = "select line from (select seq, false as is_seal, line from audit.lines
            where seq >= audit.kept_from()
            union all select to_seq, true, line from audit.seal_lines) as export
        order by seq, is_seal";
    let rows = auditor.query(sql, &[]).await.expect("an auditor exports");
    let mut check = Check::default();
    for row in &rows {
        check.line(row.get(0)).expect("a line of an export");
    }
    check.finish()
}

/// Makes three seals, and returns the owner's connection, to tamper with them.
async fn three_seals() -> (Stage, Vec<i64>, Client) {
    let stage = Stage::new().await;
    let mut starts = Vec::new();
    for rows in [10, 20, 30] {
        add(&stage.database, rows).await;
        let sealed = stage.store.seal(AT_ONCE).await.expect("it seals");
        assert_eq!(sealed.len(), 1);
        starts.push(sealed[0].from_seq);
    }
    let owner = stage.database.connect(Role::Owner).await;
    (stage, starts, owner)
}

#[tokio::test]
async fn seals_are_a_chain_over_every_row() {
    let (stage, starts, _) = three_seals().await;
    let auditor = stage.database.connect(Role::Auditor).await;
    let sql = "select from_seq, to_seq, rows from audit.seals order by from_seq";
    let seals = auditor.query(sql, &[]).await.expect("an auditor reads");
    let found: Vec<(i64, i64, i64)> = seals
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    // The first covers the record of the migration too.
    let first = 13;
    assert_eq!(starts, [1, first + 1, first + 23]);
    assert_eq!(
        found,
        [
            (1, first, first),
            (first + 1, first + 22, 22),
            (first + 23, first + 54, 32)
        ]
    );
    assert_eq!(verify(&stage.database).await, None);
    let found = check(&stage.database).await;
    assert_eq!((found.first_wrong, found.seals, found.rows), (None, 3, 67));
    let sql =
        "set timezone = 'Asia/Kathmandu'; set datestyle = 'German'; set extra_float_digits = 0";
    run(&auditor, sql).await;
    let row = auditor.query_one("select audit.verify(20, 30)", &[]).await;
    assert_eq!(row.expect("it verifies").get::<_, Option<i64>>(0), None);
}

/// Ways in which an owner might tamper, and the seal where each is found. The second seal covers
/// the rows 14 to 35: 14 to 33 are logins.
const TAMPERINGS: [(&str, &str, i64); 15] = [
    (
        "changed",
        "update audit.login_log set via = 'sms' where seq = 15",
        14,
    ),
    (
        "backdated",
        "update audit.login_log set recorded_at = recorded_at - interval '1 s'
            where seq = 15",
        14,
    ),
    ("deleted", "delete from audit.login_log where seq = 15", 14),
    (
        "all deleted",
        "delete from audit.login_log where seq between 14 and 35",
        14,
    ),
    (
        "inserted",
        "insert into audit.sms_log (seq, outcome_id, outcome_type)
            values (15, gen_random_uuid(), 'sms.sent.v1')",
        14,
    ),
    (
        "inserted before all",
        "insert into audit.sms_log (seq, outcome_id, outcome_type)
            values (-3, gen_random_uuid(), 'sms.sent.v1')",
        1,
    ),
    (
        "reordered",
        "update audit.login_log set seq = 31 - seq where seq in (15, 16)",
        14,
    ),
    (
        "moved",
        "with gone as (delete from audit.login_log where seq = 15 returning *)
            insert into audit.sms_log select seq, recorded_at, occurred_at, event_id, source,
                event_type, outcome_id, outcome_type, tenant_id, user_id, actor_id, session_id,
                method, reason from gone",
        14,
    ),
    (
        "a seal changed",
        "update audit.seals set digest = sha256('x') where from_seq = 14",
        14,
    ),
    (
        "a seal of another time",
        "update audit.seals set sealed_at = sealed_at - interval '1 s'
            where from_seq = 14",
        14,
    ),
    (
        "a seal cut",
        "update audit.seals set to_seq = 34, rows = 21 where from_seq = 14",
        14,
    ),
    (
        "a seal deleted",
        "delete from audit.seals where from_seq = 14",
        36,
    ),
    (
        "the first seal deleted",
        "delete from audit.seals where from_seq = 1",
        14,
    ),
    (
        "a seal made anew",
        "update audit.login_log set via = 'sms' where seq = 15;
            update audit.seals set digest = (select audit.digest(before.digest, 14, 35, 22,
                seal.sealed_at, string_agg(sha256(convert_to(line, 'UTF8')), '' order by seq))
                from audit.lines, audit.seals as before, audit.seals as seal
                where seq between 14 and 35 and before.to_seq = 13 and seal.to_seq = 35
                group by before.digest, seal.sealed_at) where from_seq = 14",
        36,
    ),
    (
        "a drop that is not on record",
        "insert into audit.dropped values (35, now(), 22, 1);
            delete from audit.login_log where seq <= 35",
        1,
    ),
];

#[tokio::test]
async fn tampering_by_the_owner_is_found_and_where() {
    let (stage, ..) = three_seals().await;
    let mut owner = stage.database.connect(Role::Owner).await;
    for (name, tamper, wrong) in TAMPERINGS {
        let tampering = owner.transaction().await.expect("a transaction");
        tampering.batch_execute(tamper).await.expect(name);
        let row = tampering.query_one("select audit.verify()", &[]).await;
        let found: Option<i64> = row.expect("it verifies").get(0);
        assert_eq!(found, Some(wrong), "{name}");
        // A verification of other seals still succeeds.
        let sql = "select audit.verify(1, 13)";
        let row = tampering.query_one(sql, &[]).await.expect("it verifies");
        let expected = (wrong == 1).then_some(1);
        if !name.contains("first seal") {
            assert_eq!(row.get::<_, Option<i64>>(0), expected, "{name}");
        }
        tampering.rollback().await.expect("it ends");
    }
    run(
        &owner,
        "update audit.login_log set via = 'sms' where seq = 15",
    )
    .await;
    assert_eq!(verify(&stage.database).await, Some(14));
    assert_eq!(check(&stage.database).await.first_wrong, Some(14));
}

#[tokio::test]
async fn a_row_that_commits_late_is_sealed_once() {
    let stage = Stage::new().await;
    let mut late = stage.database.connect(Role::Sms).await;
    let writing = late.transaction().await.expect("a transaction");
    let sql = "insert into audit.sms_log (outcome_id, outcome_type)
        values (gen_random_uuid(), 'sms.sent.v1')";
    writing.execute(sql, &[]).await.expect("a worker adds");
    add(&stage.database, 10).await;
    let store = stage.store.clone();
    let sealing = tokio::spawn(async move { store.seal(AT_ONCE).await });
    until_somebody_seals(&stage.database).await;
    // A transaction that begins while the sealer waits is not delayed; the next seal covers it.
    add(&stage.database, 5).await;
    writing.commit().await.expect("it commits late");
    let sealed = sealing.await.expect("no panic").expect("it seals");
    // The migration's record, the late row, and what was added between.
    assert_eq!((sealed[0].to_seq, sealed[0].rows), (14, 14));
    let sealed = stage.store.seal(AT_ONCE).await.expect("it seals");
    assert_eq!((sealed[0].from_seq, sealed[0].rows), (15, 7));
    assert_eq!(verify(&stage.database).await, None);
    assert_eq!(check(&stage.database).await.rows, 21);
}

async fn until_somebody_seals(database: &Database) {
    let client = database.connect_superuser().await;
    let sql = "select from pg_locks where locktype = 'advisory' and classid = 7631468
        and objid = 2 and database = (select oid from pg_database
            where datname = current_database())";
    let sealing = async {
        while client.query(sql, &[]).await.expect("locks").is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, sealing)
        .await
        .expect("nobody seals");
}

#[tokio::test]
async fn a_row_that_was_rolled_back_leaves_a_gap_that_verifies() {
    let stage = Stage::new().await;
    let mut client = stage.database.connect(Role::Sms).await;
    let writing = client.transaction().await.expect("a transaction");
    let sql = "insert into audit.sms_log (outcome_id, outcome_type)
        values (gen_random_uuid(), 'sms.sent.v1')";
    writing.execute(sql, &[]).await.expect("a worker adds");
    writing.rollback().await.expect("it ends");
    add(&stage.database, 1).await;
    let sealed = stage.store.seal(AT_ONCE).await.expect("it seals");
    assert_eq!((sealed[0].to_seq, sealed[0].rows), (5, 4));
    assert_eq!(verify(&stage.database).await, None);
    // Nothing was added since, but a `seq` was drawn: no seal.
    let writing = client.transaction().await.expect("a transaction");
    writing.execute(sql, &[]).await.expect("a worker adds");
    writing.rollback().await.expect("it ends");
    assert_eq!(stage.store.seal(AT_ONCE).await, Ok(vec![]));
    add(&stage.database, 1).await;
    let sealed = stage.store.seal(AT_ONCE).await.expect("it seals");
    assert_eq!((sealed[0].from_seq, sealed[0].rows), (6, 3));
}

#[tokio::test]
async fn of_several_sealers_one_makes_the_seal() {
    let stage = Stage::new().await;
    add(&stage.database, 2000).await;
    let urls = Role::WORKERS.map(|role| stage.database.url(role));
    let stores = urls.map(|url| Store::new(&url, 1).expect("a URL"));
    let spacing = Duration::from_mins(5);
    let sealed = join_all(stores.iter().map(|store| store.seal(spacing))).await;
    let all: Vec<_> = sealed
        .into_iter()
        .flat_map(|sealed| sealed.expect("it seals"))
        .collect();
    assert_eq!(all.len(), 1, "{all:?}");
    // Rows that are added soon after wait for the next seal.
    add(&stage.database, 1).await;
    assert_eq!(stage.store.seal(spacing).await, Ok(vec![]));
    assert!(stage.store.seal_age().await > 0.0);
    assert_eq!(stage.store.seal(AT_ONCE).await.expect("it seals").len(), 1);
    assert!(stage.store.seal_age().await <= 0.0);
}

#[tokio::test]
async fn a_seal_is_to_be_broadcast_until_it_was() {
    let (stage, starts, _) = three_seals().await;
    let waiting = stage.store.seals_to_broadcast().await.expect("seals");
    let from: Vec<_> = waiting.iter().map(|seal| seal.from_seq).collect();
    assert_eq!(from, starts);
    let kept = stage.store.keep_seal_broadcast(waiting[1].to_seq).await;
    kept.expect("it is kept");
    // Another worker that was slower changes nothing.
    let kept = stage.store.keep_seal_broadcast(waiting[0].to_seq).await;
    kept.expect("it is kept");
    let left = stage.store.seals_to_broadcast().await.expect("seals");
    assert_eq!(left, waiting[2..]);
}

#[tokio::test]
async fn many_rows_are_sealed_in_pieces_and_verify_in_seconds() {
    let stage = Stage::new().await;
    add(&stage.database, 100_500).await;
    let sealed = stage.store.seal(AT_ONCE).await.expect("it seals");
    let rows: Vec<_> = sealed.iter().map(|seal| seal.rows).collect();
    assert_eq!(rows, [100_000, 503]);
    let began = std::time::Instant::now();
    assert_eq!(verify(&stage.database).await, None);
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "it takes minutes"
    );
}
