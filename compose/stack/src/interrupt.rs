//! Ctrl-C and SIGTERM: a flag that every wait looks at, so that a run ends by stopping its parts.
//!
//! It knows signals and nothing of what is to be stopped.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on SIGINT, SIGTERM and SIGHUP raise the flag instead of ending the program.
pub fn watch() -> Result<()> {
    let flag = FLAG.get_or_init(|| Arc::new(AtomicBool::new(false)));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag)).context("cannot watch for Ctrl-C")?;
    }
    Ok(())
}

/// Whether the run was asked to end.
pub fn is_raised() -> bool {
    FLAG.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// An error where the run was asked to end.
pub fn check() -> Result<()> {
    if is_raised() {
        bail!("stopped because it was asked to (Ctrl-C or SIGTERM)");
    }
    Ok(())
}
