//! The programs that a stack needs: their paths, and the Debian packages of those that are missing.
//!
//! It knows the paths of the packages, and the names of our own programs. Installing is
//! left to `apt`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{account::Account, directory::Directory};

const OLDEST_POSTGRES: u32 = 15;

/// A program of another project that a stack needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// The message broker, with Erlang's `epmd`.
    RabbitMq,
    /// The database, 15 or newer.
    Postgres,
    /// The server that reads the metrics.
    Prometheus,
    /// The reader of compose files, in tests.
    DockerCompose,
    /// A pooler before the database, in tests.
    PgBouncer,
    /// Python's AMQP library, with Python, in tests of the client.
    Pika,
    /// PHP's command line, in tests of the client.
    Php,
    /// PHP's AMQP library, in tests of the client.
    PhpAmqplib,
    /// The runtime of JavaScript, in tests of the client.
    Node,
    /// Node's package manager, in tests of the client.
    Npm,
    /// The browser, in tests of the demo CRM's pages.
    Chromium,
}

impl Needed {
    /// Returns the Debian package that has it.
    pub fn package(self) -> &'static str {
        match self {
            Self::RabbitMq => "rabbitmq-server",
            Self::Postgres => "postgresql",
            Self::Prometheus => "prometheus",
            Self::DockerCompose => "docker-compose",
            Self::PgBouncer => "pgbouncer",
            Self::Pika => "python3-pika",
            Self::Php => "php-cli",
            Self::PhpAmqplib => "php-amqplib",
            Self::Node => "nodejs",
            Self::Npm => "npm",
            Self::Chromium => "chromium",
        }
    }

    /// Is it on this machine?
    pub fn is_installed(self) -> bool {
        match self {
            Self::RabbitMq => rabbitmq_server().is_ok() && epmd().is_ok(),
            Self::Postgres => postgres_folder().is_ok(),
            Self::Prometheus => prometheus().is_ok(),
            Self::DockerCompose => docker_compose().is_ok(),
            Self::PgBouncer => pgbouncer().is_ok(),
            Self::Pika => is_there("/usr/lib/python3/dist-packages/pika/__init__.py"),
            Self::Php => is_there("/usr/bin/php"),
            Self::PhpAmqplib => is_there("/usr/share/php/PhpAmqpLib/autoload.php"),
            Self::Node => is_there("/usr/bin/node") || is_there("/usr/local/bin/node"),
            Self::Npm => is_there("/usr/bin/npm") || is_there("/usr/local/bin/npm"),
            Self::Chromium => chromium().is_ok(),
        }
    }
}

/// RabbitMQ's own start script, not the wrapper that changes the user.
pub fn rabbitmq_server() -> Result<PathBuf> {
    first_file(
        "rabbitmq-server",
        &["/usr/lib/rabbitmq/bin/rabbitmq-server"],
    )
}

/// Erlang's port mapper.
pub fn epmd() -> Result<PathBuf> {
    first_file("epmd", &["/usr/bin/epmd", "/usr/local/bin/epmd"])
}

/// Returns the Prometheus server.
pub fn prometheus() -> Result<PathBuf> {
    first_file(
        "prometheus",
        &["/usr/bin/prometheus", "/usr/local/bin/prometheus"],
    )
}

/// Finds the reader of compose files, which needs no container engine for that.
pub fn docker_compose() -> Result<PathBuf> {
    first_file(
        "docker-compose",
        &["/usr/bin/docker-compose", "/usr/local/bin/docker-compose"],
    )
}

/// Returns the pooler; one built from source is preferred to Debian's.
pub fn pgbouncer() -> Result<PathBuf> {
    first_file(
        "pgbouncer",
        &["/usr/local/sbin/pgbouncer", "/usr/sbin/pgbouncer"],
    )
}

/// Returns the browser, which needs no display.
pub fn chromium() -> Result<PathBuf> {
    first_file(
        "chromium",
        &["/usr/bin/chromium", "/usr/local/bin/chromium"],
    )
}

/// Returns the folder with `initdb`, `postgres` and `psql` of the newest version.
pub fn postgres_folder() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            let whole = ["initdb", "postgres", "psql"]
                .iter()
                .all(|name| folder.join(name).is_file());
            (version >= OLDEST_POSTGRES && whole).then_some((version, folder))
        })
        .max();
    match newest {
        Some((_, folder)) => Ok(folder),
        None => bail!("found no Postgres {OLDEST_POSTGRES} or newer in /usr/lib/postgresql"),
    }
}

/// One of our own programs, from the folder of the binaries.
pub fn own(directory: &Directory, binaries: &Path, name: &str) -> Result<Command> {
    let path = binaries.join(name);
    if !path.is_file() {
        bail!(
            "{} is not built: run `cargo build --release --workspace --bins`",
            path.display()
        );
    }
    let mut command = Account::Own.command(&path, directory.root());
    command.current_dir(directory.root());
    Ok(command)
}

fn is_there(place: &str) -> bool {
    Path::new(place).is_file()
}

fn first_file(name: &str, places: &[&str]) -> Result<PathBuf> {
    match places.iter().map(Path::new).find(|place| place.is_file()) {
        Some(place) => Ok(place.to_owned()),
        None => bail!("found no {name} (looked for {})", places.join(", ")),
    }
}
