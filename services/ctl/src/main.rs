//! `twofactor-ctl`: the operators' commands. One file, or folder, per command.
//!
//! `--help` lists the exit statuses. An interrupted command leaves a state from which the same
//! command goes on.

mod audit;
mod chance;
mod cli;
mod clock;
mod config;
mod database;
mod dead;
mod explain;
mod failure;
mod generated;
mod import;
mod interrupt;
mod keys;
mod lint;
mod migrate;
mod output;
mod progress;
mod settings;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::failure::{Done, Failure};
use crate::output::Output;

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
    let output = Output {
        json: cli.json,
        yes: cli.yes,
    };
    let command = match cli.command {
        Some(command) if !cli.show_config => command,
        command => return config::run(command.as_ref(), output),
    };
    match command {
        Command::Migrate => migrate::run(output).await,
        Command::Keys(command) => keys::run(&command, output).await,
        Command::Lint(command) => lint::run(&command, output),
        Command::Import(command) => import::run(&command, output).await,
        Command::Dead(command) => dead::run(&command, output).await,
        Command::Completions { shell } => generated::completions(shell, output),
        Command::Man => generated::manual(output),
        Command::Explain(command) => explain::run(&command, output).await,
        Command::Audit(command) => audit::run(&command, output).await,
    }
}
