//! Runs cargo, or another program, as a step of a command, so that Ctrl-C ends it with all that it
//! has started.
//!
//! It knows cargo's process group, and nothing of the steps.

use std::{
    env,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitStatus},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use twofactor_stack::interrupt;

use crate::workspace;

const POLL: Duration = Duration::from_millis(50);

/// A cargo command in the workspace's root.
pub fn command(arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace::root()?);
    // What the cargo that runs us says of our own package. Build scripts watch it (ring's does),
    // and would build everything above them again each time.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    Ok(command)
}

/// Runs it, its output on ours; an error where it fails or the run is asked to end.
pub fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = wait(command).with_context(|| format!("cannot run `{name}`"))?;
    interrupt::check()?;
    if !status.success() {
        bail!("`{name}` failed");
    }
    Ok(())
}

fn wait(command: &mut Command) -> Result<ExitStatus> {
    let mut child = command.process_group(0).spawn()?;
    let group = Pid::from_raw(i32::try_from(child.id())?);
    let mut is_told = false;
    loop {
        if let Some(status) = child.try_wait()? {
            if is_told {
                // Test programs that outlived cargo.
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
