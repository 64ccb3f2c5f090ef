//! `test`: format, lints, build, all tests on a RabbitMQ and a Postgres of their own, and what an event
//! costs.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};
use twofactor_stack::{
    apt, checkout, definitions, part::Part, postgres, programs::Needed, rabbitmq, stack::Stack,
};

use crate::{build, cargo, lints, step::step};

/// Runs every step, up to the first that fails; the arguments go to `cargo test`.
pub fn run(arguments: &[String]) -> Result<()> {
    let started = Instant::now();
    let outcome = steps(arguments);
    let word = if outcome.is_ok() { "passed" } else { "FAILED" };
    let seconds = started.elapsed().as_secs_f64();
    println!("\n══ tests {word} in {seconds:.1} s");
    outcome
}

fn steps(arguments: &[String]) -> Result<()> {
    step("1/6 Format", || {
        cargo::run(&mut cargo::command(&["fmt", "--all", "--check"])?)
    })?;
    step("2/6 Lints", lints::check)?;
    step("3/6 Build", || build::with_tests(arguments))?;
    let mut stack = step("4/6 RabbitMQ and Postgres", start_services)?;
    let outcome = step("5/6 Tests", || run_tests(&stack, arguments));
    if outcome.is_err() {
        stack.keep_files();
        println!(
            "The logs of RabbitMQ and Postgres are in {}",
            stack.directory().root().display()
        );
    }
    outcome?;
    drop(stack);
    // Who names tests wants to know of those alone.
    if arguments.is_empty() {
        step("6/6 What an event costs", count)?;
    }
    Ok(())
}

/// Counts on a stack of its own, to which nothing else writes.
fn count() -> Result<()> {
    let mut command = Command::new(checkout::binaries()?.join(build::BENCH));
    // The lines are for machines; what is wrong is said on standard error.
    command.arg("--smoke").stdout(Stdio::null());
    cargo::run(&mut command)
}

fn start_services() -> Result<Stack> {
    let services = [Part::RabbitMq, Part::Postgres];
    let mut stack = Stack::throwaway(&checkout::target()?, "stack-test", &checkout::binaries()?)?;
    // All at once, since each run of apt asks Debian's archive anew.
    let needed = [
        Needed::RabbitMq,
        Needed::Postgres,
        Needed::Prometheus,
        Needed::DockerCompose,
        Needed::PgBouncer,
    ];
    apt::ensure(stack.directory(), &needed)?;
    stack.prepare(&services, 1, BTreeMap::new())?;
    stack.start_all(&services)?;
    Ok(stack)
}

fn run_tests(stack: &Stack, arguments: &[String]) -> Result<()> {
    let settings = stack.settings();
    let binaries = checkout::binaries()?
        .canonicalize()
        .context("the binaries are gone")?;
    let mut command = cargo::command(&["test", "--release", "--workspace"])?;
    command
        .args(arguments)
        .env(
            "TEST_AMQP_URL",
            rabbitmq::url(settings, definitions::ADMINISTRATOR),
        )
        .env("TEST_RABBITMQ_API_URL", rabbitmq::api_url(settings))
        .env(
            "TEST_DATABASE_URL",
            postgres::url(settings, postgres::SUPERUSER),
        )
        .env("TEST_BIN_DIR", binaries);
    cargo::run(&mut command)
}
