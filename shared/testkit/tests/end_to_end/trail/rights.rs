//! Rights on the trail: workers add, auditors read, and neither does anything else.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use twofactor_testkit::Role;

use crate::trail::{ask, auditor, world};

const TRAIL: [&str; 7] = [
    "login_log",
    "sms_log",
    "enrollment_log",
    "reset_log",
    "text_log",
    "policy_log",
    "operator_log",
];

async fn is_denied(client: &Client, sql: &str) -> bool {
    match client.batch_execute(sql).await {
        Ok(()) => false,
        Err(error) => error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_worker_can_change_or_delete_a_row() {
    let (world, institution) = world().await;
    let login = institution.person().login();
    ask(&world, &login).await;
    for role in Role::WORKERS {
        let worker = world.database.connect(role).await;
        for table in TRAIL {
            let attempts = [
                format!("update audit.{table} set seq = -seq"),
                format!("delete from audit.{table}"),
                format!("truncate audit.{table}"),
                format!("drop table audit.{table}"),
                format!("alter table audit.{table} add column more text"),
                format!("alter table audit.{table} disable trigger all"),
                format!("create rule r as on insert to audit.{table} do instead nothing"),
            ];
            for attempt in attempts {
                assert!(
                    is_denied(&worker, &attempt).await,
                    "{}: {attempt}",
                    role.name()
                );
            }
        }
        // Nor restart the sequence, or become a role that may.
        let attempts = [
            "alter sequence audit.seq restart".to_owned(),
            "select setval('audit.seq', 1)".to_owned(),
            format!("set role {}", Role::Owner.name()),
            format!("grant {} to {}", Role::Owner.name(), role.name()),
        ];
        for attempt in attempts {
            assert!(
                is_denied(&worker, &attempt).await,
                "{}: {attempt}",
                role.name()
            );
        }
    }
    let row = world.database.rows_of("login_log", login.id()).await;
    assert_eq!(row, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_the_trail_and_nothing_else() {
    let (world, institution) = world().await;
    ask(&world, &institution.person().login()).await;
    let auditor = auditor(&world).await;
    for table in TRAIL.into_iter().chain(["logins_without_code"]) {
        let read = format!("select * from audit.{table}");
        assert!(auditor.batch_execute(&read).await.is_ok(), "{table}");
        for attempt in [
            format!("update audit.{table} set seq = -seq"),
            format!("delete from audit.{table}"),
            format!("insert into audit.{table} (seq) values (0)"),
        ] {
            assert!(is_denied(&auditor, &attempt).await, "{attempt}");
        }
    }
    let owner = world.database.connect(Role::Owner).await;
    let tables = owner
        .query(
            "select format('%I.%I', schemaname, tablename) from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema', 'audit')",
            &[],
        )
        .await
        .expect("the tables can be listed");
    assert!(tables.len() >= 8, "the workers' state is there");
    for table in tables {
        let table: String = table.get(0);
        let read = format!("select * from {table}");
        assert!(is_denied(&auditor, &read).await, "{table}");
    }
    for attempt in [
        "create table audit.mine (a int)",
        "create table public.mine (a int)",
        "create schema mine",
        "create temporary table mine (a int)",
        "select nextval('audit.seq')",
        "set role twofactor_worker",
    ] {
        assert!(is_denied(&auditor, attempt).await, "{attempt}");
    }
}
