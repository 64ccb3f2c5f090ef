//! The state that a stack keeps over restarts: passwords, ports, the workers and their settings.
//!
//! It is one file that its owner alone may read. It knows no program's configuration.

use std::{collections::BTreeMap, fs, io::ErrorKind};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    directory::{Directory, write_private},
    passwords,
    ports::Ports,
};

const FILE: &str = "settings.json";

/// Everything that must be the same at the next start.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    passwords: BTreeMap<String, String>,
    ports: BTreeMap<String, u16>,
    /// Count of copies of each worker.
    pub copies: u16,
    /// Settings of the workers from the caller's environment at `up`.
    pub passed_on: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the settings of the directory, or makes new ones.
    pub fn load(directory: &Directory) -> Result<Self> {
        let path = directory.path(FILE);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                format!(
                    "{} is damaged: delete it with `cargo xtask down --wipe`",
                    path.display()
                )
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Keeps them in the directory.
    pub fn save(&self, directory: &Directory) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self).context("cannot write the settings as JSON")?;
        write_private(&directory.path(FILE), &bytes)
    }

    /// Gives each named user a password, and each named listener a port that is free now.
    pub fn provide(&mut self, users: &[String], listeners: &[String]) -> Result<()> {
        for user in users {
            self.passwords
                .entry(user.clone())
                .or_insert_with(passwords::random);
        }
        let mut ports = Ports::default();
        for listener in listeners {
            let port = self.ports.entry(listener.clone()).or_default();
            *port = ports.keep_or_choose(*port)?;
        }
        Ok(())
    }

    /// Returns the password of a user, provided before.
    ///
    /// # Panics
    ///
    /// If it was not.
    pub fn password(&self, user: &str) -> &str {
        self.passwords
            .get(user)
            .map(String::as_str)
            .expect("every user is provided a password")
    }

    /// Returns the port of a listener, provided before.
    ///
    /// # Panics
    ///
    /// If it was not.
    pub fn port(&self, listener: &str) -> u16 {
        *self
            .ports
            .get(listener)
            .expect("every listener is provided a port")
    }
}
