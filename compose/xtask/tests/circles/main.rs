//! No file of a crate's source imports another that imports it, directly or through others: each
//! can be read with those below it alone.
//!
//! The test reads `use` and paths in code, of `src` without its tests. A name that a file passes on
//! by `pub use` counts as an import of the file that defines it. A parent that only declares a
//! module, or passes on its names, does not import it.

mod graph;
mod source;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use graph::Graph;

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut told = String::new();
    let mut files = 0;
    for folder in crates() {
        let name = folder.strip_prefix(workspace()).expect("a crate of ours");
        let graph = Graph::of(&folder.join("src"));
        files += graph.len();
        for circle in graph.circles() {
            let modules = circle.modules.join(", ");
            let _ = write!(told, "{}: {modules}\n{}", name.display(), circle.imports);
        }
    }
    assert!(files > 200, "{files} files");
    assert!(told.is_empty(), "files that import each other:\n{told}");
}

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workspace")
}

/// Returns the folder of every crate.
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
