//! `twofactor-ctl`: what operators do to the system by hand. One file per command.
//!
//! Exit status: 0 done, or nothing to do; 2 a wrong command line or setting; 3 the database
//! cannot be reached; 4 it refused.

mod failure;
mod migrate;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs the two-factor workers' chores.
#[derive(Debug, Parser)]
#[command(name = "twofactor-ctl", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the database up to this release; run it as the owner, before the workers.
    ///
    /// Takes the database from `DATABASE_URL`, or from the file that `DATABASE_URL_FILE` names.
    Migrate,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Migrate => migrate::run().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("twofactor-ctl: {failure}");
            failure.exit_code()
        }
    }
}
