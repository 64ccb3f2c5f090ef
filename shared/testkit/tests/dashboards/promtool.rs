//! The verdict of `promtool` on the rules; and every alert has a test.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde::Deserialize;

use crate::alerts::alerts;
use crate::files::folder;

const TESTS: [&str; 2] = ["alerts.test.yml", "alerts.week.test.yml"];
/// Groups in which no alert may fire.
const SILENT: [&str; 2] = ["a usual day", "a quiet night"];

#[derive(Deserialize)]
struct File {
    tests: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    alert_rule_test: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    alertname: String,
    exp_alerts: Vec<serde::de::IgnoredAny>,
}

fn promtool(arguments: &[&str]) {
    let ran = Command::new("promtool")
        .args(arguments)
        .current_dir(folder())
        .output()
        .expect("promtool comes with Prometheus");
    let said = String::from_utf8_lossy(&ran.stdout);
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}{complained}");
}

#[test]
fn the_rules_are_valid() {
    promtool(&["check", "rules", "alerts.yml"]);
}

#[test]
fn every_alert_does_as_its_test_says() {
    promtool(&["test", "rules", TESTS[0]]);
}

#[test]
fn every_alert_that_looks_back_a_week_does_as_its_test_says() {
    promtool(&["test", "rules", TESTS[1]]);
}

#[test]
fn every_alert_is_seen_silent_firing_and_resolved() {
    let mut own: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    let mut silent: BTreeMap<(String, String), usize> = BTreeMap::new();
    for name in TESTS {
        let content = fs::read_to_string(folder().join(name)).expect("the tests are there");
        let file: File = serde_saphyr::from_str(&content).expect("a file of tests");
        for group in file.tests {
            for case in group.alert_rule_test {
                let fires = !case.exp_alerts.is_empty();
                if case.alertname == group.name {
                    own.entry(case.alertname).or_default().push(fires);
                } else {
                    assert!(!fires, "{} in {}", case.alertname, group.name);
                    *silent
                        .entry((group.name.clone(), case.alertname))
                        .or_default() += 1;
                }
            }
        }
    }
    for name in alerts().keys() {
        let seen = own.get(name).map_or(&[] as &[bool], Vec::as_slice);
        assert!(
            seen.starts_with(&[false, true, false]),
            "{name} must be silent before, fire, and resolve: {seen:?}"
        );
        for group in SILENT {
            let times = silent.get(&(group.to_owned(), name.clone()));
            assert!(times >= Some(&3), "{name} must be silent in {group}");
        }
    }
}
