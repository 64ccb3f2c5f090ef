//! Packages from npm, at the versions of a lock file.
//!
//! It knows where npm keeps what it has installed, and no package.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use tokio::process::Command;

/// Returns the command that installs the packages of a folder's lock file, unless they are installed.
pub fn installation(folder: &Path) -> Option<Command> {
    let changed = |file: &str| changed(&folder.join(file));
    // npm writes it last.
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some_and(|installed| Some(installed) >= changed("package-lock.json")) {
        return None;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    Some(npm)
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}
