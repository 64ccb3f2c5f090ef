//! `demo` and `bench`: builds their programs, and replaces itself by one of them.
//!
//! Those drive the product through the broker and need much for it, which would have to be compiled
//! before the first word if it were part of this program.

use std::{os::unix::process::CommandExt as _, process::Command};

use anyhow::{Error, Result};
use twofactor_stack::checkout;

use crate::build;

/// The names of the benchmarks.
pub const BENCHMARKS: [&str; 7] = [
    "start", "logins", "codes", "latency", "texts", "import", "verify",
];

/// Plays the demonstration.
pub fn demo() -> Result<()> {
    become_program(build::DEMO, None)
}

/// Runs one benchmark, or all.
pub fn bench(name: Option<&str>) -> Result<()> {
    become_program(build::BENCH, name)
}

fn become_program(name: &str, argument: Option<&str>) -> Result<()> {
    println!("Building the programs (the first time takes some minutes) …");
    build::product(Some(name))?;
    let path = checkout::binaries()?.join(name);
    let error = Command::new(&path).args(argument).exec();
    Err(Error::new(error).context(format!("cannot run {}", path.display())))
}
