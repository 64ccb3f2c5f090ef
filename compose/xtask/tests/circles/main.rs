//! No file of a crate's source imports another that imports it, by whatever way round: each can be
//! read with those below it alone.
//!
//! Looked at are `use` and paths in code, of `src` but for its tests. A name that a file passes on
//! by `pub use` counts as an import of the file that defines it. A parent that only declares a
//! module, or passes on its names, does not import it.

mod graph;
mod source;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use graph::Graph;

/// Circles that there still are: a crate, and the modules of one circle. One that is opened must be
/// taken off this list.
const KNOWN: [(&str, &[&str]); 9] = [
    (
        "services/ctl",
        &["import", "import::check", "import::read", "import::write"],
    ),
    ("services/ctl", &["explain", "explain::seen"]),
    (
        "shared/contract",
        &[
            "enrollment",
            "event",
            "fields",
            "login",
            "outcome",
            "profile",
            "refusal",
            "reset",
            "sms",
        ],
    ),
    (
        "shared/rules",
        &["change", "decision", "policy", "state", "trail"],
    ),
    ("shared/rules", &["keyring", "keys"]),
    ("shared/store", &["error", "sqlstate"]),
    ("shared/store", &["load", "load_users"]),
    ("shared/store", &["seal", "store"]),
    (
        "shared/store",
        &["write", "write_answers", "write_trail", "write_users"],
    ),
];

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut found = BTreeSet::new();
    let mut told = String::new();
    let mut files = 0;
    for folder in crates() {
        let name = folder.strip_prefix(workspace()).expect("a crate of ours");
        let graph = Graph::of(&folder.join("src"));
        files += graph.len();
        for circle in graph.circles() {
            let key = (name.display().to_string(), circle.modules);
            if !known().contains(&key) {
                let modules = key.1.join(", ");
                let _ = write!(told, "{}: {modules}\n{}", key.0, circle.imports);
            }
            found.insert(key);
        }
    }
    assert!(files > 200, "{files} files");
    assert!(told.is_empty(), "files that import each other:\n{told}");
    let opened: Vec<_> = known().difference(&found).cloned().collect();
    assert!(opened.is_empty(), "take off the list: {opened:?}");
}

fn known() -> BTreeSet<(String, Vec<String>)> {
    let own = |(name, modules): (&str, &[&str])| {
        let modules = modules.iter().map(|module| (*module).to_owned());
        (name.to_owned(), modules.collect())
    };
    KNOWN.into_iter().map(own).collect()
}

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workspace")
}

/// The folder of every crate.
fn crates() -> Vec<PathBuf> {
    let folders = ["compose", "services", "shared"];
    let entries = folders.iter().flat_map(|folder| {
        let entries = fs::read_dir(workspace().join(folder)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path())
    });
    entries
        .filter(|path| path.join("Cargo.toml").is_file())
        .collect()
}
