//! Developers' commands: the demonstration, the local stack, the tests, the schema, the benchmarks,
//! the published contract and its clients.
//!
//! It builds the programs of a command and shows the progress; so it depends on little itself.
//! The demonstration and the benchmarks are programs of their own. The stack knows how a part is
//! started.

mod build;
mod cargo;
mod clients;
mod contract;
mod integrators_page;
mod lints;
mod play;
mod progress;
mod schema;
mod side_by_side;
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
    /// Starts what the tests need and runs them: format, lints, build, tests, counts.
    ///
    /// Of the suites of the clients and of the browser a part; `-- --test clients --test browser` runs
    /// the whole of them.
    Test {
        /// Passed to `cargo test`, such as a name to filter by.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Starts the stack and the workers, and leaves them running.
    Up {
        /// Count of copies of each worker.
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
        /// The part, such as `rabbitmq`, `postgres`, `login`, `login-2`.
        name: Part,
    },
    /// Stops one part in good order.
    Stop {
        /// The part, such as `rabbitmq`, `postgres`, `login`, `login-2`.
        name: Part,
    },
    /// Writes `migrations/schema.sql` anew: the schema that the migrations make, to be read.
    Schema,
    /// Takes the pictures in `compose/demo-crm/pictures` anew, after a page was changed.
    Pictures,
    /// Measures how fast it is here: JSON lines, and a table for people.
    #[command(disable_help_flag = true)]
    Bench {
        /// Which benchmarks, how often, how much of them: `cargo xtask bench --help` lists all.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Writes the published contract, checks it, renders it, or tries the page's first logins.
    Contract(contract::Options),
    /// Runs the suites of the published clients against a stack of their own.
    Clients(clients::Options),
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
        Command::Pictures => test::take_pictures(),
        Command::Bench { arguments } => play::bench(&arguments),
        Command::Contract(options) => contract::run(&options),
        Command::Clients(options) => clients::run(&options),
    })
}
