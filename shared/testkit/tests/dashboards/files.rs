//! The paths of the dashboards and the files beside them.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folder `dashboards`.
pub fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize()
        .expect("the checkout is there")
        .join("dashboards")
}

/// Returns the names, without the ending, of the files in a folder that have that ending.
pub fn names(folder: &Path, ending: &str) -> Vec<String> {
    let files = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = files
        .filter_map(|file| {
            let name = file.expect("a readable folder").file_name();
            Some(name.to_str()?.strip_suffix(ending)?.to_owned())
        })
        .collect();
    names.sort();
    names
}
