//! A fresh database: plans that were made before it had a row, and are kept, still find each row
//! by its key when it has many.

use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::FromSqlOwned;
use twofactor_testkit::{Database, Role};

use crate::seals::run;

/// Statement of a batch, and its parameters: each an array of a hundred values, except [`DAY`],
/// which is one value.
struct Statement {
    name: &'static str,
    sql: &'static str,
    params: &'static [&'static str],
}

/// The tenant of all.
const TENANTS: &str = "'uni'::text";
/// The users; their sessions have the same names.
const USERS: &str = "'user' || n";
/// Their outcomes and texts.
const IDS: &str = "md5('user' || n)::uuid";
/// No moment.
const NEVER: &str = "null::timestamptz";
/// Seconds of a day.
const DAY: &str = "86400";
/// Their numbers.
const NUMBERS: &str = "sha256(('user' || n)::bytea)";

macro_rules! statement {
    ($name:literal, $params:expr) => {
        Statement {
            name: $name,
            sql: include_str!(concat!("../../sql/", $name, ".sql")),
            params: &$params,
        }
    };
}

const STATEMENTS: [Statement; 9] = [
    statement!("load", [TENANTS, USERS, USERS, IDS]),
    statement!("load_browsers", [TENANTS, USERS, DAY]),
    statement!("load_texts", [TENANTS, USERS, IDS, DAY]),
    statement!("load_number_owners", [TENANTS, USERS]),
    statement!("load_number_texts", [NUMBERS, DAY]),
    statement!("load_refusals", [IDS]),
    statement!("wipe_secrets", [TENANTS, USERS]),
    statement!("void_texts", [TENANTS, USERS]),
    statement!(
        "update_logins",
        [
            TENANTS,
            USERS,
            NEVER,
            "0",
            NEVER,
            "null::text",
            "null::bigint"
        ]
    ),
];

/// Some users of one tenant. Each has a number, is setting up that of the user before,
/// and has a session, a browser, a text and an answer.
fn crowd(from: u32, to: u32) -> String {
    CROWD.replace("RANGE", &format!("generate_series({from}, {to})"))
}

const CROWD: &str = "
    insert into twofactor.users (tenant_id, user_id, number, number_lookup, number_country,
        sms_set_up_at, pending_sms_number, pending_sms_lookup, pending_sms_country,
        pending_sms_text, pending_sms_expires_at, ever_set_up, login_failures, confirm_failures)
    select 'uni', 'user' || n, 'x', sha256(('user' || n)::bytea), 'GB', now(), 'x',
        sha256(('user' || n - 1)::bytea), 'GB', gen_random_uuid(), now(), true, 0, 0
    from RANGE as n;
    insert into twofactor.sessions (tenant_id, user_id, session_id, written_at)
    select 'uni', 'user' || n, 'user' || n, now() from RANGE as n;
    insert into twofactor.browsers (tenant_id, user_id, token, net, since, until)
    select 'uni', 'user' || n, sha256(('user' || n)::bytea), '192.0.2.1/32', now(), now()
    from RANGE as n;
    insert into twofactor.texts (text_id, tenant_id, user_id, session_id, purpose, code, taken_at,
        expires_at, fate, number_lookup, number_ref, number_country)
    select gen_random_uuid(), 'uni', 'user' || n, 's', 'enrollment', sha256('x'), now(), now(),
        'accepted', sha256(('user' || n)::bytea), sha256('x'), 'GB'
    from RANGE as n;
    insert into twofactor.answers (outcome_id, tenant_id, user_id, content, decided_at,
        outcome_type, outcome, secrets, had_secrets)
    select md5('user' || n)::uuid, 'uni', 'user' || n, sha256('x'), now(), 't', '{}', 'x', true
    from RANGE as n;
    insert into twofactor.refusals (outcome_id, reason, refused_at, outcome_type, outcome)
    select md5('user' || n)::uuid, 'too_old', now(), 't', '{}'
    from RANGE as n;
";

/// As the pool opens its connections.
const SESSION: &str = "set enable_seqscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off; set plan_cache_mode = force_generic_plan";

/// The command that runs a statement that was prepared under its name.
async fn execute(client: &Client, statement: &Statement) -> String {
    let mut params = Vec::new();
    for each in statement.params {
        if *each == DAY {
            params.push(DAY.to_owned());
            continue;
        }
        let literal = format!(
            "select quote_literal(array_agg({each})::text) from generate_series(1, 100) as n"
        );
        params.push(one::<String>(client, &literal).await);
    }
    format!("execute {}({})", statement.name, params.join(", "))
}

async fn one<T: FromSqlOwned>(client: &Client, sql: &str) -> T {
    client.query_one(sql, &[]).await.expect("a row").get(0)
}

/// Counts the rows that a plan fetched and discarded.
fn in_vain(node: &Value) -> f64 {
    let loops = node["Actual Loops"].as_f64().unwrap_or(1.0);
    let removed: f64 = [
        "Rows Removed by Filter",
        "Rows Removed by Join Filter",
        "Rows Removed by Index Recheck",
    ]
    .iter()
    .filter_map(|name| node[name].as_f64())
    .sum();
    let below = node["Plans"].as_array().into_iter().flatten();
    removed * loops + below.map(in_vain).sum::<f64>()
}

#[tokio::test]
async fn plans_made_on_a_small_database_find_rows_by_key_on_a_large_one() {
    let database = Database::create().await;
    let superuser = database.connect_superuser().await;
    let mut workers = Vec::new();
    for (from, to) in [(1, 0), (1, 128), (129, 640), (641, 3_000)] {
        run(&superuser, &crowd(from, to)).await;
        let worker = database.connect(Role::Enrollment).await;
        prepare(&worker).await;
        workers.push((to, worker));
    }
    run(&superuser, &crowd(3_001, 10_000)).await;
    for (users, worker) in &workers {
        for statement in &STATEMENTS {
            let explain = format!(
                "explain (analyze, format json) {}",
                execute(worker, statement).await
            );
            let plan: Value = one(worker, &explain).await;
            let name = statement.name;
            let in_vain = in_vain(&plan[0]["Plan"]);
            assert!(
                in_vain <= 200.0,
                "{name}, planned over {users} users, fetches {in_vain} rows in vain: {plan:#}"
            );
        }
    }
}

/// Has every plan made that the worker keeps.
async fn prepare(worker: &Client) {
    run(worker, SESSION).await;
    for statement in &STATEMENTS {
        run(
            worker,
            &format!("prepare {} as {}", statement.name, statement.sql),
        )
        .await;
        run(worker, &execute(worker, statement).await).await;
    }
}
