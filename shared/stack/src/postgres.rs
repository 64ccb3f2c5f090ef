//! A private Postgres: its own data folder and password, on loopback, with fsync on.
//!
//! It knows the program and how to send SQL to it. It knows no table of ours; roles and the
//! database are made by those who ask.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::{
    account::Account,
    directory::{Directory, create_private_folder, write_private},
    process, programs, readiness,
    settings::Settings,
};

/// Its name among the parts, and the name of its port.
pub const NAME: &str = "postgres";
/// The superuser, who has a random password.
pub const SUPERUSER: &str = "postgres";

const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);
const CONNECTIONS: u16 = 200;

/// Starts it, on data that is made at the first start; returns when it answers a query.
pub fn start(directory: &Directory, settings: &Settings) -> Result<()> {
    let folder = programs::postgres_folder()?;
    let account = Account::unprivileged("postgres")?;
    let data = directory.path("postgres");
    check_version(&folder, &data)?;
    if !data.join("PG_VERSION").is_file() {
        create_data(&folder, &account, &data, directory, settings)?;
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        process::spawn(directory, NAME, command(&folder, &account, &data, settings))?;
        let started = readiness::wait(directory, NAME, || {
            run_sql(settings, SUPERUSER, "postgres", "SELECT 1").is_ok()
        });
        // Killed, it leaves processes that hold its memory for a moment more.
        let waits = started.is_err() && Instant::now() < deadline;
        if !waits || !readiness::last_lines(directory, NAME).contains("is still in use") {
            return started;
        }
        thread::sleep(POLL);
    }
}

fn command(folder: &Path, account: &Account, data: &Path, settings: &Settings) -> Command {
    let mut command = account.command(&folder.join("postgres"), data);
    let port = settings.port(NAME).to_string();
    command.arg("-D").arg(data).arg("-p").arg(port);
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        // No socket: its path may have 107 bytes, and a checkout's may be longer.
        "unix_socket_directories=".to_owned(),
        format!("max_connections={CONNECTIONS}"),
        "fsync=on".to_owned(),
        "password_encryption=scram-sha-256".to_owned(),
        // A failed statement is never logged with its values.
        "log_min_error_statement=panic".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ] {
        command.arg("-c").arg(setting);
    }
    command
}

/// Stops it: connections are closed, everything committed is kept.
pub fn stop(directory: &Directory) -> Result<bool> {
    process::stop(directory, NAME, Signal::SIGINT, PATIENCE)
}

/// Runs SQL as that user in that database; returns what it prints, one row a line.
pub fn run_sql(settings: &Settings, user: &str, database: &str, sql: &str) -> Result<String> {
    let mut psql = Command::new(programs::postgres_folder()?.join("psql"))
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args(["--set", "ON_ERROR_STOP=1", "--host", "127.0.0.1"])
        .args(["--username", user, "--dbname", database])
        .args(["--port", &settings.port(NAME).to_string()])
        // Without the caller's own settings for databases.
        .env_clear()
        .env("PGPASSWORD", settings.password(user))
        .env("PGCONNECT_TIMEOUT", "5")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start psql")?;
    // From its input, since the arguments of a program can be read by all.
    let mut input = psql.stdin.take().context("psql has no input")?;
    let written = input.write_all(sql.as_bytes());
    drop(input);
    let output = psql
        .wait_with_output()
        .context("cannot read what psql says")?;
    if !output.status.success() {
        bail!(
            "Postgres refused: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    written.context("cannot pass SQL to psql")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `postgres://user:password@127.0.0.1:port`, to which `/database` may be added.
pub fn url(settings: &Settings, user: &str) -> String {
    format!(
        "postgres://{user}:{}@127.0.0.1:{}",
        settings.password(user),
        settings.port(NAME)
    )
}

fn create_data(
    folder: &Path,
    account: &Account,
    data: &Path,
    directory: &Directory,
    settings: &Settings,
) -> Result<()> {
    // The files of an interrupted first start are no data yet.
    if data.exists() {
        fs::remove_dir_all(data).with_context(|| format!("cannot delete {}", data.display()))?;
    }
    create_private_folder(data)?;
    account.own(data)?;
    let password_file: PathBuf = directory.path("postgres.password");
    write_private(&password_file, settings.password(SUPERUSER).as_bytes())?;
    account.own(&password_file)?;
    let output = account
        .command(&folder.join("initdb"), data)
        .arg("-D")
        .arg(data)
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256"])
        .args(["--encoding", "UTF8", "--locale", "C", "--no-instructions"])
        .arg(format!("--pwfile={}", password_file.display()))
        .stdin(Stdio::null())
        .output()
        .context("cannot run initdb")?;
    fs::remove_file(&password_file).context("cannot delete the password file of initdb")?;
    if !output.status.success() {
        bail!(
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

fn check_version(folder: &Path, data: &Path) -> Result<()> {
    let Ok(kept) = fs::read_to_string(data.join("PG_VERSION")) else {
        return Ok(());
    };
    let installed = folder
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default();
    if installed.to_string_lossy() != kept.trim() {
        bail!(
            "{} was written by Postgres {}, but {} is installed: \
             `cargo xtask down --wipe` deletes it and starts afresh",
            data.display(),
            kept.trim(),
            installed.to_string_lossy()
        );
    }
    Ok(())
}
