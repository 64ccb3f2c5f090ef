//! A worker that decides nothing: one event a transaction of six statements, which touch three rows
//! in tables of its own. It stays as it is, whatever becomes of the product's tables.
//!
//! Begin, a row that tells repeats, the user locked, the user changed, a row of a log, commit. Its
//! log has what an auditor asks for, found by user and by event: less would be no trail.

use std::sync::Arc;

use anyhow::Result;
use deadpool_postgres::Pool;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_postgres::types::ToSql;

use super::access::pool;
use super::wire::{Copies, Outlet, Wire, confirmed};

/// Its tables, in a schema of its own; made anew by the superuser.
pub const TABLES: &str = "
    create schema if not exists bench;
    create table if not exists bench.answers (id text primary key, outcome text not null);
    create table if not exists bench.users (
        tenant_id text, user_id text, spent bigint not null, primary key (tenant_id, user_id)
    );
    create table if not exists bench.log (
        seq bigserial primary key, at timestamptz not null default clock_timestamp(),
        event_id text not null, event_type text not null, outcome_id uuid not null,
        outcome_type text not null, tenant_id text not null, user_id text not null,
        session_id text not null, ip text not null
    );
    create index if not exists log_by_user on bench.log (tenant_id, user_id, at);
    create index if not exists log_by_event on bench.log (event_id);
    grant usage on schema bench to twofactor_login;
    grant all on all tables in schema bench to twofactor_login;
    grant all on all sequences in schema bench to twofactor_login;
";
const ANSWER: &str =
    "insert into bench.answers (id, outcome) values ($1, $2) on conflict (id) do nothing";
const USER: &str = "select spent from bench.users where tenant_id = $1 and user_id = $2 for update";
const CHANGE: &str = "insert into bench.users (tenant_id, user_id, spent) values ($1, $2, $3) \
    on conflict (tenant_id, user_id) do update set spent = excluded.spent";
const LOG: &str = "insert into bench.log (event_id, event_type, outcome_id, outcome_type, \
    tenant_id, user_id, session_id, ip) values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Runs with so many events in hand.
pub async fn run(tasks: u16) -> Result<()> {
    let mut wire = Wire::connect(tasks).await?;
    let pool = Arc::new(pool()?);
    let mut handling = JoinSet::new();
    while let Some(delivery) = wire.next().await? {
        let pool = Arc::clone(&pool);
        let outlet = wire.outlet.clone();
        handling.spawn(async move {
            if let Err(error) = handle(&pool, &outlet, delivery).await {
                eprintln!("error: {error:#}");
                std::process::exit(1);
            }
        });
        while handling.len() >= usize::from(tasks) {
            handling.join_next().await;
        }
    }
    handling.join_all().await;
    wire.close().await
}

async fn handle(pool: &Pool, outlet: &Outlet, delivery: Delivery) -> Result<()> {
    let event: Value = serde_json::from_slice(&delivery.data)?;
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let id = text(&event["id"]);
    let tenant = text(&event["data"]["tenant_id"]);
    let user = text(&event["data"]["user_id"]);
    let session = text(&event["data"]["session_id"]);
    let ip = text(&event["data"]["ip"]);
    let copies = Copies::undecided();
    let outcome = std::str::from_utf8(copies.public)?;
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let statement = transaction.prepare_cached(ANSWER).await?;
    transaction.execute(&statement, &[&id, &outcome]).await?;
    let statement = transaction.prepare_cached(USER).await?;
    let row = transaction.query_opt(&statement, &[&tenant, &user]).await?;
    let spent = row.map_or(0, |row| row.get::<_, i64>(0)) + 1;
    let statement = transaction.prepare_cached(CHANGE).await?;
    let row: [&(dyn ToSql + Sync); 3] = [&tenant, &user, &spent];
    transaction.execute(&statement, &row).await?;
    let statement = transaction.prepare_cached(LOG).await?;
    let row: [&(dyn ToSql + Sync); 8] = [
        &id,
        &text(&event["type"]),
        &copies.id,
        &copies.kind,
        &tenant,
        &user,
        &session,
        &ip,
    ];
    transaction.execute(&statement, &row).await?;
    transaction.commit().await?;
    drop(client);
    confirmed(outlet.publish(&delivery, &copies).await?).await?;
    delivery.acker.ack(BasicAckOptions::default()).await?;
    Ok(())
}
