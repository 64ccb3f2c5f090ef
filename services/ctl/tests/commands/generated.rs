//! Runs that need no database: help, completions, the manual page, and calls that lack something.

use twofactor_settings::{Reader, table};

use crate::ctl;
use crate::examples::COMMANDS;

/// Settings, arguments, the exit status, and a part of the output.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], i32, &'a str);

#[tokio::test]
async fn the_help_lists_the_exit_statuses_and_every_command_describes_its_json() {
    for (command, _) in COMMANDS.iter().filter(|(command, _)| !command.is_empty()) {
        let said = ctl(&[], &[*command, &["--help"]].concat()).await;
        assert!(said.out.contains("JSON"), "{command:?}: {}", said.out);
    }
    let said = ctl(&[], &["--help"]).await;
    for code in [
        "0  done",
        "1  found",
        "2  the",
        "3  the",
        "4  it",
        "130  interrupted",
    ] {
        assert!(said.out.contains(code), "{code}");
        let man = ctl(&[], &["man"]).await.out;
        assert!(man.contains(code), "{code}");
    }
}

#[tokio::test]
async fn the_help_and_the_manual_name_every_setting() {
    let help = ctl(&[], &["--help"]).await.out;
    let man = ctl(&[], &["man"]).await.out;
    let all = table::ALL.iter();
    for setting in all.filter(|setting| setting.is_read_by(Reader::Ctl)) {
        let names = [Some(setting.name.to_owned()), setting.file_name()];
        for name in names.into_iter().flatten() {
            assert!(help.contains(&name), "{name}: {help}");
            assert!(man.contains(&name), "{name}");
        }
    }
}

#[tokio::test]
async fn completions_and_the_manual_page_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let said = ctl(&[], &["completions", shell]).await;
        assert_eq!(said.code, 0);
        assert!(said.out.contains("rotate"), "{shell}");
    }
    let said = ctl(&[], &["man"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    for part in [
        "KEYS ROTATE",
        "DEAD DISCARD",
        "IMPORT",
        "EXPLAIN",
        "Exit status",
    ] {
        assert!(said.out.contains(part), "{part}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named_and_no_password_is_shown() {
    let clear = "amqp://operator:hunter2@broker.example/vhost";
    let nobody = "amqp://operator:hunter2@127.0.0.1:1/vhost";
    let database = "postgres://owner:hunter2@127.0.0.1:1/twofactor";
    let table: [Case; 9] = [
        (
            &[],
            &["keys", "status"],
            2,
            "DATABASE_URL is missing; set it, or DATABASE_URL_FILE.",
        ),
        (
            &[("DATABASE_URL", database)],
            &["keys", "status"],
            2,
            "KEYRING_FILE is missing; set it.",
        ),
        (
            &[("DATABASE_URL", database)],
            &["explain", "1"],
            3,
            "the database is away",
        ),
        // All at once.
        (
            &[],
            &["keys", "status"],
            2,
            "KEYRING_FILE is missing; set it.",
        ),
        (
            &[],
            &["dead", "discard", "--all"],
            2,
            "DATABASE_URL is missing; set it, or DATABASE_URL_FILE.",
        ),
        (
            &[],
            &["dead", "list"],
            2,
            "AMQP_URL is missing; set it, or AMQP_URL_FILE.",
        ),
        (
            &[("AMQP_URL", clear)],
            &["dead", "list"],
            2,
            "ALLOW_PLAINTEXT",
        ),
        (
            &[("AMQP_URL", "hunter2")],
            &["dead", "list"],
            2,
            "must be such as",
        ),
        (
            &[("AMQP_URL", nobody)],
            &["dead", "list"],
            3,
            "The broker is away",
        ),
    ];
    for (settings, arguments, code, sentence) in table {
        let said = ctl(settings, arguments).await;
        assert_eq!(said.code, code, "{arguments:?}: {}", said.err);
        assert!(said.err.contains(sentence), "{}", said.err);
        assert!(!said.err.contains("hunter2"), "{}", said.err);
        assert_eq!(said.out, "");
    }
}
