//! The suite as a child process: its packages, its call, its end.
//!
//! It knows programs and folders, and nothing of what the suite does.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::time::timeout;
use twofactor_stack::{checkout, programs};
use twofactor_testkit::npm;
use twofactor_testkit::process_tree::ProcessTree;

/// Longest time of the suite, which takes about a minute on two free cores.
const PATIENCE: Duration = Duration::from_mins(10);

/// Installs the packages of the suite, unless they are installed.
pub async fn prepare() -> Result<()> {
    match npm::installation(&folder()?) {
        Some(installation) => finish(installation, "npm cannot install the packages").await,
        None => Ok(()),
    }
}

/// Runs every story with these environment variables besides our own; its output goes to ours.
pub async fn run(variables: &[(&str, String)]) -> Result<()> {
    let mut node = Command::new("node");
    node.args(["--test-reporter=spec", "all.mjs"])
        .current_dir(folder()?)
        .env("CHROMIUM", programs::chromium()?)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    finish(node, "a story does not hold; see above").await
}

/// Runs a command to its end. Where it takes too long it is killed, with its browser.
async fn finish(mut command: Command, failure: &'static str) -> Result<()> {
    let name = command.as_std().get_program().display().to_string();
    let child = command.stdin(Stdio::null()).spawn();
    let mut child = child.with_context(|| format!("cannot run {name}"))?;
    let tree = ProcessTree::of(child.id());
    let ended = timeout(PATIENCE, child.wait()).await;
    let status = ended.with_context(|| format!("{name} has not ended after {PATIENCE:?}"))??;
    tree.forget();
    ensure!(status.success(), failure);
    Ok(())
}

fn folder() -> Result<PathBuf> {
    Ok(checkout::root()?.join("compose/demo-crm/browser"))
}
