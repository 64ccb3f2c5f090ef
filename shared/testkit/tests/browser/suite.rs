//! The suite as a child process: what it needs, how it is called.
//!
//! It knows programs and folders, and nothing of what the suite does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::time::timeout;
use twofactor_stack::{checkout, programs};

/// A suite that is slower hangs.
const PATIENCE: Duration = Duration::from_mins(5);
/// The suite's packages as npm has laid them out last.
const LAID_OUT: &str = "node_modules/.package-lock.json";

/// Fetches what the lock file names, where that is not there yet.
pub async fn prepare() -> Result<()> {
    let folder = folder()?;
    if changed(&folder.join(LAID_OUT)) >= changed(&folder.join("package-lock.json")) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder);
    let status = finish(npm).await?;
    ensure!(status.success(), "npm cannot fetch the suite's packages");
    Ok(())
}

/// Runs every story with these variables besides our own, its words on ours.
pub async fn run(variables: &[(&str, String)]) -> Result<()> {
    let mut node = Command::new("node");
    node.args(["--test-reporter=spec", "all.mjs"])
        .current_dir(folder()?)
        .env("CHROMIUM", programs::chromium()?)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    let status = finish(node).await?;
    ensure!(status.success(), "a story does not hold; see above");
    Ok(())
}

/// Runs it to its end, or ends it where it takes too long. The browser ends with it, since it loses
/// the pipe by which it is driven.
async fn finish(mut command: Command) -> Result<ExitStatus> {
    let name = command.as_std().get_program().display().to_string();
    let child = command.stdin(Stdio::null()).kill_on_drop(true).spawn();
    let mut child = child.with_context(|| format!("cannot run {name}"))?;
    let ended = timeout(PATIENCE, child.wait()).await;
    let ended = ended.with_context(|| format!("{name} has not ended after {PATIENCE:?}"))?;
    Ok(ended?)
}

fn folder() -> Result<PathBuf> {
    Ok(checkout::root()?.join("compose/demo-crm/browser"))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}
