//! The demo CRM of a stack: pages to click through, on the workers.
//!
//! It knows how the program is started, and nothing of its pages.

use std::{path::Path, time::Duration};

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::{
    directory::Directory, http, process, programs, rabbitmq, readiness, sandbox, settings::Settings,
};

/// Its name among the parts, and the name of its port.
pub const NAME: &str = "demo-crm";

/// Starts it, on workers that run; returns when its people are at the start of their stories.
pub fn start(directory: &Directory, settings: &Settings, binaries: &Path) -> Result<()> {
    let port = settings.port(NAME);
    let mut command = programs::own(directory, binaries, NAME)?;
    command
        .env("CRM_AMQP_URL", rabbitmq::url(settings, "crm"))
        .env("SMS_SANDBOX_URL", sandbox::url(settings))
        .env("LISTEN", format!("127.0.0.1:{port}"));
    process::spawn(directory, NAME, command)?;
    let ready = format!("{}/healthz", url(settings));
    readiness::wait(directory, NAME, || http::get(&ready).is_ok())
}

/// Stops it; what it knew of sessions is gone then.
pub fn stop(directory: &Directory) -> Result<bool> {
    process::stop(directory, NAME, Signal::SIGTERM, Duration::from_secs(5))
}

/// Where it is, without a path.
pub fn url(settings: &Settings) -> String {
    format!("http://127.0.0.1:{}", settings.port(NAME))
}
