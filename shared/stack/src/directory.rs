//! The one directory that holds a stack: its data, logs, pids and secrets.
//!
//! It knows where a file is, who may read it and whether another run uses the directory. It knows
//! nothing of the programs that the files belong to.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::interrupt;

const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(50);

/// The directory of a stack; one run at a time may change it.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    _lock: File,
}

impl Directory {
    /// Opens the directory, made if it is missing; waits a while if another run holds it.
    pub fn open(root: &Path) -> Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            interrupt::check()?;
            if let Some(directory) = Self::try_open(root)? {
                return Ok(directory);
            }
            if Instant::now() >= deadline {
                bail!(
                    "{} is in use by another run: wait for it, or stop it",
                    root.display()
                );
            }
            thread::sleep(POLL);
        }
    }

    /// Makes a directory for one run: `parent/prefix-<random>`.
    ///
    /// Anything that earlier runs left behind under that prefix is stopped and deleted first: a run
    /// that was killed cannot do so itself.
    pub fn throwaway(
        parent: &Path,
        prefix: &str,
        clean: impl Fn(&Self) -> Result<()>,
    ) -> Result<Self> {
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
        for entry in
            fs::read_dir(parent).with_context(|| format!("cannot read {}", parent.display()))?
        {
            let entry = entry?;
            let is_ours = entry
                .file_name()
                .to_string_lossy()
                .starts_with(&format!("{prefix}-"));
            if is_ours && let Some(left) = Self::try_open(&entry.path())? {
                clean(&left)?;
                left.wipe()?;
            }
        }
        loop {
            let name = format!("{prefix}-{:08x}", rand::random::<u32>());
            if let Some(directory) = Self::try_open(&parent.join(name))? {
                return Ok(directory);
            }
        }
    }

    /// Opens the directory, unless another run holds it or has just deleted it.
    fn try_open(root: &Path) -> Result<Option<Self>> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(root)
            .with_context(|| format!("cannot create {}", root.display()))?;
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot open {}", root.display()))?;
        let path = root.join("lock");
        let lock = match File::create(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.with_context(|| format!("cannot write in {}", root.display()))?,
        };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", root.display()));
            }
        }
        let held = lock
            .metadata()
            .with_context(|| format!("cannot lock {}", root.display()))?;
        let is_there = fs::metadata(&path).is_ok_and(|there| there.ino() == held.ino());
        Ok(is_there.then_some(Self { root, _lock: lock }))
    }

    /// Returns the directory itself, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Returns the file with a program's pid, kept while it runs.
    pub fn pid_file(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.pid"))
    }

    /// Returns the file for a program's output.
    pub fn log_file(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.log"))
    }

    /// Returns the names of all programs that have a pid file.
    pub fn programs_with_pid(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let entries = fs::read_dir(&self.root)
            .with_context(|| format!("cannot read {}", self.root.display()))?;
        for entry in entries {
            let file = entry?.file_name();
            if let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".pid")) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Deletes everything in it, and the directory.
    pub fn wipe(&self) -> Result<()> {
        fs::remove_dir_all(&self.root)
            .with_context(|| format!("cannot delete {}", self.root.display()))
    }
}

/// Writes a file that its owner alone may read, in one step.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    let write = || -> std::io::Result<()> {
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)?;
        file.write_all(content)?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a folder that its owner alone may enter.
pub fn create_private_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot set the permissions of {}", path.display()))
}
