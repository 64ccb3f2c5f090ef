//! A private RabbitMQ node with a port mapper of its own, on loopback, with the product's
//! definitions and an administrator besides.
//!
//! It knows the program, its files and its management API. It knows no queue of ours: the workers
//! declare those.

use std::{fs, net::TcpStream, process::Command, time::Duration};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::{
    account::Account,
    definitions,
    directory::{Directory, create_private_folder, write_private},
    http, plain_path, process, programs, readiness,
    settings::Settings,
};

/// Its name among the parts, and the name of its AMQP port.
pub const NAME: &str = "rabbitmq";
/// The port of the management API.
pub const MANAGEMENT: &str = "rabbitmq-management";
/// The port of its Prometheus exporter.
pub const METRICS: &str = "rabbitmq-metrics";
const DISTRIBUTION: &str = "rabbitmq-distribution";
/// The name of its port mapper, and of that one's port.
pub const EPMD: &str = "epmd";
/// All ports that it needs.
pub const LISTENERS: [&str; 5] = [NAME, MANAGEMENT, METRICS, DISTRIBUTION, EPMD];

const PATIENCE: Duration = Duration::from_secs(40);
const CONFIGURATION: &str = concat!(
    include_str!("../../../compose/rabbitmq/rabbitmq.conf"),
    include_str!("../../../compose/rabbitmq/limits.conf")
);
const PLUGINS: &str = include_str!("../../../compose/rabbitmq/enabled_plugins");

/// Starts it; returns when it takes connections and knows every user.
pub fn start(directory: &Directory, settings: &Settings) -> Result<()> {
    let account = Account::unprivileged_in("rabbitmq", &directory.path("rabbitmq"))?;
    write_files(directory, settings, &account)?;
    start_epmd(directory, settings, &account)?;
    process::spawn(directory, NAME, broker(directory, settings, &account)?)?;
    let port = settings.port(NAME);
    readiness::wait(directory, NAME, || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    })?;
    // With broken definitions it still boots, but has no user.
    let users = format!("{}/api/users", api_url(settings));
    readiness::wait(directory, NAME, || http::get(&users).is_ok())
        .context("RabbitMQ runs, but has not taken its definitions")?;
    let answer = http::get(&users)?;
    for user in definitions::users() {
        if !answer.contains(&format!("\"name\":\"{user}\"")) {
            bail!("RabbitMQ does not know the user {user}: its definitions were not taken");
        }
    }
    Ok(())
}

/// Stops it in good order, and its port mapper after it.
pub fn stop(directory: &Directory) -> Result<bool> {
    end(directory, Signal::SIGTERM)
}

/// Ends it at once; what it has confirmed is kept.
pub fn kill(directory: &Directory) -> Result<bool> {
    end(directory, Signal::SIGKILL)
}

fn end(directory: &Directory, signal: Signal) -> Result<bool> {
    let ran = process::stop(directory, NAME, signal, PATIENCE)?;
    process::stop(directory, EPMD, Signal::SIGTERM, Duration::from_secs(2))?;
    plain_path::remove(directory)?;
    Ok(ran)
}

/// `amqp://user:password@127.0.0.1:port`, to which `/vhost` may be added.
pub fn url(settings: &Settings, user: &str) -> String {
    format!(
        "amqp://{user}:{}@127.0.0.1:{}",
        settings.password(user),
        settings.port(NAME)
    )
}

/// Returns the management API with the administrator's name and password, without a path.
pub fn api_url(settings: &Settings) -> String {
    let user = definitions::ADMINISTRATOR;
    format!(
        "http://{user}:{}@127.0.0.1:{}",
        settings.password(user),
        settings.port(MANAGEMENT)
    )
}

fn write_files(directory: &Directory, settings: &Settings, account: &Account) -> Result<()> {
    let folder = directory.path("rabbitmq");
    create_private_folder(&folder)?;
    let configuration = CONFIGURATION
        .replace("${AMQP_PORT}", &settings.port(NAME).to_string())
        .replace("${MANAGEMENT_PORT}", &settings.port(MANAGEMENT).to_string())
        .replace("${METRICS_PORT}", &settings.port(METRICS).to_string());
    let files = [
        ("definitions.json", definitions::with_passwords(settings)?),
        ("rabbitmq.conf", configuration),
        ("enabled_plugins", PLUGINS.to_owned()),
        ("advanced.config", "[].\n".to_owned()),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        write_private(&path, content.as_bytes())?;
        account.own(&path)?;
    }
    let cookie = folder.join(".erlang.cookie");
    if !cookie.exists() {
        write_private(&cookie, settings.password(definitions::COOKIE).as_bytes())?;
        account.own(&cookie)?;
    }
    account.own(&folder)
}

fn start_epmd(directory: &Directory, settings: &Settings, account: &Account) -> Result<()> {
    if process::find(directory, EPMD).is_some() {
        return Ok(());
    }
    let port = settings.port(EPMD);
    let mut command = account.command(&programs::epmd()?, directory.root());
    command.args(["-port", &port.to_string(), "-address", "127.0.0.1"]);
    command.current_dir("/");
    process::spawn(directory, EPMD, command)?;
    readiness::wait(directory, EPMD, || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    })
}

fn broker(directory: &Directory, settings: &Settings, account: &Account) -> Result<Command> {
    let data = directory.path("rabbitmq").join("data");
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
    account.own(&data)?;
    // Its own scripts and its check of free space do not accept every path.
    let folder = plain_path::to(directory, "rabbitmq")?;
    let data = folder.join("data");
    let mut command = account.command(&programs::rabbitmq_server()?, &data);
    command
        .current_dir(&folder)
        .env("HOME", &folder)
        // With this, the script becomes the broker, and its pid is the broker's.
        .env("RUNNING_UNDER_SYSTEMD", "true")
        .env("RABBITMQ_NODENAME", "twofactor@localhost")
        .env(
            "RABBITMQ_DIST_PORT",
            settings.port(DISTRIBUTION).to_string(),
        )
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
        .env(
            "RABBITMQ_ADVANCED_CONFIG_FILE",
            folder.join("advanced.config"),
        )
        .env(
            "RABBITMQ_ENABLED_PLUGINS_FILE",
            folder.join("enabled_plugins"),
        )
        .env("RABBITMQ_MNESIA_BASE", &data)
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_GENERATED_CONFIG_DIR", folder.join("generated"))
        .env("ERL_EPMD_PORT", settings.port(EPMD).to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            // No busy waiting: on a small machine it takes the time of the workers.
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        );
    Ok(command)
}
