//! `demo` and `bench`: builds their programs, and replaces itself by one of them.
//!
//! Those drive the product through the broker and need much for it, which would have to be compiled
//! before the first word if it were part of this program.

use std::{os::unix::process::CommandExt as _, process::Command};

use anyhow::{Error, Result};
use twofactor_stack::checkout;

use crate::build;

/// Plays the demonstration.
pub fn demo() -> Result<()> {
    say_what_takes_time();
    build::product(&[build::DEMO])?;
    become_program(build::DEMO, &[])
}

/// Runs the benchmarks; the arguments are their program's own.
pub fn bench(arguments: &[String]) -> Result<()> {
    say_what_takes_time();
    build::benchmarks()?;
    become_program(build::BENCH, arguments)
}

fn say_what_takes_time() {
    // Standard output is the program's own.
    eprintln!("Building the programs (the first time takes some minutes) …");
}

/// Becomes a program that is built.
fn become_program(name: &str, arguments: &[String]) -> Result<()> {
    let path = checkout::binaries()?.join(name);
    let error = Command::new(&path).args(arguments).exec();
    Err(Error::new(error).context(format!("cannot run {}", path.display())))
}
