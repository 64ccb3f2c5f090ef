//! Ctrl-C and SIGTERM: a flag that every wait checks, so that a run ends by stopping its parts.
//!
//! It knows signals, and nothing about the parts to stop.

use std::{
    process::ExitCode,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Does the work of a whole program, which SIGINT, SIGTERM and SIGHUP end in good order; says what
/// went wrong, and gives the status for a shell.
pub fn run(work: impl FnOnce() -> Result<()>) -> ExitCode {
    match watch().and_then(|()| work()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            // The status that a shell gives for a program that Ctrl-C has ended.
            if is_raised() {
                ExitCode::from(130)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Makes SIGINT, SIGTERM and SIGHUP raise the flag from now on, instead of ending the program.
fn watch() -> Result<()> {
    let flag = FLAG.get_or_init(|| Arc::new(AtomicBool::new(false)));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag)).context("cannot watch for Ctrl-C")?;
    }
    Ok(())
}

/// Was the run asked to end?
pub fn is_raised() -> bool {
    FLAG.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Returns an error if the run was asked to end.
pub fn check() -> Result<()> {
    if is_raised() {
        bail!("stopped because it was asked to (Ctrl-C or SIGTERM)");
    }
    Ok(())
}
