//! Builds the binaries that a stack starts, all in one go, so that none is older than its source.

use anyhow::Result;

use crate::cargo;

/// Builds every binary of the workspace; quick where nothing has changed.
pub fn all() -> Result<()> {
    cargo::run(&mut cargo::command(&[
        "build",
        "--release",
        "--workspace",
        "--bins",
    ])?)
}
