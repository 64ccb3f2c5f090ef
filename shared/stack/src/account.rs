//! The account that a program runs as. Postgres and RabbitMQ refuse to run as root or should not;
//! if we are root they get the account that their package made, else they run as ourselves.
//!
//! It knows accounts and `setpriv`, and nothing of the program's own arguments.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, bail};
use nix::unistd::{Uid, User, geteuid};

/// The account that a program runs as.
#[derive(Debug, Clone)]
pub enum Account {
    /// Our own account.
    Own,
    /// Another, which only root may take.
    Other(User),
}

impl Account {
    /// Returns the named account where we are root, else our own.
    pub fn unprivileged(name: &str) -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        match User::from_name(name).with_context(|| format!("cannot look up the user {name}"))? {
            Some(user) => Ok(Self::Other(user)),
            None => bail!(
                "there is no user {name}, as which the program must run: install its Debian package, \
                 or run this as a user that is not root"
            ),
        }
    }

    /// Returns the named account where we are root and it may enter the folder, else our own.
    ///
    /// For programs that check for themselves whether they may enter, whatever right they keep.
    pub fn unprivileged_in(name: &str, folder: &Path) -> Result<Self> {
        if all_may_enter(folder) {
            Self::unprivileged(name)
        } else {
            Ok(Self::Own)
        }
    }

    /// Returns a command that runs the program as this account, with no environment but `PATH` and
    /// a locale.
    ///
    /// `folder` is where the program's files are: below a folder that only root may enter (such as
    /// root's home) the program keeps root's right to pass through folders, and nothing else.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match self {
            Self::Own => Command::new(program),
            Self::Other(user) => {
                let mut setpriv = Command::new("setpriv");
                setpriv
                    .arg(format!("--reuid={}", user.uid))
                    .arg(format!("--regid={}", user.gid))
                    .arg("--clear-groups");
                if !all_may_enter(folder) || !all_may_enter(program) {
                    setpriv.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]);
                }
                setpriv.arg("--").arg(program);
                setpriv
            }
        };
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("LANG", "C.UTF-8");
        command
    }

    /// Gives a file or folder to this account.
    pub fn own(&self, path: &Path) -> Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other(user) => chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
                .with_context(|| format!("cannot give {} to {}", path.display(), user.name)),
        }
    }

    /// Returns the account's user id.
    pub fn uid(&self) -> Uid {
        match self {
            Self::Own => geteuid(),
            Self::Other(user) => user.uid,
        }
    }
}

/// May every folder above the path be entered by anybody?
fn all_may_enter(path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .filter(|folder| *folder != OsStr::new(""))
        .all(|folder| fs::metadata(folder).is_ok_and(|data| data.permissions().mode() & 0o001 != 0))
}
