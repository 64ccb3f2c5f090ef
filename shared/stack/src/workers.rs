//! The workers: their settings, and when they are ready.
//!
//! It knows how a worker is configured and started. It does not know what a worker does.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use crate::{
    database, directory::Directory, http, keyring, part::Part, process, programs, rabbitmq,
    readiness, sandbox, settings::Settings,
};

/// A worker finishes what it has begun within 30 s.
const PATIENCE: Duration = Duration::from_secs(35);

/// Returns the settings that all workers and `twofactor-ctl` share.
pub fn shared_settings(directory: &Directory, settings: &Settings) -> BTreeMap<String, String> {
    let mut shared: BTreeMap<String, String> = [
        ("KEYRING_FILE", keyring::path(directory)),
        ("ISSUER", "Student CRM".to_owned()),
        ("SMS_PROVIDER", "twilio".to_owned()),
        ("TWILIO_BASE_URL", sandbox::url(settings)),
        (
            "TWILIO_ACCOUNT_SID",
            format!("AC{}", settings.password(sandbox::ACCOUNT)),
        ),
        (
            "TWILIO_AUTH_TOKEN",
            settings.password(sandbox::TOKEN).to_owned(),
        ),
        ("TWILIO_FROM", "+15005550006".to_owned()),
        ("SMS_ORIGIN", "crm.example.org".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if settings.passed_on.contains_key("TWILIO_AUTH_TOKEN_FILE") {
        shared.remove("TWILIO_AUTH_TOKEN");
    }
    for (name, value) in &settings.passed_on {
        // A setting that is set to nothing is removed.
        if value.is_empty() {
            shared.remove(name);
        } else {
            shared.insert(name.clone(), value.clone());
        }
    }
    shared
}

/// Starts a worker from the folder of the binaries; returns when it says that it is ready.
pub fn start(
    directory: &Directory,
    settings: &Settings,
    binaries: &Path,
    worker: Part,
) -> Result<()> {
    let Part::Worker { name, .. } = worker else {
        bail!("{worker} is no worker");
    };
    let listener = worker.to_string();
    let mut command = programs::own(directory, binaries, &format!("twofactor-{name}"))?;
    command
        .envs(shared_settings(directory, settings))
        .env("AMQP_URL", rabbitmq::url(settings, name))
        .env(
            "DATABASE_URL",
            database::url(settings, &format!("twofactor_{name}")),
        )
        .env(
            "METRICS_ADDR",
            format!("127.0.0.1:{}", settings.port(&listener)),
        );
    process::spawn(directory, &listener, command)?;
    let ready = format!("{}/readyz", metrics_url(settings, worker));
    readiness::wait(directory, &listener, || http::get(&ready).is_ok())
}

/// Asks a worker to finish, and waits until it has.
pub fn stop(directory: &Directory, worker: Part) -> Result<bool> {
    process::stop(directory, &worker.to_string(), Signal::SIGTERM, PATIENCE)
}

/// Returns the URL of a worker's metrics, without the path.
pub fn metrics_url(settings: &Settings, worker: Part) -> String {
    format!("http://127.0.0.1:{}", settings.port(&worker.to_string()))
}
