//! Workers that a test can end at a place in the path of an event.
//!
//! The released programs cannot do that, so another program takes their place, by their name. It
//! knows that program's name, and nothing of the places.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result};

use crate::environment;

/// The setting that names a place.
pub const SETTING: &str = "TWOFACTOR_FAILPOINT";
/// The program that reads it.
pub const PROGRAM: &str = "failing-worker";

/// Links every built program into that folder, with [`PROGRAM`] in the place of each worker.
pub fn link_programs(folder: &Path, workers: &[&str]) -> Result<()> {
    let built = environment::binary_folder();
    let failing = built.join(PROGRAM);
    let workers = workers.iter().map(|name| format!("twofactor-{name}"));
    let links = workers.map(|name| (name, failing.clone()));
    let others = ["twofactor-ctl", "sms-sandbox"].map(|name| (name.to_owned(), built.join(name)));
    for (name, program) in links.chain(others) {
        let program = fs::canonicalize(&program)
            .with_context(|| format!("{} is not built", program.display()))?;
        symlink(program, folder.join(&name)).with_context(|| format!("cannot link {name}"))?;
    }
    Ok(())
}
