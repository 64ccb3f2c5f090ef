//! Runs cargo, or another program, as a step of a command, so that Ctrl-C ends it with all that it
//! has started.
//!
//! It knows cargo's process group and its output, and nothing about the steps.

use std::{
    env,
    io::{self, IsTerminal},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use twofactor_stack::{checkout, interrupt};

use crate::progress;

const POLL: Duration = Duration::from_millis(50);
/// Columns of cargo's bar, so that the names of some crates fit.
const BAR: u32 = 120;

/// Returns a cargo command in the workspace's root.
pub fn command(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(checkout::root()?);
    // Variables of the cargo that runs us, about our own package. Build scripts watch them (ring's
    // does), and would build everything above them again each time.
    for (name, _) in env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    Ok(command)
}

/// Runs it, its output on ours; fails where it fails or the run is asked to end.
pub fn run(command: &mut Command) -> Result<()> {
    let child = start(command)?;
    finish(command, child)
}

/// Does the same for a command that compiles and runs nothing: it shows the progress, by cargo's
/// own bar on a terminal.
pub fn compile(command: &mut Command) -> Result<()> {
    if io::stderr().is_terminal() {
        return run(command);
    }
    command
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", BAR.to_string())
        .stderr(Stdio::piped());
    let mut child = start(command)?;
    let said = child.stderr.take();
    thread::scope(|scope| {
        // Output that cannot be written is no reason to stop building.
        scope.spawn(|| said.map(|said| progress::follow(said, io::stderr())));
        finish(command, child)
    })
}

fn start(command: &mut Command) -> Result<Child> {
    let name = describe(command);
    // A group of its own, so that a signal reaches all that cargo has started.
    let started = command.process_group(0).spawn();
    started.with_context(|| format!("cannot run `{name}`"))
}

fn finish(command: &Command, child: Child) -> Result<()> {
    let name = describe(command);
    let status = wait(child).with_context(|| format!("cannot wait for `{name}`"))?;
    interrupt::check()?;
    if !status.success() {
        bail!("`{name}` failed");
    }
    Ok(())
}

fn wait(mut child: Child) -> Result<ExitStatus> {
    let group = Pid::from_raw(i32::try_from(child.id())?);
    let mut is_told = false;
    loop {
        if let Some(status) = child.try_wait()? {
            if is_told {
                // Test programs that run on after cargo.
                let _ = killpg(group, Signal::SIGKILL);
            }
            return Ok(status);
        }
        if interrupt::is_raised() && !is_told {
            killpg(group, Signal::SIGINT)?;
            is_told = true;
        }
        thread::sleep(POLL);
    }
}

fn describe(command: &Command) -> String {
    let arguments: Vec<_> = command
        .get_args()
        .map(|word| word.to_string_lossy())
        .collect();
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    format!("{program} {}", arguments.join(" "))
}
