//! The paths of the checkout, its binaries and its stacks.
//!
//! It knows paths and nothing of what is in them.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Returns the folder of the workspace's `Cargo.toml`.
pub fn root() -> Result<PathBuf> {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    // If the checkout was moved since, cargo says where it is now.
    let crate_folder =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| built_in.to_owned(), PathBuf::from);
    let root = crate_folder
        .ancestors()
        .nth(2)
        .context("the checkout has no root folder")?;
    Ok(root.to_owned())
}

/// Returns the folder of the binaries, which is this program's own.
pub fn binaries() -> Result<PathBuf> {
    let program = env::current_exe().context("cannot find this program's own file")?;
    Ok(program
        .parent()
        .context("this program is in no folder")?
        .to_owned())
}

/// Returns the folder for everything that is made: the stack that stays, those of single runs.
pub fn target() -> Result<PathBuf> {
    Ok(root()?.join("target"))
}

/// Returns the stack that `up` leaves running.
pub fn stack() -> Result<PathBuf> {
    Ok(target()?.join("stack"))
}

/// Returns the product's alert rules.
pub fn alerts() -> Result<PathBuf> {
    Ok(root()?.join("dashboards/alerts.yml"))
}
