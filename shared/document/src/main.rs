//! Writes the published contract: `cargo xtask contract` runs it.
//!
//! With `--check` it writes nothing and fails if a file is stale. With `--release` it keeps what is
//! published today as what every later release must still read and produce.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use anyhow::{Context as _, bail};
use twofactor_document::{FOLDER, KEPT, RELEASED, files, stale, superfluous};

fn main() -> anyhow::Result<()> {
    let option = env::args().nth(1);
    let folder = Path::new(FOLDER);
    let page = folder.join("README.md");
    let page =
        fs::read_to_string(&page).with_context(|| format!("{} is needed", page.display()))?;
    let files = files(&page)?;
    match option.as_deref() {
        None => write(folder, &files),
        Some("--check") => check(folder, &files),
        Some("--release") => {
            let kept = files
                .into_iter()
                .filter(|(path, _)| KEPT.iter().any(|kept| path.starts_with(kept)));
            let released = folder.join(RELEASED);
            if released.exists() {
                bail!("{RELEASED} exists already, and a released contract does not change.");
            }
            write(&released, &kept.collect())
        }
        Some(other) => bail!("{other} is not an option; use --check or --release."),
    }
}

fn write(folder: &Path, files: &BTreeMap<String, String>) -> anyhow::Result<()> {
    for path in superfluous(folder, files)? {
        fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
    }
    for (path, content) in files {
        let path = folder.join(path);
        let parent = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(parent)?;
        fs::write(&path, content)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    println!("{} files are written to {}.", files.len(), folder.display());
    Ok(())
}

fn check(folder: &Path, files: &BTreeMap<String, String>) -> anyhow::Result<()> {
    if let Some(first) = stale(folder, files)?.first() {
        let first = first.display();
        bail!("{first} is stale; run `cargo xtask contract` and look at what it changes.");
    }
    Ok(())
}
