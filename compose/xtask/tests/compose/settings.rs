//! Every setting that there is stands in the files, and every name in them is one.

use std::collections::BTreeSet;
use std::fs;

use crate::workshop::{WORKERS, Workshop, text, workspace};

/// For tests alone.
const FAILPOINT: &str = "TWOFACTOR_FAILPOINT";
/// Of the libraries that speak TLS.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// The names of settings that stand as texts in a source file.
fn names_in(source: &str) -> BTreeSet<String> {
    let product = source.split("#[cfg(test)]").next().unwrap_or_default();
    let is_name = |text: &&str| {
        text.len() >= 3
            && text.starts_with(|first: char| first.is_ascii_uppercase())
            && text
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let texts = product.split('"').skip(1).step_by(2);
    texts.filter(is_name).map(str::to_owned).collect()
}

/// The settings that a worker reads.
fn read_by_workers() -> BTreeSet<String> {
    let folder = workspace().join("shared/worker/src/settings");
    let files = fs::read_dir(folder).expect("the settings").map(|entry| {
        let path = entry.expect("a file").path();
        fs::read_to_string(path).expect("text")
    });
    let mut names: BTreeSet<String> = files
        .chain([text("shared/worker/src/settings.rs")])
        .flat_map(|source| names_in(&source))
        .collect();
    assert!(names.remove(FAILPOINT));
    assert!(names.len() >= 20, "{names:?}");
    names
}

/// The settings that the README lists.
fn in_the_readme() -> BTreeSet<String> {
    let readme = text("README.md");
    let rows = readme.lines().skip_while(|line| *line != "## Settings");
    let cells = rows.filter_map(|row| row.strip_prefix("| `")?.split(" | ").next());
    cells
        .flat_map(|cell| cell.split("`, `"))
        .map(|name| name.trim_end_matches('`').to_owned())
        .collect()
}

/// The settings that a service is given; `…_FILE` gives what stands before it.
fn given(config: &serde_json::Value, service: &str, known: &BTreeSet<String>) -> BTreeSet<String> {
    let environment = config["services"][service]["environment"].as_object();
    let names = environment.expect("settings").keys();
    names
        .filter(|name| *name != CERTIFICATES)
        .map(|name| match name.strip_suffix("_FILE") {
            Some(setting) if known.contains(setting) => setting.to_owned(),
            _ => name.clone(),
        })
        .collect()
}

#[test]
fn every_setting_is_given_and_every_name_is_a_setting() {
    let read = read_by_workers();
    let passed_on = names_in(&text("shared/stack/src/passed_on.rs"));
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        for name in WORKERS {
            let given = given(config, name, &read);
            let missing: Vec<_> = read.difference(&given).collect();
            assert!(missing.is_empty(), "{name} is not given {missing:?}");
            let unknown: Vec<_> = given
                .iter()
                .filter(|name| !read.contains(*name) && !passed_on.contains(*name))
                .collect();
            assert!(unknown.is_empty(), "{name} is given {unknown:?}");
        }
    }
}

#[test]
fn the_readme_lists_no_other_setting() {
    let (read, listed) = (read_by_workers(), in_the_readme());
    assert!(listed.len() >= 20, "{listed:?}");
    let workshop = Workshop::shared();
    let config = workshop.plain();
    let given = given(config, "sms", &read);
    let missing: Vec<_> = listed.difference(&given).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
