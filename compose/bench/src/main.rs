//! `cargo xtask bench`: how fast it is here, in one JSON line for each thing that was measured, and
//! in a table for people.
//!
//! Everything is measured on one stack with fsync on, the worker beside what it is judged by.
//! Machines differ and are shared: compare lines of one run, not of two machines.

mod benchmarks;
mod measuring;
mod smoke;
mod yardsticks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use tokio::runtime::Runtime;
use twofactor_stack::{checkout, interrupt};

use benchmarks::Bench;
use measuring::broker::Broker;
use measuring::figure::Figure;
use measuring::goal::Goal;
use measuring::ground::Ground;
use measuring::machine::Circumstances;
use measuring::report::Report;
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
    /// The one pace of `latency`, in events a second; all of them where none is given.
    #[arg(long)]
    pace: Option<u32>,
    /// Measures the programs of that folder as well, such as those of an earlier commit.
    #[arg(long)]
    beside: Option<PathBuf>,
    /// Counts what does not depend on the machine, and fails where a count has grown.
    #[arg(long, conflicts_with_all = ["names", "runs", "part", "minutes", "pace", "beside"])]
    smoke: bool,
    /// Makes what `--smoke` counts the limits, to be committed.
    #[arg(long, requires = "smoke")]
    accept: bool,
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
    let ran = run_on(&runtime, arguments);
    // After an error a thread may still publish, to a broker that is gone, and would never end.
    runtime.shutdown_background();
    ran
}

fn run_on(runtime: &Runtime, arguments: &Arguments) -> Result<()> {
    let own = checkout::binaries()?;
    let circumstances = Circumstances::of_this_run();
    if arguments.smoke {
        return runtime.block_on(smoke::run(&own, &circumstances, arguments.accept));
    }
    let mut report = run_with(arguments, runtime, &own, None, &circumstances)?;
    if let Some(folder) = &arguments.beside {
        let name = folder.display().to_string();
        let folder = folder.canonicalize();
        let folder = folder.with_context(|| format!("there is no {name}"))?;
        let theirs = run_with(arguments, runtime, &folder, Some(&name), &circumstances)?;
        report.extend(theirs);
    }
    // What was measured of both builds stands together.
    report.figures.sort_by_key(|figure| place(figure.bench()));
    let table = table::of(&report.figures, &report.goals);
    eprintln!("\n{}\n{table}", circumstances.heading());
    Ok(())
}

/// Runs them on the programs of a folder, which has a name where it is not this checkout's.
fn run_with(
    arguments: &Arguments,
    runtime: &Runtime,
    binaries: &Path,
    name: Option<&str>,
    circumstances: &Circumstances,
) -> Result<Report> {
    eprintln!("Bringing up RabbitMQ, Postgres and the workers …");
    let mut ground = Ground::lay(binaries)?;
    let measured = runtime.block_on(async {
        let broker = Broker::connect(&ground).await?;
        let stage = Stage {
            ground: &ground,
            broker: &broker,
            size: Size {
                runs: usize::from(arguments.runs),
                part: usize::from(arguments.part),
                minutes: arguments.minutes,
                pace: arguments.pace,
            },
            binaries,
        };
        measure_all(&stage, &arguments.names, name, circumstances).await
    });
    if measured.is_err() && interrupt::check().is_ok() {
        eprintln!("The logs are in {}", ground.keep_files().display());
    }
    measured
}

async fn measure_all(
    stage: &Stage<'_>,
    names: &[Bench],
    build: Option<&str>,
    circumstances: &Circumstances,
) -> Result<Report> {
    let mut all = Report::default();
    for bench in benchmarks::all() {
        if !names.is_empty() && !names.contains(bench) {
            continue;
        }
        eprintln!("{} …", bench.name());
        let measured = bench.measure(stage).await;
        let mut report = measured.with_context(|| bench.name())?;
        if let Some(build) = build {
            report = report.of_build(build);
        }
        let figures = report.figures.iter().map(Figure::json);
        for line in figures.chain(report.goals.iter().map(Goal::json)) {
            println!("{}", circumstances.beside(line));
        }
        all.extend(report);
    }
    Ok(all)
}

/// Where a benchmark stands among all.
fn place(name: &str) -> Option<usize> {
    benchmarks::all()
        .iter()
        .position(|bench| bench.name() == name)
}
