//! `schema`: writes `migrations/schema.sql`, the schema that the migrations make, to be read.
//!
//! The testkit has the program that describes a schema.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use twofactor_stack::checkout;

use crate::build;

const PROGRAM: &str = "twofactor-schema";

/// Writes the file anew, and reports whether it changed.
pub fn run() -> Result<()> {
    build::only(PROGRAM)?;
    let path = checkout::binaries()?.join(PROGRAM);
    let status = Command::new(&path).status();
    let status = status.with_context(|| format!("cannot run {}", path.display()))?;
    ensure!(
        status.success(),
        "the schema could not be written; see above"
    );
    Ok(())
}
