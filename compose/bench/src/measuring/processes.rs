//! What processes have used of the processors and of the memory, read from `/proc`.
//!
//! It knows pids and who started whom, and nothing of what a process does.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// A clock tick of `/proc`, which is 10 ms on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of a process, of all that it has started, and of those of them that have ended.
pub fn cpu_of(root: i32) -> Result<Duration> {
    let all = all()?;
    let mut tree = vec![root];
    let mut at = 0;
    let mut ticks = 0;
    while let Some(pid) = tree.get(at).copied() {
        at += 1;
        let children = all.iter().filter(|one| one.parent == pid);
        tree.extend(children.map(|one| one.pid));
        let own = all.iter().find(|one| one.pid == pid);
        ticks += own.map_or(0, |own| own.ticks);
    }
    let time = TICK.checked_mul(u32::try_from(ticks)?);
    time.context("a process has used more time than can be counted")
}

/// Memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What is resident now.
    pub resident: f64,
    /// The part of it that is no file's: heap and stacks, without the program's own text.
    pub anonymous: f64,
    /// The most that ever was resident.
    pub most: f64,
}

/// Memory of a process now.
pub fn memory_of(pid: i32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("the process {pid} is gone"))?;
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let mib = |name| Some(kib(name)? / 1024.0);
    Ok(Memory {
        resident: mib("VmRSS:").context("/proc names no VmRSS")?,
        anonymous: mib("RssAnon:").context("/proc names no RssAnon")?,
        most: mib("VmHWM:").context("/proc names no VmHWM")?,
    })
}

/// A line of `/proc/*/stat`.
struct Process {
    pid: i32,
    parent: i32,
    /// Its own and those of its children that have ended, in user mode and in the kernel.
    ticks: u64,
}

fn all() -> Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot read /proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may have ended since.
        if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) {
            found.extend(read(pid, &stat));
        }
    }
    Ok(found)
}

fn read(pid: i32, stat: &str) -> Option<Process> {
    // The name of the program is in parentheses and may contain anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let times = fields.get(11..15)?;
    let times: Option<Vec<u64>> = times.iter().map(|time| time.parse().ok()).collect();
    Some(Process {
        pid,
        parent,
        ticks: times?.iter().sum(),
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_line_is_read_whatever_the_program_is_called() {
        let line = "7 (a) b (c) S 3 7 7 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 1 0 5 1 1";
        let process = read(7, line).expect("a process");
        assert_eq!((process.pid, process.parent, process.ticks), (7, 3, 110));
    }

    #[test]
    fn time_of_children_that_have_ended_is_counted() {
        let own = i32::try_from(std::process::id()).expect("a pid");
        let before = cpu_of(own).expect("our own time");
        let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let ended = Command::new("sh").args(["-c", busy]).status();
        assert!(ended.expect("sh").success());
        assert!(cpu_of(own).expect("our own time") > before);
        let memory = memory_of(own).expect("our own memory");
        assert!(memory.anonymous > 0.0 && memory.resident >= memory.anonymous);
        assert!(memory.most > 0.0);
    }
}
