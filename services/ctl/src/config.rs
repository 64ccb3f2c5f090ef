//! `--show-config`: the settings of a command, where each comes from, and its problems.
//!
//! A setting that may be a secret is shown as `set` and never by its value. It connects to nothing.

use serde_json::{Value, json};
use twofactor_settings::table::{
    ALL, ALLOW_PLAINTEXT, AMQP_URL, AUDIT_KEEP, DATABASE_URL, KEYRING_FILE, SMS_COUNTRIES,
    SSL_CERT_FILE,
};
use twofactor_settings::{Environment, Reader, Setting, Unset};

use crate::cli::{AuditCommand, Command, DeadCommand};
use crate::failure::{Done, Failure};
use crate::output::Output;

/// Shows the settings of one command, or of all.
pub fn run(command: Option<&Command>, output: Output) -> Result<Done, Failure> {
    let needed = command.map(settings_of);
    let is_shown = |setting: &&Setting| match needed {
        Some(needed) => needed.contains(setting),
        None => setting.is_read_by(Reader::Ctl),
    };
    if !output.json {
        output.put(&row("setting", "set by", "value"), &Value::Null)?;
    }
    let mut is_wrong = false;
    for setting in ALL.iter().filter(is_shown) {
        is_wrong |= show(setting, needed.is_some(), output)?;
    }
    Ok(Done::found(is_wrong))
}

/// Returns the problems of a setting, each a sentence.
fn problems(setting: &Setting) -> Vec<String> {
    let mut env = Environment::of_process();
    match *setting {
        DATABASE_URL => drop(twofactor_settings::database_url(&mut env)),
        AMQP_URL => drop(twofactor_settings::amqp_url(&mut env)),
        KEYRING_FILE => drop(twofactor_settings::keyring(&mut env)),
        SMS_COUNTRIES => drop(twofactor_settings::countries(&mut env)),
        AUDIT_KEEP => {
            twofactor_settings::audit_keep(&mut env);
        }
        ALLOW_PLAINTEXT => {
            twofactor_settings::allows_plaintext(&mut env);
        }
        _ => drop(env.optional(setting.name)),
    }
    let mut problems = env.into_problems();
    let is_own = |problem: &String| problem.starts_with(setting.name);
    problems.retain(is_own);
    problems
}

/// Shows a setting; returns `true` if it is wrong, or not set where a command needs it.
fn show(setting: &Setting, is_needed: bool, output: Output) -> Result<bool, Failure> {
    let mut env = Environment::of_process();
    let name = setting.name;
    let file = setting.file_name().filter(|file| env.is_set(file));
    let (set_by, value) = match (env.is_set(name), &file, setting.unset) {
        (true, _, _) if setting.is_secret => (name, Some("set".to_owned())),
        (true, _, _) => (name, env.optional(name)),
        (false, Some(file), _) => (file.as_str(), Some("set".to_owned())),
        (false, None, Unset::Default(value) | Unset::Means(value)) => {
            ("default", Some(value.to_owned()))
        }
        (false, None, Unset::Stops(_)) => ("not set", None),
    };
    let is_missing = set_by == "not set";
    let mut problem = None;
    if is_needed || !is_missing {
        problem = Some(problems(setting).join(" ")).filter(|problem| !problem.is_empty());
    }
    let mut words = row(name, set_by, value.as_deref().unwrap_or("-"));
    if let Some(problem) = &problem {
        words = format!("{words}\n  {problem}");
    }
    let object = json!({
        "setting": name,
        "set_by": (!is_missing).then_some(set_by),
        "value": value.filter(|_| !setting.is_secret),
        "secret": setting.is_secret,
        "problem": problem,
    });
    output.put(&words, &object)?;
    Ok(problem.is_some())
}

fn row(name: &str, set_by: &str, value: &str) -> String {
    format!("{name:16}  {set_by:18}  {value}")
}

const DATABASE: &[Setting] = &[DATABASE_URL, ALLOW_PLAINTEXT, SSL_CERT_FILE];

/// Returns the settings that a command reads.
const fn settings_of(command: &Command) -> &'static [Setting] {
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
        Command::Audit(AuditCommand::Drop { .. }) => {
            &[DATABASE_URL, AUDIT_KEEP, ALLOW_PLAINTEXT, SSL_CERT_FILE]
        }
        Command::Keys(_) => &[DATABASE_URL, KEYRING_FILE, ALLOW_PLAINTEXT, SSL_CERT_FILE],
        Command::Import(_) => &[
            DATABASE_URL,
            KEYRING_FILE,
            SMS_COUNTRIES,
            ALLOW_PLAINTEXT,
            SSL_CERT_FILE,
        ],
        Command::Dead(DeadCommand::List { .. } | DeadCommand::Show { .. }) => {
            &[AMQP_URL, ALLOW_PLAINTEXT, SSL_CERT_FILE]
        }
        Command::Dead(DeadCommand::Discard(_)) => {
            &[DATABASE_URL, AMQP_URL, ALLOW_PLAINTEXT, SSL_CERT_FILE]
        }
    }
}
