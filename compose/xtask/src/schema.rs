//! `schema`: writes `migrations/schema.sql`, the schema that the migrations make, to be read.
//!
//! How a schema is put into words is known to the testkit, which has a program for it.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use twofactor_stack::checkout;

use crate::build;

const PROGRAM: &str = "twofactor-schema";

/// Writes the file anew, and says whether that changed it.
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
