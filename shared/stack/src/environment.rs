//! The `env` file of a stack: `export` lines for a shell, for `twofactor-ctl` and for tests.
//!
//! It knows the names that others rely on. The file holds secrets, so its owner alone may read it.

use std::path::Path;

use anyhow::Result;

use crate::{
    database, definitions, demo_crm,
    directory::{Directory, write_private},
    part::{Part, WORKERS},
    passed_on, postgres, prometheus, rabbitmq, sandbox,
    settings::Settings,
    workers,
};

/// Writes the file.
pub fn write(directory: &Directory, settings: &Settings) -> Result<()> {
    write_exports(&directory.path("env"), &variables(directory, settings))
}

/// Writes variables to a file as `export` lines for a shell.
pub fn write_exports(file: &Path, variables: &[(String, String)]) -> Result<()> {
    let lines: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("export {name}={}\n", quote(value)))
        .collect();
    write_private(file, lines.concat().as_bytes())
}

/// Returns all variables: the shared settings as an operator needs them, and the addresses of the
/// parts.
pub fn variables(directory: &Directory, settings: &Settings) -> Vec<(String, String)> {
    let own = [
        ("AMQP_URL", rabbitmq::url(settings, "operator")),
        ("DATABASE_URL", database::url(settings, database::OWNER)),
        ("CRM_AMQP_URL", rabbitmq::url(settings, "crm")),
        ("OBSERVER_AMQP_URL", rabbitmq::url(settings, "observer")),
        ("OPERATOR_AMQP_URL", rabbitmq::url(settings, "operator")),
        (
            "OWNER_DATABASE_URL",
            database::url(settings, database::OWNER),
        ),
        (
            "AUDITOR_DATABASE_URL",
            database::url(settings, database::AUDITOR),
        ),
        (
            "SUPERUSER_DATABASE_URL",
            database::url(settings, postgres::SUPERUSER),
        ),
        ("RABBITMQ_API_URL", rabbitmq::api_url(settings)),
        (
            "ADMINISTRATOR_AMQP_URL",
            rabbitmq::url(settings, definitions::ADMINISTRATOR),
        ),
        ("PROMETHEUS_URL", prometheus::url(settings)),
        ("SMS_SANDBOX_URL", sandbox::url(settings)),
        ("DEMO_CRM_URL", demo_crm::url(settings)),
        (passed_on::MARK, directory.root().display().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    let metrics = WORKERS.map(|name| {
        let url = workers::metrics_url(settings, Part::Worker { name, copy: 1 });
        (format!("{}_METRICS_URL", name.to_uppercase()), url)
    });
    workers::shared_settings(directory, settings)
        .into_iter()
        .chain(own)
        .chain(metrics)
        .collect()
}

/// Returns the value as one word of a POSIX shell.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, process::Command};

    use super::*;
    use crate::stack;

    #[test]
    fn a_shell_reads_every_value_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Directory::open(folder.path()).expect("a directory");
        let mut settings = Settings::default();
        settings.copies = 1;
        let odd = "it's $HOME `x` \"y\" \\ z";
        settings
            .passed_on
            .insert("ISSUER".to_owned(), odd.to_owned());
        stack::provide(&mut settings).expect("passwords and ports");
        write(&directory, &settings).expect("the file");

        let file = directory.path("env");
        let mode = fs::metadata(&file).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let script = format!(". '{}' && env -0", file.display());
        let output = Command::new("sh")
            .args(["-c", &script])
            .env_clear()
            .output()
            .expect("sh");
        let output = String::from_utf8(output.stdout).expect("UTF-8");
        let seen: Vec<&str> = output.split('\0').collect();
        for (name, value) in variables(&directory, &settings) {
            assert!(seen.contains(&format!("{name}={value}").as_str()), "{name}");
        }
        assert!(seen.contains(&format!("ISSUER={odd}").as_str()));
    }

    #[test]
    fn urls_end_without_a_slash() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Directory::open(folder.path()).expect("a directory");
        let mut settings = Settings::default();
        settings.copies = 1;
        stack::provide(&mut settings).expect("passwords and ports");
        for (name, value) in variables(&directory, &settings) {
            if name.ends_with("_URL") {
                let (_, after) = value.split_once("://").expect("a URL");
                let path = after.split_once('/').map(|(_, path)| path);
                let expected = name.ends_with("DATABASE_URL").then_some(database::NAME);
                assert_eq!(path, expected, "{name}");
            }
        }
    }
}
