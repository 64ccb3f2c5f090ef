//! What a figure was measured on and with: the machine, the commit, the command.

use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};
use twofactor_stack::checkout;

/// What stands in each line.
#[derive(Clone, Debug)]
pub struct Circumstances {
    machine: Value,
    commit: String,
    command: String,
}

impl Circumstances {
    /// Those of this run.
    pub fn of_this_run() -> Self {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let command = ["cargo xtask bench".to_owned()]
            .into_iter()
            .chain(arguments);
        let command = command.collect::<Vec<_>>().join(" ");
        Self {
            machine: machine(),
            commit: commit(),
            command,
        }
    }

    /// A line with them.
    pub fn beside(&self, mut line: Value) -> String {
        line["machine"] = self.machine.clone();
        line["load"] = json!(load());
        line["commit"] = json!(self.commit);
        line["command"] = json!(self.command);
        line.to_string()
    }

    /// As a heading.
    pub fn heading(&self) -> String {
        let cores = &self.machine["cores"];
        let processor = self.machine["processor"].as_str().unwrap_or_default();
        format!(
            "{} on {cores} cores of {processor}, commit {}",
            self.command, self.commit
        )
    }
}

fn machine() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map(|(_, value)| value.trim().to_owned())
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let memory = memory.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    json!({
        "cores": cores,
        "processor": field(&read("/proc/cpuinfo"), "model name"),
        "memory_mib": memory.map(|kib| kib / 1024),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
    })
}

/// How many programs wanted a core over the last minute: a shared machine measures worse.
fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The commit of the checkout, with a mark where something is changed.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let root = checkout::root().ok()?;
        let output = Command::new("git")
            .args(arguments)
            .current_dir(root)
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]);
    if changed.is_some_and(|files| !files.is_empty()) {
        format!("{commit} with changes")
    } else {
        commit
    }
}
