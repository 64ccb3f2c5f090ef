//! What each role may do with each table, schema and function.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use twofactor_testkit::{Database, Role};

const STATE: [&str; 5] = ["texts", "browsers", "sessions", "answers", "refusals"];
const TRAIL: [&str; 6] = [
    "login_log",
    "sms_log",
    "enrollment_log",
    "reset_log",
    "text_log",
    "policy_log",
];
const VERBS: [&str; 7] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
];

/// Returns the rights that a role should have on a table.
fn expected(role: Role, table: &str) -> Vec<&'static str> {
    let is_worker = Role::WORKERS.contains(&role);
    let (schema, name) = table.split_once('.').expect("a schema and a table");
    match (schema, name) {
        ("twofactor", name) if is_worker && STATE.contains(&name) => {
            vec!["SELECT", "INSERT", "UPDATE", "DELETE"]
        }
        ("twofactor", "users" | "policies" | "key_rows") if is_worker => {
            vec!["SELECT", "INSERT", "UPDATE"]
        }
        ("twofactor", "hash_key") if is_worker => vec!["SELECT", "INSERT"],
        ("twofactor", "schema_history") | ("audit", "seals") if is_worker => vec!["SELECT"],
        ("twofactor", "seal_broadcast") if is_worker => vec!["SELECT", "UPDATE"],
        // A month of a log is reached through the log alone.
        ("audit", name) if is_worker && TRAIL.contains(&name) => vec!["INSERT"],
        ("audit", _) if role == Role::Auditor => vec!["SELECT"],
        _ => vec![],
    }
}

async fn column(client: &Client, sql: &str) -> Vec<String> {
    let rows = client
        .query(sql, &[])
        .await
        .expect("the catalogue can be read");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn may(client: &Client, question: &str) -> bool {
    let row = client.query_one(&format!("select {question}"), &[]).await;
    row.expect("rights can be asked for").get(0)
}

#[tokio::test]
async fn every_role_has_its_rights_and_no_other() {
    let database = Database::create().await;
    let client = database.connect_superuser().await;
    let tables = "select format('%I.%I', relnamespace::regnamespace, relname) from pg_class
        where relkind in ('r', 'p', 'v', 'm')
            and relnamespace::regnamespace::text in ('twofactor', 'audit', 'public')";
    let tables = column(&client, tables).await;
    assert!(tables.len() >= 17, "{tables:?}");
    for role in Role::WORKERS.into_iter().chain([Role::Auditor]) {
        for table in &tables {
            let mut has = Vec::new();
            for verb in VERBS {
                let name = role.name();
                if may(
                    &client,
                    &format!("has_table_privilege('{name}', '{table}', '{verb}')"),
                )
                .await
                {
                    has.push(verb);
                }
            }
            assert_eq!(has, expected(role, table), "{role:?} on {table}");
        }
    }
}

fn execute(role: &str, function: &str) -> String {
    format!("has_function_privilege('{role}', '{function}', 'EXECUTE')")
}

#[tokio::test]
async fn schemas_functions_and_the_sequence_are_open_only_to_roles_that_need_them() {
    let database = Database::create().await;
    let client = database.connect_superuser().await;
    for role in Role::WORKERS.into_iter().chain([Role::Auditor]) {
        let name = role.name();
        let worker = role != Role::Auditor;
        let table = [
            (
                format!("has_schema_privilege('{name}', 'twofactor', 'USAGE')"),
                worker,
            ),
            (
                format!("has_schema_privilege('{name}', 'audit', 'USAGE')"),
                true,
            ),
            (
                format!("has_schema_privilege('{name}', 'public', 'USAGE')"),
                false,
            ),
            (
                format!("has_schema_privilege('{name}', 'twofactor', 'CREATE')"),
                false,
            ),
            (
                format!("has_schema_privilege('{name}', 'audit', 'CREATE')"),
                false,
            ),
            (
                format!("has_schema_privilege('{name}', 'public', 'CREATE')"),
                false,
            ),
            (
                format!("has_sequence_privilege('{name}', 'audit.seq', 'USAGE')"),
                worker,
            ),
            (
                format!("has_sequence_privilege('{name}', 'audit.seq', 'UPDATE')"),
                false,
            ),
            (
                execute(name, "twofactor.expect_rows(bigint, bigint)"),
                worker,
            ),
            (execute(name, "audit.next_seq()"), worker),
            (execute(name, "audit.seal(interval, interval)"), worker),
            (execute(name, "audit.seal_age()"), true),
            (execute(name, "audit.verify(bigint, bigint)"), !worker),
            (execute(name, "audit.kept_from()"), !worker),
            (execute(name, "audit.make_months(integer)"), false),
            (execute(name, "audit.drop_months(interval)"), false),
            (
                format!(
                    "(select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls \
                from pg_roles where rolname = '{name}')"
                ),
                false,
            ),
        ];
        for (question, answer) in table {
            assert_eq!(may(&client, &question).await, answer, "{question}");
        }
    }
}

#[tokio::test]
async fn a_worker_adds_to_the_trail_and_can_do_nothing_else_with_it() {
    let database = Database::create().await;
    for role in Role::WORKERS {
        let client = database.connect(role).await;
        let insert = "insert into audit.login_log (outcome_id, outcome_type)
            values (gen_random_uuid(), 'login.accepted.v1')";
        client
            .execute(insert, &[])
            .await
            .expect("a worker adds rows");
        for sql in [
            "select from audit.login_log",
            "update audit.login_log set via = 'totp'",
            "delete from audit.login_log",
            "truncate audit.login_log",
            "drop table audit.login_log",
            "update audit.seals set rows = 1",
            "delete from audit.seals",
            "insert into audit.seals values (1, 1, 1, sha256('x'))",
            "select audit.verify()",
            "alter table audit.login_log disable trigger all",
            "select setval('audit.seq', 1)",
            "insert into audit.operator_log (actor_id, command, detail) values ('a', 'b', 'c')",
            "create table twofactor.mine ()",
            "set role twofactor_test_owner",
        ] {
            let error = client.batch_execute(sql).await.expect_err(sql);
            assert_eq!(error.code().map(SqlState::code), Some("42501"), "{sql}");
        }
    }
    let auditor = database.connect(Role::Auditor).await;
    let rows = auditor
        .query("select seq from audit.login_log order by seq", &[])
        .await;
    assert_eq!(rows.expect("an auditor reads").len(), 4);
}

#[tokio::test]
async fn a_later_table_or_function_is_closed_until_somebody_opens_it() {
    let database = Database::create_empty().await;
    twofactor_store::migrate(&database.url(Role::Owner))
        .await
        .expect("it migrates");
    let owner = database.connect(Role::Owner).await;
    let later = "create table audit.later (); create table twofactor.later ();
        create function audit.later() returns int language sql as 'select 1';";
    owner.batch_execute(later).await.expect("the owner creates");
    for role in ["twofactor_worker", "twofactor_auditor", "public"] {
        for question in [
            format!("has_table_privilege('{role}', 'audit.later', 'SELECT')"),
            format!("has_table_privilege('{role}', 'twofactor.later', 'SELECT')"),
            format!("has_function_privilege('{role}', 'audit.later()', 'EXECUTE')"),
            format!("has_database_privilege('{role}', current_database(), 'TEMPORARY')"),
        ] {
            assert!(!may(&owner, &question).await, "{question}");
        }
    }
    assert!(
        !may(
            &owner,
            "has_database_privilege('public', current_database(), 'CONNECT')"
        )
        .await
    );
}
