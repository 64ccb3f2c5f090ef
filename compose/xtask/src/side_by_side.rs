//! Runs the test programs that mostly wait (for an outage, for an alert, for a client that tries again)
//! beside all others.
//!
//! Each has a stack of its own. One after the other they take half of the whole time, with idle
//! processors. Their output is shown when they have ended, so that it does not mix with that of the
//! others. It knows the names of these programs and which part of the longest is enough by default, and
//! nothing of what they test.

use std::{
    fs::{self, File},
    io, iter,
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use twofactor_stack::checkout;

use crate::cargo;

/// Programs that wait longer than they compute, the longest first. One runs beside the others: two of
/// them are too much for two processors, until the others have ended.
const WAITING: [&str; 4] = ["outages", "dashboards", "browser", "clients"];

/// Short forms of the suites that need minutes: a program, its variable, and the choice. The whole of
/// them is `cargo xtask test -- --test clients --test browser`.
const SHORT: [(&str, &str, &str); 2] = [
    ("browser", "ONLY", "login"),
    ("clients", "LANGUAGES", "python"),
];

/// Runs every test of the workspace; `test` makes a `cargo test` of further words.
pub fn run(test: impl Fn(&[&str]) -> Result<Command> + Sync) -> Result<()> {
    let others = others()?;
    let queue = Mutex::new(WAITING.iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run_waiting = || -> Vec<_> {
        iter::from_fn(next)
            .map(|name| quietly(name, &test))
            .collect()
    };
    let outcomes = thread::scope(|scope| {
        let waiting = scope.spawn(run_waiting);
        let mut outcomes = vec![foreground(&others, &test)];
        let mut ended = run_waiting();
        match waiting.join() {
            Ok(beside) => ended.extend(beside),
            Err(_) => outcomes.push(Err(anyhow!("the thread of the waiting programs panicked"))),
        }
        outcomes.extend(ended.into_iter().map(|ended| ended?.show()));
        outcomes
    });
    let failures: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() {
        return Ok(());
    }
    let failures: Vec<_> = failures.iter().map(|error| format!("{error:#}")).collect();
    bail!("{}", failures.join("; "))
}

/// Everything but the waiting programs, with its output on ours.
fn foreground(others: &[String], test: impl Fn(&[&str]) -> Result<Command>) -> Result<()> {
    let mut words = vec!["--no-fail-fast", "--lib", "--bins"];
    for name in others {
        words.extend(["--test", name]);
    }
    cargo::run(&mut test(&words)?)?;
    cargo::run(&mut test(&["--doc"])?)
}

/// How a program ended whose output was kept.
struct Ended {
    name: &'static str,
    outcome: Result<()>,
    output: PathBuf,
    seconds: f64,
}

impl Ended {
    fn show(self) -> Result<()> {
        let Self { name, seconds, .. } = self;
        println!("\n── {name}, beside the others, in {seconds:.1} s");
        io::copy(&mut File::open(&self.output)?, &mut io::stdout())?;
        self.outcome
    }
}

fn quietly(name: &'static str, test: impl Fn(&[&str]) -> Result<Command>) -> Result<Ended> {
    let folder = checkout::target()?.join("test-output");
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let output = folder.join(name);
    let file =
        File::create(&output).with_context(|| format!("cannot write {}", output.display()))?;
    let mut command = test(&["--test", name])?;
    for (_, variable, choice) in SHORT.iter().filter(|(program, ..)| *program == name) {
        command.env(variable, choice);
    }
    command.stdout(file.try_clone()?).stderr(file);
    let started = Instant::now();
    let outcome = cargo::run(&mut command);
    Ok(Ended {
        name,
        outcome,
        output,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// Names of the integration tests of the workspace, without those that wait.
fn others() -> Result<Vec<String>> {
    let output = cargo::command(&["metadata", "--no-deps", "--format-version", "1"])?
        .output()
        .context("cannot run `cargo metadata`")?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("`cargo metadata` failed")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let tests = targets.filter(|target| target["kind"][0] == "test");
    let mut names: Vec<String> = tests
        .filter_map(|target| target["name"].as_str())
        .filter(|name| !WAITING.contains(name))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    Ok(names)
}
