//! A private SMS sandbox: the process, and a client of it.
//!
//! It knows how the sandbox is started and how it reports its address.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use uuid::Uuid;

use crate::program::Program;
use crate::sandbox::SmsSandbox;

const READY_WITHIN: Duration = Duration::from_mins(1);
const GREETING: &str = "SMS sandbox at ";

/// A running sandbox; killed when it is dropped.
pub struct Inbox {
    sandbox: SmsSandbox,
    account: String,
    token: String,
    _program: Program,
}

impl Inbox {
    /// Starts it on a free port, its log in that folder.
    pub async fn start(folder: &Path) -> Result<Self> {
        let account = format!("AC{}", Uuid::new_v4().simple());
        let token = Uuid::new_v4().simple().to_string();
        let settings = [
            ("SANDBOX_ADDR", "127.0.0.1:0"),
            ("TWILIO_ACCOUNT_SID", &account),
            ("TWILIO_AUTH_TOKEN", &token),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let log = folder.join("sms-sandbox.log");
        let mut program = Program::start("sms-sandbox", &log, &settings)?;
        let url = program
            .wait_until(READY_WITHIN, async || address(&log))
            .await?;
        Ok(Self {
            sandbox: SmsSandbox::at(&url),
            account,
            token,
            _program: program,
        })
    }

    /// Returns the settings of a worker that uses it.
    pub fn settings(&self) -> Vec<(String, String)> {
        [
            ("SMS_PROVIDER", "twilio"),
            ("TWILIO_BASE_URL", self.sandbox.url()),
            ("TWILIO_ACCOUNT_SID", &self.account),
            ("TWILIO_AUTH_TOKEN", &self.token),
            ("TWILIO_FROM", "+15005550006"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }
}

impl Deref for Inbox {
    type Target = SmsSandbox;

    fn deref(&self) -> &SmsSandbox {
        &self.sandbox
    }
}

/// Returns the address that it listens on, once its whole greeting is in the log.
fn address(log: &Path) -> Option<String> {
    let content = std::fs::read_to_string(log).ok()?;
    let (_, rest) = content.split_once(GREETING)?;
    rest.split_once('\n').map(|(url, _)| url.trim().to_owned())
}
