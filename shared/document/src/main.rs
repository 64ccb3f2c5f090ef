//! Writes the published contract: `cargo xtask contract` runs it.
//!
//! With `--check` it writes nothing and fails where a file is stale. With `--release` it keeps what
//! is published today as what every later release must still read and produce.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, bail};
use twofactor_document::{FOLDER, RELEASED, clients, files};

/// The folders of what a release keeps.
const KEPT: [&str; 2] = ["schema", "examples"];

fn main() -> anyhow::Result<()> {
    let option = env::args().nth(1);
    let folder = Path::new(FOLDER);
    let page = folder.join("README.md");
    let page =
        fs::read_to_string(&page).with_context(|| format!("{} is needed", page.display()))?;
    let files = files(&page)?;
    match option.as_deref() {
        None => write(folder, &files.into_iter().collect::<Vec<_>>()),
        Some("--check") => check(folder, &files.into_iter().collect::<Vec<_>>()),
        Some("--release") => {
            let kept = files
                .into_iter()
                .filter(|(path, _)| KEPT.iter().any(|kept| path.starts_with(kept)));
            let released = folder.join(RELEASED);
            if released.exists() {
                bail!("{RELEASED} is there already, and what was released does not change.");
            }
            write(&released, &kept.collect::<Vec<_>>())
        }
        Some(other) => bail!("{other} is no option; there are --check and --release."),
    }
}

fn write(folder: &Path, files: &[(String, String)]) -> anyhow::Result<()> {
    for path in stray(folder, files)? {
        fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
    }
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(parent)?;
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    println!("{} files are written to {}.", files.len(), folder.display());
    Ok(())
}

fn check(folder: &Path, files: &[(String, String)]) -> anyhow::Result<()> {
    let mut stale: BTreeSet<PathBuf> = stray(folder, files)?.into_iter().collect();
    for (path, text) in files {
        let path = folder.join(path);
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            stale.insert(path);
        }
    }
    if let Some(first) = stale.first() {
        let first = first.display();
        bail!("{first} is stale; run `cargo xtask contract` and look at what it changes.");
    }
    Ok(())
}

/// Files that nothing generates any more, in the folders that hold generated files alone.
fn stray(folder: &Path, files: &[(String, String)]) -> anyhow::Result<Vec<PathBuf>> {
    let mut stray = Vec::new();
    for generated in KEPT.into_iter().chain(clients::FOLDERS) {
        let Ok(entries) = fs::read_dir(folder.join(generated)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if !files.iter().any(|(known, _)| folder.join(known) == path) {
                stray.push(path);
            }
        }
    }
    Ok(stray)
}
