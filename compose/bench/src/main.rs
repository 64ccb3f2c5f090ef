//! `cargo xtask bench`: how fast it is here, in one JSON line for each thing that was measured, and
//! in a table for people.
//!
//! Everything is measured on one stack with fsync on, the worker beside what it is judged by.
//! Machines differ and are shared: compare lines of one run, not of two machines.

mod benchmarks;
mod measuring;
mod yardsticks;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::runtime::Runtime;
use twofactor_stack::{checkout, interrupt};

use benchmarks::Bench;
use measuring::broker::Broker;
use measuring::ground::Ground;
use measuring::machine::Circumstances;
use measuring::size::Size;
use measuring::stage::Stage;
use measuring::table;

/// How fast it is here: JSON lines on standard output, a table on standard error.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Only these; all of them where none is named.
    names: Vec<Bench>,
    /// How often each is measured; the figures are medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=99))]
    runs: u8,
    /// A part of the counts, such as 20 for a twentieth, to see that it works.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    part: u16,
    /// How long `steady` runs.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: u32,
    /// Measures the programs of that folder, such as those of an earlier commit.
    #[arg(long)]
    binaries: Option<PathBuf>,
    /// This process is a yardstick.
    #[arg(long, hide = true)]
    yardstick: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.yardstick {
        // It is ended by a signal, as whoever it stands for.
        Some(argument) => match yardsticks::run(argument) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        },
        None => interrupt::run(|| run(&arguments)),
    }
}

/// Runs those that are named, or all.
fn run(arguments: &Arguments) -> Result<()> {
    let runtime = Runtime::new().context("cannot start the benchmarks")?;
    let build = arguments.binaries.as_deref();
    let label = build.map(|folder| folder.display().to_string());
    let circumstances = Circumstances::of_this_run(label.as_deref());
    let binaries = match build {
        Some(folder) => folder
            .canonicalize()
            .with_context(|| format!("there is no {}", folder.display()))?,
        None => checkout::binaries()?,
    };
    let size = Size {
        runs: usize::from(arguments.runs),
        part: usize::from(arguments.part),
        minutes: arguments.minutes,
    };
    eprintln!("Bringing up RabbitMQ, Postgres and the workers …");
    let ground = Ground::lay(&binaries)?;
    runtime.block_on(async {
        let broker = Broker::connect(&ground).await?;
        let stage = Stage {
            ground: &ground,
            broker: &broker,
            size,
            binaries: &binaries,
        };
        measure_all(&stage, &arguments.names, &circumstances).await
    })
}

async fn measure_all(
    stage: &Stage<'_>,
    names: &[Bench],
    circumstances: &Circumstances,
) -> Result<()> {
    let mut all_figures = Vec::new();
    let mut all_goals = Vec::new();
    for bench in benchmarks::all() {
        if !names.is_empty() && !names.contains(bench) {
            continue;
        }
        eprintln!("{} …", bench.name());
        let measured = bench.measure(stage).await;
        let (figures, goals) = measured.with_context(|| bench.name())?;
        let lines = figures.iter().map(measuring::figure::Figure::json);
        for line in lines.chain(goals.iter().map(measuring::goal::Goal::json)) {
            println!("{}", circumstances.beside(line));
        }
        all_figures.extend(figures);
        all_goals.extend(goals);
    }
    let table = table::of(&all_figures, &all_goals);
    eprintln!("\n{}\n{table}", circumstances.heading());
    Ok(())
}
