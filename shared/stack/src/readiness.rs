//! Waits for a part by what it does: a port, a query, an answer; never for a fixed time.
//!
//! A wait ends early where the process has died or the run is asked to end, and then shows the
//! last lines of the log. It knows nothing of the parts.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{directory::Directory, interrupt, process};

const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);
const LOG_LINES: usize = 15;

/// Waits until the probe succeeds; fails after 60 s, or once the program has ended.
pub fn wait(directory: &Directory, name: &str, mut probe: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        interrupt::check()?;
        if probe() {
            return Ok(());
        }
        if process::find(directory, name).is_none() {
            bail!(
                "{name} ended while it was starting.{}",
                last_lines(directory, name)
            );
        }
        if Instant::now() >= deadline {
            let seconds = PATIENCE.as_secs();
            bail!(
                "{name} is not ready after {seconds} s.{}",
                last_lines(directory, name)
            );
        }
        thread::sleep(POLL);
    }
}

/// Returns the end of a program's log, as the end of an error message.
pub fn last_lines(directory: &Directory, name: &str) -> String {
    let path = directory.log_file(name);
    let bytes = fs::read(&path).unwrap_or_default();
    let answer = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = answer.lines().collect();
    let from = lines.len().saturating_sub(LOG_LINES);
    let mut message = format!(" The log is {}; its last lines:", path.display());
    for line in &lines[from..] {
        message.push_str("\n    ");
        message.push_str(line);
    }
    message
}
