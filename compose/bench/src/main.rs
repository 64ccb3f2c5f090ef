//! `cargo xtask bench`: how fast it is here, one JSON line for each benchmark.
//!
//! Each has a stack of its own and plays the contract from outside, as a CRM and an operator do.
//! Machines differ and are shared: compare lines of one run, not of two machines.

mod figure;
mod ground;
mod logins;
mod operators;
mod people;
mod start;
mod texts;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use tokio::runtime::Runtime;
use twofactor_stack::interrupt;

use figure::Figure;

/// Measures how fast it is here, one JSON line for each benchmark.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Only this benchmark.
    name: Option<Bench>,
}

/// One benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// The start, until four workers are ready.
    Start,
    /// Logins of unknown users that wait in the queue, the first on an empty database.
    Logins,
    /// Logins by the code of an authenticator app that wait in the queue.
    Codes,
    /// The time from publishing a login to its outcome, at 200 logins a second.
    Latency,
    /// Texts to users that wait in the queue, taken by the sandbox.
    Texts,
    /// Users imported by `twofactor-ctl import`.
    Import,
    /// Rows of the trail verified, inside Postgres and over an export.
    Verify,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    interrupt::run(|| run(arguments.name))
}

/// Runs one of them, or all.
fn run(only: Option<Bench>) -> Result<()> {
    let runtime = Runtime::new().context("cannot start the benchmarks")?;
    for bench in Bench::value_variants() {
        if only.is_none_or(|only| only == *bench) {
            let figure = runtime.block_on(bench.measure())?;
            println!("{}", figure.line());
        }
    }
    Ok(())
}

impl Bench {
    async fn measure(self) -> Result<Figure> {
        let name = self.to_possible_value().context("it has no name")?;
        let what = name.get_help().map(ToString::to_string).unwrap_or_default();
        eprintln!("{}: {what} …", name.get_name());
        let (unit, runs) = match self {
            Self::Start => ("s", start::ready()?),
            Self::Logins => ("events/s", logins::unheard_of().await?),
            Self::Codes => ("events/s", logins::with_codes().await?),
            Self::Latency => ("ms", logins::latency().await?),
            Self::Texts => ("events/s", texts::requested().await?),
            Self::Import => ("users/s", operators::import().await?),
            Self::Verify => ("rows/s", operators::verify()?),
        };
        Ok(Figure::new(name.get_name(), &what, unit, runs))
    }
}
