//! A path without spaces or other odd characters to a folder that has some, for programs that do
//! not take them: a link with a random name among the temporary files.
//!
//! It knows paths, and nothing of the programs.

use std::{
    env, fs,
    io::ErrorKind,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    directory::{Directory, write_private},
    passwords,
};

/// The file with the place of the link, so that another run can remove it.
const RECORD: &str = "link";

/// Returns the folder's own path where it is plain, else one that leads to it.
pub fn to(directory: &Directory, folder: &str) -> Result<PathBuf> {
    let path = directory.path(folder);
    if is_plain(&path) {
        return Ok(path);
    }
    remove(directory)?;
    let link = env::temp_dir().join(format!("twofactor-{}", passwords::random()));
    write_private(&directory.path(RECORD), link.as_os_str().as_encoded_bytes())?;
    symlink(&path, &link).with_context(|| format!("cannot make the link {}", link.display()))?;
    Ok(link)
}

/// Removes the link where there is one.
pub fn remove(directory: &Directory) -> Result<()> {
    let record = directory.path(RECORD);
    let Ok(link) = fs::read_to_string(&record) else {
        return Ok(());
    };
    for path in [Path::new(&link), &record] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot delete {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_plain(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_path_gets_a_link_that_is_removed_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let odd = folder.path().join("odd place, é");
        let directory = Directory::open(&odd).expect("a directory");
        fs::create_dir(directory.path("data")).expect("a folder");
        fs::write(directory.path("data").join("x"), "x").expect("a file");
        let path = to(&directory, "data").expect("a path");
        assert!(is_plain(&path));
        assert_eq!(fs::read_to_string(path.join("x")).expect("the file"), "x");
        remove(&directory).expect("removed");
        assert!(!path.exists());
    }

    #[test]
    fn a_plain_path_is_taken_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Directory::open(folder.path()).expect("a directory");
        assert_eq!(
            to(&directory, "data").expect("a path"),
            directory.path("data")
        );
    }
}
