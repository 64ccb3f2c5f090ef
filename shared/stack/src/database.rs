//! The product's database in the private Postgres: its owner, its migrations, its users' passwords.
//!
//! It knows the names of roles and database. Tables are the migrations' own.

use std::{collections::BTreeMap, path::Path, process::Stdio};

use anyhow::{Context, Result, bail};

use crate::{
    directory::Directory, part::WORKERS, postgres, programs, rabbitmq, settings::Settings,
};

/// The database.
pub const NAME: &str = "twofactor";
/// The role that owns it and runs the migrations.
pub const OWNER: &str = "twofactor_owner";
/// The role that reads the trail.
pub const AUDITOR: &str = "twofactor_auditor";

/// Returns every role that logs in: owner, workers and auditor.
pub fn roles() -> Vec<String> {
    let workers = WORKERS.iter().map(|name| format!("twofactor_{name}"));
    [OWNER.to_owned(), AUDITOR.to_owned()]
        .into_iter()
        .chain(workers)
        .collect()
}

/// Makes the owner and the database where they are missing, migrates, and sets all passwords.
/// `shared` has the settings of the workers.
pub fn prepare(
    directory: &Directory,
    settings: &Settings,
    shared: BTreeMap<String, String>,
    binaries: &Path,
) -> Result<()> {
    let owner = format!(
        "SET client_min_messages = warning;
         SELECT 'CREATE ROLE {OWNER}'
          WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
         ALTER ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{password}';
         SELECT 'CREATE DATABASE {NAME} OWNER {OWNER}'
          WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec
         ",
        password = settings.password(OWNER),
    );
    postgres::run_sql(settings, postgres::SUPERUSER, "postgres", &owner)?;
    migrate(directory, settings, shared, binaries)?;
    let passwords: Vec<String> = roles()
        .iter()
        .map(|role| {
            format!(
                "ALTER ROLE {role} PASSWORD '{}';\n",
                settings.password(role)
            )
        })
        .collect();
    postgres::run_sql(settings, postgres::SUPERUSER, NAME, &passwords.concat())
        .context("the migrations have not made every role")?;
    Ok(())
}

/// `postgres://role:password@127.0.0.1:port/twofactor`.
pub fn url(settings: &Settings, role: &str) -> String {
    format!("{}/{NAME}", postgres::url(settings, role))
}

fn migrate(
    directory: &Directory,
    settings: &Settings,
    shared: BTreeMap<String, String>,
    binaries: &Path,
) -> Result<()> {
    let output = programs::own(directory, binaries, "twofactor-ctl")?
        .arg("migrate")
        .envs(shared)
        .env("AMQP_URL", rabbitmq::url(settings, "operator"))
        .env("DATABASE_URL", url(settings, OWNER))
        .stdin(Stdio::null())
        .output()
        .context("cannot run twofactor-ctl migrate")?;
    if !output.status.success() {
        bail!(
            "the migrations failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
