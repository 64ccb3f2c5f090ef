//! The SMS sandbox of a stack: the text provider that sends nothing.
//!
//! It knows how the program is started, and nothing of the texts.

use std::{collections::BTreeMap, net::TcpStream, path::Path, time::Duration};

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::{directory::Directory, process, programs, readiness, settings::Settings};

/// Its name among the parts, and the name of its port.
pub const NAME: &str = "sms-sandbox";
/// The name under which the provider's account is kept, like a password.
pub const ACCOUNT: &str = "twilio-account";
/// The name under which the provider's secret is kept.
pub const TOKEN: &str = "twilio-token";

/// The settings that it shares with the workers.
const ACCOUNT_SETTINGS: [&str; 3] = [
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_AUTH_TOKEN_FILE",
];

/// Starts it; returns when it takes connections. `shared` has the settings of the workers.
pub fn start(
    directory: &Directory,
    settings: &Settings,
    shared: BTreeMap<String, String>,
    binaries: &Path,
) -> Result<()> {
    let port = settings.port(NAME);
    let mut command = programs::own(directory, binaries, NAME)?;
    command.env("SANDBOX_ADDR", format!("127.0.0.1:{port}"));
    // The same account as the workers have, also where the caller chose one.
    for (name, value) in shared {
        if ACCOUNT_SETTINGS.contains(&name.as_str()) {
            command.env(name, value);
        }
    }
    process::spawn(directory, NAME, command)?;
    readiness::wait(directory, NAME, || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    })
}

/// Stops it, which deletes its inbox.
pub fn stop(directory: &Directory) -> Result<bool> {
    process::stop(directory, NAME, Signal::SIGTERM, Duration::from_secs(5))
}

/// Returns its URL, without a path.
pub fn url(settings: &Settings) -> String {
    format!("http://127.0.0.1:{}", settings.port(NAME))
}
