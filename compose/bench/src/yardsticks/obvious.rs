//! The worker that anybody would write first, and write well: one event a transaction, one
//! statement after the other, prepared; one confirm, one acknowledgement.
//!
//! It decides by the same rules and writes the same rows. Its statements are its own, so that it
//! stays as it is when the worker's become better. It handles logins by an app's code alone.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use deadpool_postgres::Pool;
use lapin::message::Delivery;
use lapin::options::BasicAckOptions;
use tokio::task::JoinSet;
use twofactor_bench::deciding::{Decided, decided, incoming};
use twofactor_contract::{Incoming, Service};
use twofactor_rules::keys::Sealed;
use twofactor_rules::{Keyring, Keys, Limits, Moment};

use super::access::{pool, setting};
use super::obvious_rows::{load, write};
use super::wire::{Copies, Outlet, Wire, confirmed};

/// What all tasks share.
struct Shared {
    pool: Pool,
    keys: Keys,
    limits: Limits,
    outlet: Outlet,
}

/// Runs with so many events in hand.
pub async fn run(tasks: u16) -> Result<()> {
    let mut wire = Wire::connect(tasks).await?;
    let pool = pool()?;
    let keys = keys(&pool).await?;
    let limits = Limits {
        event_max_age: jiff::SignedDuration::from_mins(10),
        ..Limits::default()
    };
    let shared = Arc::new(Shared {
        pool,
        keys,
        limits,
        outlet: wire.outlet.clone(),
    });
    let mut handling = JoinSet::new();
    while let Some(delivery) = wire.next().await? {
        let shared = Arc::clone(&shared);
        handling.spawn(async move {
            if let Err(error) = handle(&shared, delivery).await {
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

async fn handle(shared: &Shared, delivery: Delivery) -> Result<()> {
    let key = delivery.routing_key.as_str();
    let incoming = incoming(Service::Login, key, &delivery.data)?;
    let mut client = shared.pool.get().await?;
    let transaction = client.transaction().await?;
    let mut loaded = load(&transaction, &incoming).await?;
    let decided = decide(shared, &incoming, &mut loaded.state, loaded.now)?;
    ensure!(
        decided.outcome.outcome_type == "login.accepted.v1",
        "a login is not accepted: {}",
        decided.outcome.public
    );
    write(&transaction, &incoming, &loaded, &decided).await?;
    transaction.commit().await?;
    drop(client);
    let copies = Copies {
        id: decided.outcome.id,
        kind: &decided.outcome.outcome_type,
        public: decided.outcome.public.as_bytes(),
        reply: match &decided.reply {
            Some(with_secrets) => with_secrets.expose().as_bytes(),
            None => decided.outcome.public.as_bytes(),
        },
    };
    confirmed(shared.outlet.publish(&delivery, &copies).await?).await?;
    delivery.acker.ack(BasicAckOptions::default()).await?;
    Ok(())
}

fn decide(
    shared: &Shared,
    incoming: &Incoming,
    state: &mut twofactor_rules::State,
    now: jiff::Timestamp,
) -> Result<Decided> {
    let mut rng = rand::rng();
    let mut moment = Moment {
        now,
        rng: &mut rng,
        keys: &shared.keys,
        limits: &shared.limits,
    };
    decided(Service::Login, incoming, None, state, &mut moment)
}

async fn keys(pool: &Pool) -> Result<Keys> {
    let file = setting("KEYRING_FILE")?;
    let text = std::fs::read_to_string(file).context("cannot read the keyring")?;
    let client = pool.get().await?;
    let row = client
        .query_one("select sealed from twofactor.hash_key", &[])
        .await?;
    Ok(Keys::new(
        Keyring::parse(&text)?,
        &Sealed::from_bytes(row.get(0)),
    )?)
}
