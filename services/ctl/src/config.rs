//! `--show-config`: which settings a command would go by, who set each, and what is wrong with it.
//!
//! What may be a secret is shown as `set` and never by its value. Nothing is connected to.

use serde_json::{Value, json};

use crate::cli::{AuditCommand, Command, DeadCommand};
use crate::desk::Desk;
use crate::failure::{Done, Failure};
use crate::settings;

/// A setting of some command.
struct Setting {
    name: &'static str,
    /// Whether `…_FILE` may name a file that holds it, which says that it is a secret.
    is_secret: bool,
    /// What holds where nobody set it.
    default: Option<&'static str>,
    /// What is wrong with it.
    check: fn() -> Option<Failure>,
}

/// Every setting of every command, in the order in which they are shown.
const ALL: [Setting; 7] = [
    Setting {
        name: "DATABASE_URL",
        is_secret: true,
        default: None,
        check: || settings::database_url().err(),
    },
    Setting {
        name: "AMQP_URL",
        is_secret: true,
        default: None,
        check: || settings::broker().err(),
    },
    Setting {
        name: "KEYRING_FILE",
        is_secret: false,
        default: None,
        check: || settings::keyring().err(),
    },
    Setting {
        name: "SMS_COUNTRIES",
        is_secret: false,
        default: Some(settings::SMS_COUNTRIES),
        check: || settings::limits().err(),
    },
    Setting {
        name: "AUDIT_KEEP",
        is_secret: false,
        default: Some(settings::AUDIT_KEEP),
        check: || settings::audit_keep().err(),
    },
    Setting {
        name: "ALLOW_PLAINTEXT",
        is_secret: false,
        default: Some("off"),
        check: || settings::allows_plaintext().err(),
    },
    Setting {
        name: "SSL_CERT_FILE",
        is_secret: false,
        default: Some("the machine's certificates"),
        check: || settings::text("SSL_CERT_FILE").err(),
    },
];

/// Shows the settings of one command, or of all.
pub fn run(command: Option<&Command>, desk: Desk) -> Result<Done, Failure> {
    let names = command.map(settings_of);
    let is_wanted =
        |setting: &&Setting| names.is_none_or(|names: &[&str]| names.contains(&setting.name));
    if !desk.json {
        desk.put(&row("setting", "set by", "value"), &Value::Null)?;
    }
    let mut is_wrong = false;
    for setting in ALL.iter().filter(is_wanted) {
        is_wrong |= show(setting, names.is_some(), desk)?;
    }
    Ok(Done::found(is_wrong))
}

/// Shows a setting; says whether it is wrong. One that is not set is, where a command needs it.
fn show(setting: &Setting, is_needed: bool, desk: Desk) -> Result<bool, Failure> {
    let Setting { name, default, .. } = setting;
    let file = format!("{name}_FILE");
    let by_file = setting.is_secret && is_set(&file);
    let (set_by, value) = match (is_set(name), by_file, default) {
        (true, _, _) if setting.is_secret => (*name, Some("set".to_owned())),
        (true, _, _) => (*name, settings::text(name).ok().flatten()),
        (false, true, _) => (file.as_str(), Some("set".to_owned())),
        (false, false, Some(default)) => ("default", Some((*default).to_owned())),
        (false, false, None) => ("not set", None),
    };
    let is_missing = set_by == "not set";
    let problem = (is_needed || !is_missing)
        .then(|| (setting.check)())
        .flatten()
        .map(|failure| failure.to_string());
    let mut text = row(name, set_by, value.as_deref().unwrap_or("-"));
    if let Some(problem) = &problem {
        text = format!("{text}\n  {problem}");
    }
    let object = json!({
        "setting": name,
        "set_by": (!is_missing).then_some(set_by),
        "value": value.filter(|_| !setting.is_secret),
        "secret": setting.is_secret,
        "problem": problem,
    });
    desk.put(&text, &object)?;
    Ok(problem.is_some())
}

/// Whether somebody set it; what is not UTF-8 is set, and wrong.
fn is_set(name: &str) -> bool {
    !matches!(settings::text(name), Ok(None))
}

fn row(name: &str, set_by: &str, value: &str) -> String {
    format!("{name:16}  {set_by:18}  {value}")
}

const DATABASE: &[&str] = &["DATABASE_URL", "ALLOW_PLAINTEXT", "SSL_CERT_FILE"];

/// The settings that a command reads.
const fn settings_of(command: &Command) -> &'static [&'static str] {
    match command {
        Command::Completions { .. }
        | Command::Man
        | Command::Lint(_)
        | Command::Audit(AuditCommand::Verify { file: Some(_) }) => &[],
        Command::Migrate
        | Command::Explain(_)
        | Command::Audit(
            AuditCommand::Export(_) | AuditCommand::Verify { file: None } | AuditCommand::Seal,
        ) => DATABASE,
        Command::Audit(AuditCommand::Drop { .. }) => &[
            "DATABASE_URL",
            "AUDIT_KEEP",
            "ALLOW_PLAINTEXT",
            "SSL_CERT_FILE",
        ],
        Command::Keys(_) => &[
            "DATABASE_URL",
            "KEYRING_FILE",
            "ALLOW_PLAINTEXT",
            "SSL_CERT_FILE",
        ],
        Command::Import(_) => &[
            "DATABASE_URL",
            "KEYRING_FILE",
            "SMS_COUNTRIES",
            "ALLOW_PLAINTEXT",
            "SSL_CERT_FILE",
        ],
        Command::Dead(DeadCommand::List { .. } | DeadCommand::Show { .. }) => {
            &["AMQP_URL", "ALLOW_PLAINTEXT", "SSL_CERT_FILE"]
        }
        Command::Dead(DeadCommand::Discard(_)) => &[
            "DATABASE_URL",
            "AMQP_URL",
            "ALLOW_PLAINTEXT",
            "SSL_CERT_FILE",
        ],
    }
}
