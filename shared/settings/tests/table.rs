//! The table of settings: complete, equal to the rules, and the one that operators read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use twofactor_rules::Limits;
use twofactor_settings::{
    Environment, Form, Promise, Reader, Setting, Unset, audit_keep, database_url, limits, table,
};

/// The lines before and after the table of `dashboards/operating.md`.
const BEGIN: &str = "<!-- settings: written by a test of shared/settings -->\n";
const END: &str = "<!-- end of settings -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_declared_setting_is_in_the_table_once() {
    let source = root().join("shared/settings/src/table.rs");
    let source = std::fs::read_to_string(source).expect("the table");
    let declared: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .filter_map(|rest| rest.split_once(": Setting =").map(|(name, _)| name))
        .collect();
    let listed: BTreeSet<&str> = table::ALL.iter().map(|setting| setting.name).collect();
    assert_eq!(declared, listed);
    assert_eq!(listed.len(), table::ALL.len());
}

#[test]
fn every_default_is_what_a_value_must_be_and_keeps_its_promise() {
    for setting in table::ALL {
        let name = setting.name;
        assert!(!setting.readers.is_empty(), "{name}");
        assert!(setting.must().starts_with("must "), "{name}");
        let is_figure = matches!(setting.form, Form::Count(..) | Form::Duration(..));
        match setting.unset {
            Unset::Default(value) if is_figure => {
                let quantity = setting.form.quantity(value).expect(name);
                assert!(setting.keeps_promise(quantity), "{name}");
            }
            Unset::Default(_) => {}
            Unset::Means(_) => assert!(!is_figure, "{name}"),
            Unset::Stops(readers) => {
                assert!(
                    readers.iter().all(|reader| setting.is_read_by(*reader)),
                    "{name}"
                );
            }
        }
        if let Some(Promise::AtLeast(bound) | Promise::AtMost(bound)) = setting.promise {
            assert!(setting.form.quantity(bound).is_some(), "{name}");
        }
    }
}

#[test]
fn the_defaults_are_the_figures_of_the_rules() {
    let mut env = Environment::default();
    let read = limits(false, &mut env);
    let rules = Limits::default();
    assert_eq!(format!("{read:?}"), format!("{rules:?}"));
    assert_eq!(audit_keep(&mut env).as_hours(), 400 * 24);
    assert_eq!(env.into_problems(), [] as [&str; 0]);
    let Unset::Default(countries) = table::SMS_COUNTRIES.unset else {
        panic!("a default");
    };
    let countries: BTreeSet<String> = countries.split(',').map(str::to_owned).collect();
    assert_eq!(countries, rules.sms_countries);
}

/// The store reads the URL, so its sentence must be the table's.
#[test]
fn a_url_of_a_database_is_refused_in_the_words_of_the_table() {
    let pair = ("DATABASE_URL".to_owned(), "hunter2");
    let mut env = Environment::from_pairs([pair]);
    assert!(database_url(&mut env).is_none());
    let sentence = format!("DATABASE_URL {}.", table::DATABASE_URL.must());
    assert_eq!(env.into_problems(), [sentence]);
}

/// All problems are reported at once, also that of a switch that nothing needs yet.
#[test]
fn a_wrong_switch_is_reported_beside_what_is_missing() {
    let pair = ("ALLOW_PLAINTEXT".to_owned(), "yes");
    let mut env = Environment::from_pairs([pair]);
    assert!(database_url(&mut env).is_none());
    let expected = [
        "ALLOW_PLAINTEXT must be 1 for on, or 0 or nothing for off.",
        "DATABASE_URL is missing; set it, or DATABASE_URL_FILE.",
    ];
    assert_eq!(env.into_problems(), expected);
}

/// Returns the table of `dashboards/operating.md`.
fn for_operators() -> String {
    let mut lines = vec![
        "| setting | where it is not set | what it is | read by |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    lines.extend(table::ALL.iter().map(row));
    lines.join("\n") + "\n"
}

fn row(setting: &Setting) -> String {
    let names = match setting.file_name() {
        Some(file) => format!("`{}`, `{file}`", setting.name),
        None => format!("`{}`", setting.name),
    };
    let unset = match setting.unset {
        Unset::Default(value) => format!("`{value}`"),
        Unset::Means(words) => words.to_owned(),
        Unset::Stops(readers) if readers == setting.readers => "required".to_owned(),
        Unset::Stops(readers) => format!("required by {}", who(readers)),
    };
    let bounds = match (setting.promise, setting.form) {
        (Some(Promise::AtLeast(value)), _) => format!("; {value} or more, a promise to people"),
        (Some(Promise::AtMost(value)), _) => format!("; {value} or less, a promise to people"),
        (None, Form::Count(least, most)) => format!("; {least} to {most}"),
        (None, Form::Duration(least, most)) => format!("; {least} to {most}"),
        (None, Form::Checked(_) | Form::Switch) => String::new(),
    };
    let about = setting.about;
    let readers = who(setting.readers);
    format!("| {names} | {unset} | {about}{bounds} | {readers} |")
}

fn who(readers: &[Reader]) -> String {
    let others = readers.strip_prefix(&Reader::WORKERS[..]);
    let mut names = Vec::new();
    if others.is_some() {
        names.push("workers".to_owned());
    }
    names.extend(others.unwrap_or(readers).iter().map(ToString::to_string));
    names.join(", ")
}

#[test]
fn operators_read_the_same_table() {
    let path = root().join("dashboards/operating.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the beginning of the table");
    let (written, after) = rest.split_once(END).expect("the end of the table");
    let table = for_operators();
    if is_to_be_written() {
        let page = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(&path, page).expect("written");
        return;
    }
    assert_eq!(
        written, table,
        "dashboards/operating.md is stale; run this test with GOLDEN=write in the environment"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "a person asks for it, no setting"
)]
fn is_to_be_written() -> bool {
    std::env::var_os("GOLDEN").is_some_and(|value| value == "write")
}
