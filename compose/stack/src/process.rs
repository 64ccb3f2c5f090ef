//! Programs of a stack as processes: started in a group of their own, found again by pid *and*
//! start time, stopped by pid.
//!
//! The start time makes sure that a pid which the kernel gave to somebody else is never
//! signalled. It knows nothing of what a program does or when it is ready.

use std::{
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::directory::{Directory, write_private};

const POLL: Duration = Duration::from_millis(10);
const AFTER_KILL: Duration = Duration::from_secs(10);

/// A process that cannot be mistaken for another: its pid, when it started, in which boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pid: i32,
    started: String,
}

impl Identity {
    /// The process that has this pid now, unless there is none or it has already ended.
    pub fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program is in parentheses and may contain anything.
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let (state, ticks) = (fields.first()?, fields.get(19)?);
        if matches!(*state, "Z" | "X") {
            return None;
        }
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self {
            pid,
            started: format!("{ticks} {}", boot.trim()),
        })
    }

    /// The pid.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether this very process still runs.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        if !self.is_alive() {
            return Ok(());
        }
        match kill(Pid::from_raw(self.pid), signal) {
            Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
            Err(error) => {
                Err(error).with_context(|| format!("cannot stop the process {}", self.pid))
            }
        }
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_alive() {
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(POLL);
        }
        true
    }
}

/// Starts a program in the background, its output in its log file, its pid in its pid file.
pub fn spawn(directory: &Directory, name: &str, mut command: Command) -> Result<Child> {
    if let Some(running) = find(directory, name) {
        bail!("{name} already runs, as process {}", running.pid);
    }
    let path = directory.log_file(name);
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let errors = log
        .try_clone()
        .with_context(|| format!("cannot write {}", path.display()))?;
    let child = command
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let pid = i32::try_from(child.id()).context("a pid that is too large")?;
    let Some(identity) = Identity::of(pid) else {
        bail!("{name} ended at once: see {}", path.display());
    };
    write_private(&started_file(directory, name), identity.started.as_bytes())?;
    fs::write(directory.pid_file(name), format!("{pid}\n"))
        .with_context(|| format!("cannot write the pid of {name}"))?;
    Ok(child)
}

/// The program of that name, where it runs.
pub fn find(directory: &Directory, name: &str) -> Option<Identity> {
    let pid = fs::read_to_string(directory.pid_file(name)).ok()?;
    let started = fs::read_to_string(started_file(directory, name)).ok()?;
    let kept = Identity {
        pid: pid.trim().parse().ok()?,
        started,
    };
    kept.is_alive().then_some(kept)
}

/// Asks the program to end, waits, ends it by force where it does not; says whether it ran.
pub fn stop(directory: &Directory, name: &str, signal: Signal, patience: Duration) -> Result<bool> {
    let running = find(directory, name);
    if let Some(process) = &running {
        process.signal(signal)?;
        if !process.ends_within(patience) {
            process.signal(Signal::SIGKILL)?;
            if !process.ends_within(AFTER_KILL) {
                bail!("{name} (process {}) cannot be ended", process.pid);
            }
        }
    }
    remove(&directory.pid_file(name))?;
    remove(&started_file(directory, name))?;
    Ok(running.is_some())
}

fn started_file(directory: &Directory, name: &str) -> std::path::PathBuf {
    directory.path(&format!("{name}.started"))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", path.display()))
        }
        _ => Ok(()),
    }
}
