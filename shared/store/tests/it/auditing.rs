//! The page for auditors: every query on it runs with an auditor's rights and finds what it says.

use std::time::Duration;

use tokio_postgres::Row;
use twofactor_testkit::{Database, Role};

use crate::cast::Stage;
use crate::seals::run;

const PAGE: &str = include_str!("../../../../dashboards/auditing.md");

/// A user who was reset and then came back with another number and from elsewhere; one who came
/// back as before; a busy administrator; a guesser; one who was exempted.
const STORY: &str = "
    insert into audit.policy_log (tenant_id, actor_id, required, grace_days)
    values ('uni', 'admin', true, 14);
    insert into audit.login_log (recorded_at, outcome_id, outcome_type, tenant_id, user_id, ip, via)
    select now() - interval '9 days', gen_random_uuid(), 'login.accepted.v1', 'uni', name,
        '192.0.2.7', 'totp'
    from unnest(array['ann', 'bob']) as user_name (name);
    insert into audit.text_log (recorded_at, tenant_id, user_id, purpose, number_ref, country,
        provider, result)
    select now() - days * interval '1 day', 'uni', name, 'enrollment', number, 'GB', 'twilio',
        'accepted'
    from (values ('ann', 'one', 9), ('bob', 'two', 9), ('ann', 'three', 2), ('bob', 'two', 2))
        as text (name, number, days);
    insert into audit.reset_log (recorded_at, event_type, outcome_id, outcome_type, tenant_id,
        user_id, actor_id, admin_reason)
    select now() - interval '60 hours', 'reset.requested.v1', gen_random_uuid(),
        'reset.completed.v1', 'uni', name, 'admin', 'lost phone'
    from unnest(array['ann', 'bob']) as user_name (name);
    insert into audit.enrollment_log (recorded_at, outcome_id, outcome_type, tenant_id, user_id,
        method)
    select now() - interval '47 hours', gen_random_uuid(), 'enrollment.completed.v1', 'uni', name,
        'sms'
    from unnest(array['ann', 'bob']) as user_name (name);
    insert into audit.login_log (recorded_at, outcome_id, outcome_type, tenant_id, user_id, ip, via)
    values (now() - interval '46 hours', gen_random_uuid(), 'login.accepted.v1', 'uni', 'ann',
            '198.51.100.9', 'enrolled'),
        (now() - interval '46 hours', gen_random_uuid(), 'login.accepted.v1', 'uni', 'bob',
            '192.0.2.200', 'enrolled'),
        (now() - interval '1 hour', gen_random_uuid(), 'login.accepted.v1', 'uni', 'bob',
            '192.0.2.200', 'remembered');
    insert into audit.reset_log (event_type, outcome_id, outcome_type, tenant_id, user_id, actor_id)
    select 'reset.requested.v1', gen_random_uuid(), 'reset.completed.v1', 'uni', 'u' || n,
        case when n <= 12 then 'busy' else 'calm' || n end
    from generate_series(1, 15) as n;
    insert into audit.login_log (outcome_id, outcome_type, reason, tenant_id, user_id, ip)
    select gen_random_uuid(), 'login.rejected.v1', 'wrong_code', 'uni', 'eve', '203.0.113.4'
    from generate_series(1, 6);
    insert into audit.enrollment_log (event_type, outcome_id, outcome_type, tenant_id, user_id,
        actor_id, admin_reason)
    values ('enrollment.exempted.v1', gen_random_uuid(), 'enrollment.exemption.v1', 'uni', 'dan',
        'admin', 'no phone');
";

fn queries() -> Vec<&'static str> {
    let blocks = PAGE.split("```sql\n").skip(1);
    blocks
        .map(|block| block.split("```").next().expect("an end"))
        .collect()
}

/// Returns the rows that an auditor gets from the query of that question.
async fn answer(database: &Database, question: usize) -> Vec<Row> {
    let auditor = database.connect(Role::Auditor).await;
    let sql = queries()[question - 1].trim().trim_end_matches(';');
    let rows = auditor.query(sql, &[]).await;
    rows.unwrap_or_else(|error| panic!("question {question}: {error:?}"))
}

fn texts<'a>(rows: &'a [Row], column: &str) -> Vec<Option<&'a str>> {
    rows.iter().map(|row| row.get(column)).collect()
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let stage = Stage::new().await;
    let database = &stage.database;
    run(&database.connect(Role::Owner).await, STORY).await;
    stage.store.seal(Duration::ZERO).await.expect("it seals");
    assert_eq!(queries().len(), 10);
    for question in 1..=10 {
        assert!(PAGE.contains(&format!("\n## {question}. ")), "{question}");
        assert!(
            !answer(database, question).await.is_empty(),
            "question {question} finds nothing"
        );
    }
    assert_eq!(answer(database, 1).await.len(), 17);
    let followed = answer(database, 2).await;
    assert_eq!(texts(&followed, "user_id"), [Some("ann"); 2]);
    assert_eq!(
        texts(&followed, "followed_by"),
        [Some("new_number"), Some("new_network")]
    );
    let admins = answer(database, 3).await;
    assert_eq!(texts(&admins, "admin_id"), [Some("busy"), Some("admin")]);
    let rules = answer(database, 4).await;
    assert_eq!(texts(&rules, "rule"), [Some("remembered")]);
    let outcomes = answer(database, 7).await;
    let expected = [
        "login.accepted.v1",
        "reset.completed.v1",
        "enrollment.completed.v1",
        "login.accepted.v1",
    ];
    assert_eq!(texts(&outcomes, "outcome_type"), expected.map(Some));
    assert_eq!(texts(&answer(database, 8).await, "user_id"), [Some("eve")]);
    let whole = answer(database, 10).await;
    assert_eq!(whole[0].get::<_, Option<i64>>("first_wrong"), None);
    assert!(whole[0].get::<_, f64>("unsealed_for") < 1.0);
}
