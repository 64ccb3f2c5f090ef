//! Which published files are not what the code says: stale, missing or superfluous.
//!
//! It knows where generated files stand, and not what is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::clients;

/// The folders of what a release keeps.
pub const KEPT: [&str; 2] = ["schema", "examples"];

/// The files below `folder` that are not as generated, missing and superfluous ones among them.
pub fn stale(folder: &Path, files: &BTreeMap<String, String>) -> io::Result<BTreeSet<PathBuf>> {
    let mut stale: BTreeSet<PathBuf> = superfluous(folder, files)?.into_iter().collect();
    for (path, text) in files {
        let path = folder.join(path);
        if fs::read_to_string(&path).ok().as_ref() != Some(text) {
            stale.insert(path);
        }
    }
    Ok(stale)
}

/// The files that nothing generates any more, in the folders that hold generated files alone.
pub fn superfluous(folder: &Path, files: &BTreeMap<String, String>) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for generated in KEPT.into_iter().chain(clients::FOLDERS) {
        let Ok(entries) = fs::read_dir(folder.join(generated)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if !files.keys().any(|known| folder.join(known) == path) {
                found.push(path);
            }
        }
    }
    Ok(found)
}
