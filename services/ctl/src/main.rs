//! `twofactor-ctl`: what operators do to the system by hand. One file, or folder, per command.
//!
//! `--help` tells the exit status. A command that is interrupted leaves a state from which the
//! same command goes on.

mod audit;
mod chance;
mod cli;
mod clock;
mod config;
mod database;
mod dead;
mod desk;
mod explain;
mod failure;
mod import;
mod interrupt;
mod keys;
mod lint;
mod migrate;
mod papers;
mod progress;
mod settings;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::desk::Desk;
use crate::failure::{Done, Failure};

#[tokio::main]
async fn main() -> ExitCode {
    // Only the first provider counts.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::read();
    interrupt::watch();
    match run(cli).await {
        Ok(done) => done.exit_code(),
        Err(failure) => {
            for sentence in failure.to_string().lines() {
                eprintln!("twofactor-ctl: {sentence}");
            }
            failure.exit_code()
        }
    }
}

async fn run(cli: Cli) -> Result<Done, Failure> {
    let desk = Desk {
        json: cli.json,
        yes: cli.yes,
    };
    let command = match cli.command {
        Some(command) if !cli.show_config => command,
        command => return config::run(command.as_ref(), desk),
    };
    match command {
        Command::Migrate => migrate::run(desk).await,
        Command::Keys(command) => keys::run(&command, desk).await,
        Command::Lint(command) => lint::run(&command, desk),
        Command::Import(command) => import::run(&command, desk).await,
        Command::Dead(command) => dead::run(&command, desk).await,
        Command::Completions { shell } => papers::completions(shell, desk),
        Command::Man => papers::manual(desk),
        Command::Explain(command) => explain::run(&command, desk).await,
        Command::Audit(command) => audit::run(&command, desk).await,
    }
}
