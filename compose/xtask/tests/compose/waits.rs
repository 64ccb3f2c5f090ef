//! The order of starts. A login may wait for broker and database, and for nothing else: a board,
//! the figures and the sandbox are away at times, and a login must not notice.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::workshop::{WORKERS, Workshop, content, list, services};

/// Returns all that must be up, or done, before a service is started.
pub fn waits_for(config: &Value, name: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut left = vec![name.to_owned()];
    while let Some(name) = left.pop() {
        let direct = config["services"][&name]["depends_on"].as_object();
        for needed in direct.into_iter().flat_map(|needed| needed.keys()) {
            if all.insert(needed.clone()) {
                left.push(needed.clone());
            }
        }
    }
    all
}

#[test]
fn nothing_but_broker_and_database_delays_a_login() {
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        for name in WORKERS {
            let expected = ["migrate", "postgres", "rabbitmq", "roles"].map(str::to_owned);
            assert_eq!(waits_for(config, name), expected.into(), "{name}");
        }
        let expected = ["postgres", "roles"].map(str::to_owned);
        assert_eq!(waits_for(config, "migrate"), expected.into());
        // Nor in the other direction: if one start fails, compose skips all others that are left.
        for (name, _) in services(config) {
            for board in ["prometheus", "grafana", "sms-sandbox"] {
                assert!(!waits_for(config, name).contains(board), "{name}: {board}");
            }
        }
    }
}

#[test]
fn workers_wait_for_the_schema_and_show_when_they_are_ready() {
    let workshop = Workshop::shared();
    let config = workshop.plain();
    for name in WORKERS {
        let service = &config["services"][name];
        assert_eq!(
            service["healthcheck"]["test"],
            json!(["CMD", "twofactor-ready", "/readyz"])
        );
        let migrate = &service["depends_on"]["migrate"]["condition"];
        assert_eq!(migrate, "service_completed_successfully");
        assert_eq!(
            service["depends_on"]["rabbitmq"]["condition"],
            "service_healthy"
        );
        assert_eq!(service["command"], json!([format!("twofactor-{name}")]));
    }
    assert_eq!(config["services"]["login"]["deploy"]["replicas"], 2);
    // A service that runs on has a health check.
    for (name, service) in services(config) {
        if service["restart"] != "no" {
            assert!(service.get("healthcheck").is_some(), "{name}");
        }
    }
}

#[test]
fn a_health_check_has_more_than_one_word() {
    let workshop = Workshop::shared();
    for (name, service) in services(workshop.encrypted()) {
        let words = list(&service["healthcheck"]["test"]);
        // podman-compose makes a single word a command for a shell, which our images do not have.
        assert!(words.first() != Some(&"CMD") || words.len() > 2, "{name}");
    }
}

#[test]
fn the_start_waits_until_everything_is_healthy() {
    let mut commands = 0;
    for file in [
        "README.md",
        "compose.yaml",
        "tls.yaml",
        "make-secrets.sh",
        "make-certificates.sh",
    ] {
        let content = content(&format!("compose/{file}"));
        for line in content.lines().filter(|line| line.contains("up --detach")) {
            assert!(line.contains("--wait"), "{file}: {line}");
            commands += 1;
        }
    }
    assert!(commands >= 7, "{commands}");
}
