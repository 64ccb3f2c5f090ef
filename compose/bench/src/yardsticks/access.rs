//! What a yardstick is told, which is what the worker in its place would be: addresses and keys;
//! and the connections to the database.

use std::env;

use anyhow::{Context, Result};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::NoTls;

/// Connections to the database, for many tasks.
const POOL: usize = 16;

/// A setting.
pub fn setting(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("{name} is not set"))
}

/// A pool of connections that are taken as they are.
pub fn pool() -> Result<Pool> {
    let address = setting("DATABASE_URL")?;
    let address = address.parse().context("DATABASE_URL is none")?;
    let fast = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = Manager::from_config(address, NoTls, fast);
    Ok(Pool::builder(manager).max_size(POOL).build()?)
}
