//! `--smoke`: what an event costs in numbers that are the same on every machine, held against the
//! limits that are committed. A number that grows fails.
//!
//! The worker talks to Postgres and RabbitMQ by way of relays that count.

mod broker;
mod counting;
mod database;
mod limits;
mod tap;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use twofactor_stack::postgres::SUPERUSER;

use crate::measuring::broker::Broker;
use crate::measuring::figure::round;
use crate::measuring::ground::Ground;
use crate::measuring::machine::Circumstances;
use crate::measuring::size::Size;
use crate::measuring::stage::Stage;
use counting::{Counter, Statements};
use limits::Counts;

/// What Postgres writes to its log should depend on the events alone: not on when the last
/// checkpoint was, nor on a vacuum that comes or not.
const QUIET: [&str; 3] = [
    "alter system set full_page_writes = off",
    "alter system set autovacuum = off",
    "select pg_reload_conf()",
];

/// Counts, and compares; makes what was counted the limits where that is asked for.
pub async fn run(binaries: &Path, circumstances: &Circumstances, accepts: bool) -> Result<()> {
    let (mut counted, statements) = count(binaries).await?;
    counted.insert("login by code, decided".to_owned(), allocations(binaries)?);
    for (scenario, numbers) in &counted {
        let numbers: BTreeMap<_, _> = numbers.iter().map(|(n, v)| (n, round(*v))).collect();
        let line = json!({
            "bench": "smoke", "what": scenario, "counts": numbers,
            "statements": statements.get(scenario),
        });
        println!("{}", circumstances.beside(line));
    }
    if accepts {
        return limits::accept(&counted);
    }
    judge(&counted, &statements)
}

fn judge(counted: &Counts, statements: &Statements) -> Result<()> {
    let limits = limits::committed()?;
    for line in limits::undercut(counted, &limits) {
        eprintln!("better: {line}");
    }
    let mut wrong = limits::exceeded(counted, &limits);
    wrong.extend(limits::unknown(counted, &limits));
    if wrong.is_empty() {
        eprintln!("No count has grown.");
        return Ok(());
    }
    for (scenario, sent) in statements {
        let grew = |line: &String| line.starts_with(&format!("{scenario}: statements"));
        if wrong.iter().any(grew) {
            eprintln!("{scenario}: it sends\n  {}", sent.join("\n  "));
        }
    }
    bail!("{}.\n{}", wrong.join(".\n"), limits::advice())
}

async fn count(binaries: &Path) -> Result<(Counts, Statements)> {
    let ground = Ground::lay(binaries)?;
    for sql in QUIET {
        ground.sql(SUPERUSER, sql)?;
    }
    let broker = Broker::connect(&ground).await?;
    let stage = Stage {
        ground: &ground,
        broker: &broker,
        size: Size {
            runs: 1,
            part: 1,
            minutes: 1,
            pace: None,
        },
        binaries,
    };
    Counter::prepare(&stage).await?.count().await
}

/// What the program says that counts allocations.
fn allocations(binaries: &Path) -> Result<BTreeMap<String, f64>> {
    let program = binaries.join("twofactor-allocations");
    let output = Command::new(&program)
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", program.display());
    let line: Value = serde_json::from_slice(&output.stdout)?;
    let number = |name: &str| line[name].as_f64().context("it counts nothing");
    Ok([
        ("allocations", number("allocations")?),
        ("allocations_bytes", number("bytes")?),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into())
}
