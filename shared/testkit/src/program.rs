//! One of our programs as a child process: its log in a file, killed when it is dropped.
//!
//! It knows processes, and nothing of what a program does.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::environment;

const POLL: Duration = Duration::from_millis(10);
const LOG_LINES: usize = 15;

/// A running program.
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a built program with these settings alone; its output goes to `log`.
    pub fn start(name: &str, log: &Path, settings: &[(String, String)]) -> Result<Self> {
        Self::start_as(name, name, log, settings)
    }

    /// Starts the built program `file`, called by that name, as [`start`](Self::start) does.
    pub fn start_as(
        name: &str,
        file: &str,
        log: &Path,
        settings: &[(String, String)],
    ) -> Result<Self> {
        let path = environment::binary_folder().join(file);
        ensure!(
            path.is_file(),
            "{} is not built: run `cargo xtask test`, which builds it",
            path.display()
        );
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        let child = Command::new(&path)
            .arg0(name)
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("cannot share a log")?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("cannot start {}", path.display()))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_owned(),
        })
    }

    /// Returns the pid, while it runs.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as SIGSTOP.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).context("a pid that is too large")?;
        kill(Pid::from_raw(pid), signal).with_context(|| format!("cannot signal {}", self.name))
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Returns its status, once it has ended by itself.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child
            .try_wait()
            .with_context(|| format!("cannot ask after {}", self.name))
    }

    /// Returns its status, once it has ended by itself within that time.
    pub async fn ends_within(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("{} has not ended after {patience:?}", self.name);
            }
            // The standard library's process cannot be awaited.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the probe returns something; fails if the program has ended before.
    pub async fn wait_until<T>(
        &mut self,
        patience: Duration,
        mut probe: impl AsyncFnMut() -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(found) = probe().await {
                return Ok(found);
            }
            if let Some(status) = self.ended()? {
                bail!("{} has ended: {status}.{}", self.name, self.last_lines());
            }
            if Instant::now() > deadline {
                let lines = self.last_lines();
                bail!("{} is not ready after {patience:?}.{lines}", self.name);
            }
            // A port that does not answer yet cannot be awaited.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Returns the file for its output.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// Returns everything that it has written.
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn last_lines(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.len().saturating_sub(LOG_LINES);
        format!("\n{}", lines[last..].join("\n"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
