//! Developers' commands: the demonstration, the local stack, the tests, the benchmarks, the published
//! contract.
//!
//! Each command is a module. What runs in which order is known here; how a part is started is
//! known to the stack.

mod bench;
mod build;
mod cargo;
mod contract;
mod demo;
mod integrators_page;
mod step;
mod table;
mod test;
mod up;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use twofactor_stack::{interrupt, part::Part};

use bench::Bench;

/// Developers' commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays a CRM's day on a stack of its own, shows it, and stops all of it again.
    Demo,
    /// Brings up what the tests need and runs them all: format, lints, build, tests.
    Test {
        /// Passed to `cargo test`, such as a name to filter by.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Brings up the stack and the workers, and leaves them running.
    Up {
        /// How many copies of each worker.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
        workers: u16,
    },
    /// Stops all that `up` has started.
    Down {
        /// Deletes its data as well.
        #[arg(long)]
        wipe: bool,
    },
    /// Starts one part, with the same data and the settings of `up`.
    Start {
        /// Such as `rabbitmq`, `postgres`, `login`, `login-2`.
        name: Part,
    },
    /// Stops one part in good order.
    Stop {
        /// Such as `rabbitmq`, `postgres`, `login`, `login-2`.
        name: Part,
    },
    /// Measures how fast it is here, and prints one JSON line for each benchmark.
    Bench {
        /// Only this one.
        name: Option<Bench>,
    },
    /// Writes the published contract, checks it, renders it, or tries the page's first logins.
    Contract(contract::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            // As a shell says of a program that Ctrl-C has ended.
            if interrupt::is_raised() {
                ExitCode::from(130)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(command: Command) -> Result<()> {
    interrupt::watch()?;
    match command {
        Command::Demo => demo::run(),
        Command::Test { arguments } => test::run(&arguments),
        Command::Up { workers } => up::up(workers),
        Command::Down { wipe } => up::down(wipe),
        Command::Start { name } => up::start(name),
        Command::Stop { name } => up::stop(name),
        Command::Bench { name } => bench::run(name),
        Command::Contract(options) => contract::run(&options),
    }
}
