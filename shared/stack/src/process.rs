//! Programs of a stack as processes: started in a group of their own, found again by pid *and*
//! start time, stopped by pid.
//!
//! The start time makes sure that a pid that the kernel gave to another process is never
//! signalled. It knows nothing of what a program does or when it is ready.

use std::{
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

use crate::directory::{Directory, write_private};

const POLL: Duration = Duration::from_millis(10);
const AFTER_KILL: Duration = Duration::from_secs(10);

/// A process that cannot be mistaken for another: its pid, its start time, the boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pid: i32,
    started: String,
}

impl Identity {
    /// Returns the process that has this pid now, unless there is none or it has already ended.
    pub fn of(pid: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program is in parentheses and may contain anything.
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let state = fields.first()?;
        let ticks = fields.get(19)?;
        if matches!(*state, "Z" | "X") {
            return None;
        }
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(Self {
            pid,
            started: format!("{ticks} {}", boot.trim()),
        })
    }

    /// Returns the pid.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Does this very process still run?
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
        // In case it was our child: so that it does not stay as a zombie.
        let _ = waitpid(Pid::from_raw(self.pid), Some(WaitPidFlag::WNOHANG));
        true
    }
}

/// Starts a program in the background, its output in its log file, its pid in its pid file.
pub fn spawn(directory: &Directory, name: &str, mut command: Command) -> Result<Identity> {
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
    Ok(identity)
}

/// Returns the program of that name, where it runs.
pub fn find(directory: &Directory, name: &str) -> Option<Identity> {
    let pid = fs::read_to_string(directory.pid_file(name)).ok()?;
    let started = fs::read_to_string(started_file(directory, name)).ok()?;
    let kept = Identity {
        pid: pid.trim().parse().ok()?,
        started,
    };
    kept.is_alive().then_some(kept)
}

/// Asks the program to end, waits, ends it by force if it does not; returns `true` if it ran.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Command {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    }

    #[test]
    fn a_program_is_found_by_pid_and_start_time_and_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Directory::open(folder.path()).expect("a directory");
        assert!(!stop(&directory, "none", Signal::SIGTERM, AFTER_KILL).expect("nothing to stop"));
        let started = spawn(&directory, "sleeper", sleeper()).expect("it starts");
        assert_eq!(find(&directory, "sleeper"), Some(started));
        assert!(
            spawn(&directory, "sleeper", sleeper()).is_err(),
            "it runs already"
        );
        assert_eq!(directory.programs_with_pid().expect("a list"), ["sleeper"]);
        assert!(stop(&directory, "sleeper", Signal::SIGTERM, AFTER_KILL).expect("it ends"));
        assert!(find(&directory, "sleeper").is_none());
        assert!(directory.programs_with_pid().expect("a list").is_empty());
    }

    #[test]
    fn a_pid_that_another_process_has_now_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Directory::open(folder.path()).expect("a directory");
        let process = spawn(&directory, "sleeper", sleeper()).expect("it starts");
        write_private(&started_file(&directory, "sleeper"), b"1 another-boot").expect("written");
        assert!(!stop(&directory, "sleeper", Signal::SIGKILL, AFTER_KILL).expect("not ours"));
        assert!(process.is_alive());
        process
            .signal(Signal::SIGKILL)
            .expect("it is ours after all");
        assert!(process.ends_within(AFTER_KILL));
    }

    #[test]
    fn what_ignores_the_request_is_ended_by_force() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Directory::open(folder.path()).expect("a directory");
        let mut stubborn = Command::new("sh");
        stubborn.args(["-c", "trap '' TERM; echo ready; while :; do read x; done"]);
        spawn(&directory, "stubborn", stubborn).expect("it starts");
        let log = directory.log_file("stubborn");
        while !fs::read_to_string(&log).is_ok_and(|content| content.contains("ready")) {
            thread::yield_now();
        }
        let patience = Duration::from_millis(50);
        assert!(stop(&directory, "stubborn", Signal::SIGTERM, patience).expect("it ends"));
        assert!(find(&directory, "stubborn").is_none());
    }
}
