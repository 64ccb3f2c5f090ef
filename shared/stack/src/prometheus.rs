//! A private Prometheus that reads every worker and RabbitMQ, with the product's alert rules.
//!
//! It knows the program and its files. It does not know what is measured, or when to alert.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{
    account::Account, directory::Directory, http, part::Part, process, programs, rabbitmq,
    readiness, settings::Settings,
};

/// Its name among the parts, and the name of its port.
pub const NAME: &str = "prometheus";

const CONFIGURATION: &str = include_str!("../../../compose/prometheus/prometheus.yml");
/// The interval between two readings; short, so that an experiment is seen at once.
const INTERVAL: &str = "2s";

/// Starts it, with the alert rules of that file where there is one; returns when it answers.
pub fn start(directory: &Directory, settings: &Settings, alerts: &Path) -> Result<()> {
    let folder = directory.path(NAME);
    write_files(&folder, settings, alerts)?;
    let mut command = Account::Own.command(&programs::prometheus()?, &folder);
    command
        .current_dir(&folder)
        .arg(format!(
            "--config.file={}",
            folder.join("prometheus.yml").display()
        ))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.join("data").display()
        ))
        .arg("--storage.tsdb.retention.time=7d")
        .arg(format!(
            "--web.listen-address=127.0.0.1:{}",
            settings.port(NAME)
        ))
        // Otherwise it would name itself after the machine, on whose name it does not listen.
        .arg(format!("--web.external-url={}/", url(settings)))
        .arg("--log.level=warn");
    // Alerts link to the runbooks beside their file, and Prometheus serves them itself.
    if let Some(folder) = alerts.parent().filter(|_| alerts.is_file()) {
        command.arg(format!("--web.user-assets={}", folder.display()));
    }
    process::spawn(directory, NAME, command)?;
    let ready = format!("{}/-/ready", url(settings));
    readiness::wait(directory, NAME, || http::get(&ready).is_ok())
}

/// Stops it in good order.
pub fn stop(directory: &Directory) -> Result<bool> {
    process::stop(directory, NAME, Signal::SIGTERM, Duration::from_secs(20))
}

/// Returns its URL, without a path.
pub fn url(settings: &Settings) -> String {
    format!("http://127.0.0.1:{}", settings.port(NAME))
}

fn write_files(folder: &Path, settings: &Settings, alerts: &Path) -> Result<()> {
    let rules = folder.join("rules");
    fs::create_dir_all(&rules).with_context(|| format!("cannot create {}", rules.display()))?;
    let workers: Vec<String> = Part::workers(settings.copies)
        .map(|worker| worker.to_string())
        .collect();
    let files = [
        (
            "prometheus.yml",
            CONFIGURATION.replace("${SCRAPE_INTERVAL}", INTERVAL),
        ),
        ("workers.json", targets(settings, &workers).to_string()),
        (
            "rabbitmq.json",
            targets(settings, &[rabbitmq::METRICS.to_owned()]).to_string(),
        ),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if alerts.is_file() {
        fs::copy(alerts, rules.join("alerts.yml"))
            .with_context(|| format!("cannot copy {}", alerts.display()))?;
    }
    Ok(())
}

fn targets(settings: &Settings, listeners: &[String]) -> Value {
    let addresses: Vec<String> = listeners
        .iter()
        .map(|listener| format!("127.0.0.1:{}", settings.port(listener)))
        .collect();
    json!([{ "targets": addresses }])
}
