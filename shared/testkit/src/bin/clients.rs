//! `cargo xtask clients`: runs the suites of the published clients, or keeps their stack running.

use std::env;
use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, ensure};
use tokio::runtime::Runtime;
use twofactor_stack::{checkout, environment, interrupt};
use twofactor_testkit::clients::{ClientStack, Language};

/// Option that runs no suite and keeps the stack until Ctrl-C.
const SERVE: &str = "--serve";
const POLL: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    interrupt::run(|| {
        let words: Vec<String> = env::args().skip(1).collect();
        let serves = words.iter().any(|word| word == SERVE);
        let runtime = Runtime::new().context("cannot start the runtime")?;
        runtime.block_on(async {
            if serves {
                tokio::select! {
                    done = serve() => done,
                    _ = interrupted() => Ok(()),
                }
            } else {
                let languages = languages(&words)?;
                tokio::select! {
                    done = try_out(&languages) => done,
                    error = interrupted() => Err(error),
                }
            }
        })
    })
}

/// Writes the variables of a suite to a file, and waits.
async fn serve() -> Result<()> {
    let stack = start(&[]).await?;
    let folder = checkout::target()?.join("clients");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let file = folder.join("env");
    environment::write_exports(&file, &stack.variables())?;
    println!("The logs are in {}", stack.folder().display());
    println!("Variables for a suite, until Ctrl-C stops the stack:\n");
    println!("    . '{}'", file.display());
    std::future::pending().await
}

/// Runs the suites one after the other, also after a failure.
async fn try_out(languages: &[Language]) -> Result<()> {
    let stack = start(languages).await?;
    let mut failed = Vec::new();
    for language in languages {
        println!("\n── {}", language.name());
        let started = Instant::now();
        match language.try_out(&stack.variables()).await {
            Ok(()) => println!("── passed in {:.1} s", started.elapsed().as_secs_f64()),
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

async fn start(languages: &[Language]) -> Result<ClientStack> {
    println!("Starting RabbitMQ, Postgres, the SMS sandbox and the workers …");
    let started = Instant::now();
    let stack = ClientStack::start(&checkout::target()?, languages).await?;
    println!("Ready after {:.1} s.", started.elapsed().as_secs_f64());
    Ok(stack)
}

/// Reads the names of languages; none stands for all.
fn languages(words: &[String]) -> Result<Vec<Language>> {
    if words.is_empty() {
        return Ok(Language::ALL.to_vec());
    }
    words.iter().map(|word| word.parse()).collect()
}

async fn interrupted() -> Error {
    loop {
        if let Err(error) = interrupt::check() {
            return error;
        }
        // A signal raises a flag; there is nothing to await.
        tokio::time::sleep(POLL).await;
    }
}
