//! A child process with all that it has started, to be killed together.
//!
//! It knows pids and nothing of what the processes do.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Running child process, killed with all its descendants when dropped.
pub struct ProcessTree(Option<u32>);

impl ProcessTree {
    /// Takes the pid of a child; without one it does nothing.
    pub fn of(child: Option<u32>) -> Self {
        Self(child)
    }

    /// Kills nothing: the child has ended, and its pid may belong to another process.
    pub fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessTree {
    fn drop(&mut self) {
        let mut all: Vec<u32> = self.0.into_iter().collect();
        let mut seen = 0;
        while let Some(pid) = all.get(seen) {
            all.extend(children(*pid));
            seen += 1;
        }
        for pid in all.into_iter().filter_map(|pid| i32::try_from(pid).ok()) {
            // An error means that it has ended.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// Returns the pids of the children of all threads of a process.
fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let lists = threads.into_iter().flatten().flatten();
    let lists = lists.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let all: String = lists.collect();
    let pids = all.split_whitespace();
    pids.filter_map(|pid| pid.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use twofactor_stack::process::Identity;

    use super::*;

    #[test]
    fn a_child_is_killed_with_its_children() {
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", "sleep 600 & wait"]).spawn();
        let mut shell = shell.expect("a shell");
        let tree = ProcessTree::of(Some(shell.id()));
        let child = loop {
            if let Some(child) = children(shell.id()).first().copied() {
                break i32::try_from(child).expect("a pid");
            }
            std::thread::yield_now();
        };
        drop(tree);
        let status = shell.wait().expect("it ends");
        assert!(!status.success());
        while Identity::of(child).is_some() {
            std::thread::yield_now();
        }
    }
}
