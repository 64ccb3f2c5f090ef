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
    become_program(build::DEMO, &[], &[])
}

/// Runs the benchmarks; the arguments are their program's own.
pub fn bench(arguments: &[String]) -> Result<()> {
    become_program(build::BENCH, &[build::ALLOCATIONS], arguments)
}

/// Builds a program and what it needs besides, and becomes it.
fn become_program(name: &str, besides: &[&str], arguments: &[String]) -> Result<()> {
    // Standard output is the program's own.
    eprintln!("Building the programs (the first time takes some minutes) …");
    build::product(&[&[name], besides].concat())?;
    let path = checkout::binaries()?.join(name);
    let error = Command::new(&path).args(arguments).exec();
    Err(Error::new(error).context(format!("cannot run {}", path.display())))
}
