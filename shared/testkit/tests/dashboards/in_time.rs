//! A stop pages within a minute, at whatever moment between two readings it happens.
//!
//! It knows how Prometheus waits: for its next reading, for its next evaluation, and then for as
//! long as the rule says.

use std::fs;

use serde_json::Value;

use crate::alerts::alerts;
use crate::files::folder;

/// Alerts about events that are not answered, and the seconds that a worker takes
/// to report it: it checks every 2 s, and the database has 2 s to answer.
const STOPS: [(&str, u64); 3] = [
    ("TwofactorNotConsuming", 4),
    ("TwofactorBrokerBlocked", 2),
    ("TwofactorEventsStuck", 32),
];

#[test]
fn a_stop_pages_within_a_minute() {
    let path = folder().join("../compose/prometheus/container.yml");
    let content = fs::read_to_string(path).expect("it is there");
    let config: Value = serde_saphyr::from_str(&content).expect("YAML");
    let interval = |name: &str| seconds(config["global"][name].as_str().expect("an interval"));
    let reading = interval("scrape_interval");
    let evaluation = interval("evaluation_interval");
    let alerts = alerts();
    for (name, seen_after) in STOPS {
        let rule = &alerts[name];
        assert_eq!(rule.labels["severity"], "page", "{name}");
        let hold = seconds(rule.hold.as_deref().expect("every rule has one"));
        let hold = hold.div_ceil(evaluation) * evaluation;
        let longest = seen_after + reading + evaluation + hold;
        assert!(longest <= 60, "{name} may page after {longest} s only");
    }
}

/// Returns the seconds of a duration of Prometheus, which has one unit.
fn seconds(duration: &str) -> u64 {
    let (count, unit) = duration.split_at(duration.len() - 1);
    let count: u64 = count.parse().expect("a whole number");
    match unit {
        "s" => count,
        "m" => count * 60,
        other => panic!("{duration} is in {other}"),
    }
}
