//! What the worker is measured against, each in a process of its own with a worker's own access.
//!
//! They take the same logins from the same queue and publish outcomes of the same size with the
//! same properties, a broadcast and a reply. They handle no failure: they end. SIGTERM ends them
//! once all that they have in hand is acknowledged, as it ends the worker.

mod access;
mod bare;
mod ceiling;
mod obvious;
mod obvious_rows;
mod wire;

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;

pub use bare::TABLES;
use ceiling::Handing;

/// Runs one of them until it is killed: its name and its number, such as `obvious:64`.
pub fn run(argument: &str) -> Result<()> {
    let (name, number) = argument
        .split_once(':')
        .context("a yardstick has a number")?;
    let number: u16 = number.parse().context("a yardstick has a number")?;
    let runtime = Runtime::new().context("cannot start the yardstick")?;
    runtime.block_on(async {
        match name {
            "ceiling" => ceiling::run(usize::from(number), Handing::Together).await,
            "plain_ceiling" => ceiling::run(usize::from(number), Handing::Plain).await,
            "obvious" => obvious::run(number).await,
            "bare" => bare::run(number).await,
            _ => bail!("there is no yardstick {name}"),
        }
    })
}
