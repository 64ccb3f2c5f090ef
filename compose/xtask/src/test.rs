//! `test`: format, lints, build, all tests on a RabbitMQ and a Postgres of their own, and what an event
//! costs. `pictures`: the tests that take pictures.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};
use twofactor_stack::{
    apt, checkout, definitions, part::Part, postgres, programs::Needed, rabbitmq, stack::Stack,
};

use crate::{build, cargo, lints, side_by_side, step::step};

/// The stories of the demo CRM in a browser, a test program.
const BROWSER: &str = "browser";

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

/// Takes the pictures of the demo CRM's pages: its stories in a browser write them.
pub fn take_pictures() -> Result<()> {
    build::product(&[])?;
    build::test(BROWSER)?;
    let stack = start_services()?;
    let mut stories = Services::of(&stack)?.test(&["--test", BROWSER])?;
    cargo::run(stories.env("PICTURES", "write"))
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
        Needed::Pika,
        Needed::Php,
        Needed::PhpAmqplib,
        Needed::Node,
        Needed::Npm,
        Needed::Chromium,
    ];
    apt::ensure(stack.directory(), &needed)?;
    stack.prepare(&services, 1, BTreeMap::new())?;
    stack.start_all(&services)?;
    Ok(stack)
}

fn run_tests(stack: &Stack, arguments: &[String]) -> Result<()> {
    let services = Services::of(stack)?;
    if arguments.is_empty() {
        return side_by_side::run(|words| services.test(words));
    }
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    cargo::run(&mut services.test(&words)?)
}

/// Addresses of what the tests need.
struct Services {
    amqp_url: String,
    rabbitmq_api_url: String,
    database_url: String,
    binaries: PathBuf,
}

impl Services {
    fn of(stack: &Stack) -> Result<Self> {
        let settings = stack.settings();
        let binaries = checkout::binaries()?.canonicalize();
        Ok(Self {
            amqp_url: rabbitmq::url(settings, definitions::ADMINISTRATOR),
            rabbitmq_api_url: rabbitmq::api_url(settings),
            database_url: postgres::url(settings, postgres::SUPERUSER),
            binaries: binaries.context("the binaries are gone")?,
        })
    }

    /// A `cargo test` of the whole workspace that finds them.
    fn test(&self, words: &[&str]) -> Result<Command> {
        let mut command = cargo::command(&["test", "--release", "--workspace"])?;
        command
            .args(words)
            .env("TEST_AMQP_URL", &self.amqp_url)
            .env("TEST_RABBITMQ_API_URL", &self.rabbitmq_api_url)
            .env("TEST_DATABASE_URL", &self.database_url)
            .env("TEST_BIN_DIR", &self.binaries);
        Ok(command)
    }
}
