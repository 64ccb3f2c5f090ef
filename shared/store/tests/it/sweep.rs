//! Housekeeping: what is old is deleted, what is young stays, in pieces that wait for no lock.

use twofactor_store::Swept;

use crate::cast::Stage;

const ROWS: &str = "
    insert into twofactor.answers
        (outcome_id, tenant_id, content, decided_at, outcome_type, outcome, secrets, had_secrets)
    select gen_random_uuid(), 'uni', sha256('x'), clock_timestamp() - age::interval, 't', '{}',
        secrets, true
    from (values ('9 days', null), ('7 days', null), ('16 minutes', '\\x01'::bytea),
        ('14 minutes', '\\x01')) as row (age, secrets);
    insert into twofactor.refusals (outcome_id, reason, refused_at, outcome_type, outcome)
    select gen_random_uuid(), 'too_old', clock_timestamp() - age::interval, 't', '{}'
    from unnest(array['9 days', '7 days']) as row (age);
    insert into twofactor.sessions (tenant_id, user_id, session_id, written_at)
    select 'uni', 'ann', age, clock_timestamp() - age::interval
    from unnest(array['25 hours', '23 hours']) as row (age);
    insert into twofactor.browsers (tenant_id, user_id, token, net, since, until)
    select 'uni', 'ann', sha256(age::bytea), '192.0.2.1/32', clock_timestamp(),
        clock_timestamp() - age::interval
    from unnest(array['61 days', '59 days']) as row (age);
    insert into twofactor.texts (text_id, tenant_id, user_id, session_id, purpose, code, taken_at,
        expires_at, fate, code_end, number_lookup, number_ref, number_country)
    select gen_random_uuid(), 'uni', 'ann', 's1', 'login', sha256('x'),
        clock_timestamp() - age::interval, clock_timestamp(), fate, code_end, sha256('x'),
        sha256('x'), 'GB'
    from (values ('9 days', 'accepted', null), ('7 days', 'accepted', 'used'),
        ('25 hours', 'accepted', 'void'), ('25 hours', 'held', 'void'),
        ('23 hours', 'accepted', 'void')) as row (age, fate, code_end);
";

#[tokio::test]
async fn what_is_old_is_deleted_and_what_is_young_stays() {
    let stage = Stage::new().await;
    let client = stage.database.connect_superuser().await;
    client
        .batch_execute(ROWS)
        .await
        .expect("the rows are right");
    let swept = stage.store.sweep().await.expect("it sweeps");
    let expected = Swept {
        answers: 1,
        refusals: 1,
        secrets: 1,
        sessions: 1,
        texts: 1,
        void_texts: 1,
        browsers: 1,
    };
    assert_eq!(swept, expected);
    assert!(!swept.is_unfinished());
    assert_eq!(
        stage.store.sweep().await.expect("it sweeps"),
        Swept::default()
    );
}

#[tokio::test]
async fn a_sweep_takes_a_piece_at_a_time() {
    let stage = Stage::new().await;
    let client = stage.database.connect_superuser().await;
    let sql = "insert into twofactor.sessions (tenant_id, user_id, session_id, written_at)
        select 'uni', 'ann', n::text, clock_timestamp() - interval '2 days'
        from generate_series(1, 1001) as n";
    client.execute(sql, &[]).await.expect("the rows are right");
    let swept = stage.store.sweep().await.expect("it sweeps");
    assert_eq!((swept.sessions, swept.is_unfinished()), (1000, true));
    let swept = stage.store.sweep().await.expect("it sweeps");
    assert_eq!((swept.sessions, swept.is_unfinished()), (1, false));
}

#[tokio::test]
async fn a_sweep_skips_rows_that_are_locked() {
    let stage = Stage::new().await;
    let mut client = stage.database.connect_superuser().await;
    client
        .batch_execute(ROWS)
        .await
        .expect("the rows are right");
    let held = client.transaction().await.expect("a transaction");
    let sql = "select from twofactor.sessions for update";
    held.query(sql, &[]).await.expect("rows can be locked");
    assert_eq!(stage.store.sweep().await.expect("it sweeps").sessions, 0);
    held.rollback().await.expect("it ends");
    assert_eq!(stage.store.sweep().await.expect("it sweeps").sessions, 1);
}
