//! Builds the binaries that a stack starts, all in one go.

use anyhow::Result;
use twofactor_stack::part::WORKERS;

use crate::{cargo, workspace};

/// Builds every binary of the workspace; quick where nothing has changed.
pub fn all() -> Result<()> {
    cargo::run(&mut cargo::command(&[
        "build",
        "--release",
        "--workspace",
        "--bins",
    ])?)
}

/// Builds where a binary is missing.
pub fn missing() -> Result<()> {
    let folder = workspace::binaries()?;
    let workers = WORKERS.iter().map(|name| format!("twofactor-{name}"));
    let others = ["twofactor-ctl", "sms-sandbox"].map(str::to_owned);
    let mut names = workers.chain(others);
    if names.all(|name| folder.join(name).is_file()) {
        return Ok(());
    }
    println!("Building the binaries (the first time takes some minutes) …");
    all()
}
