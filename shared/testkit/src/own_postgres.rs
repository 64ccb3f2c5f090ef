//! A private Postgres, for a test that stops it, makes a standby of it or changes its settings.
//!
//! It has one migrated database. Everything is stopped and deleted when it is dropped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use twofactor_stack::part::Part;
use twofactor_stack::stack::Stack;
use twofactor_stack::{database, postgres};

use crate::environment;

/// A private server.
#[derive(Debug)]
pub struct OwnPostgres {
    stack: Stack,
}

impl OwnPostgres {
    /// Starts one below `parent`, which blocks for a second or two.
    pub async fn start(parent: &Path, name: &str) -> Result<Self> {
        let mut stack = Stack::throwaway(parent, name, &environment::binary_folder())?;
        stack.prepare(&[Part::Postgres], 1, BTreeMap::new())?;
        stack.start(Part::Postgres)?;
        let server = Self { stack };
        let name = database::NAME;
        postgres::run_sql(
            server.stack.settings(),
            postgres::SUPERUSER,
            "postgres",
            &format!("create database {name}"),
        )?;
        twofactor_store::migrate(&server.url()).await?;
        Ok(server)
    }

    /// Returns the URL of its database for its superuser.
    pub fn url(&self) -> String {
        database::url(self.stack.settings(), postgres::SUPERUSER)
    }

    /// Returns its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.stack.settings().port(postgres::NAME)
    }

    /// Returns its superuser's password.
    pub fn password(&self) -> &str {
        self.stack.settings().password(postgres::SUPERUSER)
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        self.stack.directory().root()
    }

    /// Runs a statement and returns what it prints.
    pub fn run(&self, sql: &str) -> Result<String> {
        let superuser = postgres::SUPERUSER;
        postgres::run_sql(self.stack.settings(), superuser, database::NAME, sql)
    }

    /// Stops it, connections and all.
    pub fn stop(&self) -> Result<()> {
        self.stack.stop(Part::Postgres).map(drop)
    }

    /// Starts it again, on the same data.
    pub fn begin(&self) -> Result<()> {
        self.stack.start(Part::Postgres)
    }

    /// Stops it and starts it again as a standby that waits for a primary, as after a failover.
    pub fn become_standby(&self) -> Result<()> {
        self.stop()?;
        make_standby(&self.stack)?;
        self.begin()
    }

    /// Makes a primary of the standby.
    pub fn promote(&self) -> Result<()> {
        self.run("select pg_promote()").map(drop)
    }
}

/// Marks the data of a stopped Postgres, so that it comes back as a standby.
pub fn make_standby(stack: &Stack) -> Result<()> {
    let signal = stack.directory().path("postgres").join("standby.signal");
    fs::write(&signal, "").with_context(|| format!("cannot write {}", signal.display()))
}
