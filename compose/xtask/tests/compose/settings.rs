//! Every setting is in the files, and every name in them is a setting.

use std::collections::BTreeSet;

use twofactor_settings::{Reader, Setting, table};

use crate::workshop::{WORKERS, Workshop, content};

/// The TLS library reads it; `tls.yaml` sets it.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// Returns the settings that a program is given by the files.
fn read_by(readers: &[Reader]) -> BTreeSet<String> {
    let all = table::ALL.iter();
    let read = all.filter(|setting| readers.iter().any(|reader| setting.is_read_by(*reader)));
    read.map(|setting| setting.name.to_owned())
        .filter(|name| name != CERTIFICATES)
        .collect()
}

/// Returns the settings that a caller of the local stack may choose.
fn passed_on() -> BTreeSet<String> {
    let source = content("shared/stack/src/passed_on.rs");
    let product = source.split("#[cfg(test)]").next().unwrap_or_default();
    let is_name = |string: &&str| {
        string.len() >= 3
            && string.starts_with(|first: char| first.is_ascii_uppercase())
            && string
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let strings = product.split('"').skip(1).step_by(2);
    strings.filter(is_name).map(str::to_owned).collect()
}

/// Returns the settings that a service is given; `…_FILE` gives what stands before it.
fn given(config: &serde_json::Value, service: &str) -> BTreeSet<String> {
    let environment = config["services"][service]["environment"].as_object();
    let names = environment.expect("settings").keys();
    let names = names.filter(|name| *name != CERTIFICATES);
    let of_file = |name: &str| {
        let has_it = |setting: &&Setting| setting.file_name().as_deref() == Some(name);
        table::ALL.iter().find(has_it).map(|setting| setting.name)
    };
    names
        .map(|name| of_file(name).unwrap_or(name).to_owned())
        .collect()
}

#[test]
fn every_setting_is_given_and_every_name_is_a_setting() {
    let read = read_by(&Reader::WORKERS);
    assert!(read.len() >= 20, "{read:?}");
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        for name in WORKERS {
            let given = given(config, name);
            let missing: Vec<_> = read.difference(&given).collect();
            assert!(missing.is_empty(), "{name} is not given {missing:?}");
            let unknown: Vec<_> = given.difference(&read).collect();
            assert!(unknown.is_empty(), "{name} is given {unknown:?}");
        }
        // `ctl` has the settings of the workers, so that `--show-config` works there.
        let given = given(config, "ctl");
        let missing: Vec<_> = read_by(&[Reader::Ctl])
            .difference(&given)
            .cloned()
            .collect();
        assert!(missing.is_empty(), "ctl is not given {missing:?}");
    }
}

#[test]
fn what_the_local_stack_passes_on_is_a_setting() {
    let all = table::ALL.iter();
    let mut names: BTreeSet<String> = all
        .flat_map(|setting| [Some(setting.name.to_owned()), setting.file_name()])
        .flatten()
        .collect();
    // It marks the environment of a stack, and is no setting of a worker.
    names.insert("TWOFACTOR_STACK".to_owned());
    let passed_on = passed_on();
    assert!(passed_on.len() >= 20, "{passed_on:?}");
    let unknown: Vec<_> = passed_on.difference(&names).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
