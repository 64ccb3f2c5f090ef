//! A worker that decides nothing: one event a transaction of six statements, which touch three rows
//! in tables of its own. It stays as it is, whatever becomes of the product's tables.
//!
//! Begin, a row that tells repeats, the user locked, the user changed, a row of a log, commit.

use std::sync::Arc;

use anyhow::Result;
use deadpool_postgres::Pool;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use serde_json::Value;
use tokio::task::JoinSet;

use super::access::pool;
use super::wire::{Copies, Outlet, Wire, confirmed};

/// Its tables, in a schema of its own; made anew by the superuser.
pub const TABLES: &str = "
    create schema if not exists bench;
    create table if not exists bench.answers (id text primary key, outcome text not null);
    create table if not exists bench.users (id text primary key, spent bigint not null);
    create table if not exists bench.log (
        seq bigserial primary key, at timestamptz not null default clock_timestamp(),
        id text not null, outcome text not null
    );
    grant usage on schema bench to twofactor_login;
    grant all on all tables in schema bench to twofactor_login;
    grant all on all sequences in schema bench to twofactor_login;
";
const ANSWER: &str =
    "insert into bench.answers (id, outcome) values ($1, $2) on conflict (id) do nothing";
const USER: &str = "select spent from bench.users where id = $1 for update";
const CHANGE: &str = "insert into bench.users (id, spent) values ($1, $2) \
    on conflict (id) do update set spent = excluded.spent";
const LOG: &str = "insert into bench.log (id, outcome) values ($1, $2)";

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
    let id = event["id"].as_str().unwrap_or_default();
    let user = event["data"]["user_id"].as_str().unwrap_or_default();
    let copies = Copies::undecided();
    let outcome = std::str::from_utf8(copies.public)?;
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let statement = transaction.prepare_cached(ANSWER).await?;
    transaction.execute(&statement, &[&id, &outcome]).await?;
    let statement = transaction.prepare_cached(USER).await?;
    let row = transaction.query_opt(&statement, &[&user]).await?;
    let spent = row.map_or(0, |row| row.get::<_, i64>(0)) + 1;
    let statement = transaction.prepare_cached(CHANGE).await?;
    transaction.execute(&statement, &[&user, &spent]).await?;
    let statement = transaction.prepare_cached(LOG).await?;
    transaction.execute(&statement, &[&id, &outcome]).await?;
    transaction.commit().await?;
    drop(client);
    confirmed(outlet.publish(&delivery, &copies).await?).await?;
    delivery.acker.ack(BasicAckOptions::default()).await?;
    Ok(())
}
