//! Developers' commands: the demonstration, the local stack, the tests, the schema, the benchmarks, the
//! published contract.
//!
//! It builds what a command needs and says how far that has come; so it depends on little itself.
//! The demonstration and the benchmarks are programs of their own. How a part is started is known
//! to the stack.

mod build;
mod cargo;
mod contract;
mod integrators_page;
mod lints;
mod play;
mod progress;
mod schema;
mod step;
mod table;
mod test;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use twofactor_stack::{interrupt, part::Part};

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
    /// Brings up what the tests need and runs them all: format, lints, build, tests, counts.
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
    /// Writes `migrations/schema.sql` anew: the schema that the migrations make, to be read.
    Schema,
    /// Measures how fast it is here: JSON lines, and a table for people.
    #[command(disable_help_flag = true)]
    Bench {
        /// Which benchmarks, how often, how much of them: `cargo xtask bench --help` lists all.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Writes the published contract, checks it, renders it, or tries the page's first logins.
    Contract(contract::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    interrupt::run(|| match arguments.command {
        Command::Demo => play::demo(),
        Command::Test { arguments } => test::run(&arguments),
        Command::Up { workers } => up::up(workers),
        Command::Down { wipe } => up::down(wipe),
        Command::Start { name } => up::start(name),
        Command::Stop { name } => up::stop(name),
        Command::Schema => schema::run(),
        Command::Bench { arguments } => play::bench(&arguments),
        Command::Contract(options) => contract::run(&options),
    })
}
