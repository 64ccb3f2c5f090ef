//! The ports that are published on this machine: on loopback alone, named where readers search
//! them, and changed by their settings.

use std::collections::BTreeMap;
use std::fs;

use crate::workshop::{Workshop, content, entries, published_on, services};

/// Returns the settings that choose a port of this machine, with their defaults.
fn settings() -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for file in ["compose/compose.yaml", "compose/tls.yaml"] {
        let content = content(file);
        let lines = content.lines().map(str::trim);
        for line in lines.filter(|line| line.starts_with("- \"127.0.0.1:${")) {
            let (_, setting) = line.split_once("${").expect("a setting");
            let (setting, inner) = setting.split_once('}').expect("a setting");
            let (name, default) = setting.split_once(":-").expect("a default");
            // The usual ports, unless a setting changes them.
            assert_eq!(inner, format!(":{default}\""));
            settings.insert(name.to_owned(), default.to_owned());
        }
    }
    settings
}

#[test]
fn nothing_is_published_beyond_loopback() {
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        for (name, service) in services(config) {
            for port in entries(&service["ports"]) {
                assert_eq!(published_on(port), "127.0.0.1", "{name}");
            }
            assert!(service.get("network_mode").is_none(), "{name}");
        }
    }
}

#[test]
fn every_port_is_a_setting_that_the_readme_and_the_made_file_name() {
    let settings = settings();
    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    let published: usize = services(config)
        .values()
        .map(|service| entries(&service["ports"]).count())
        .sum();
    assert_eq!(settings.len(), published);
    let readme = content("compose/README.md");
    let made = workshop.read(".env");
    for (name, default) in settings {
        assert!(
            readme.contains(&format!("| `{name}` | {default} |")),
            "{name}"
        );
        let line = format!("#{name}={default}");
        assert!(made.lines().any(|made| made == line), "{line}");
    }
}

#[test]
fn the_urls_of_those_outside_have_the_ports_that_are_set() {
    let workshop = Workshop::open();
    let made = workshop.read(".env");
    let set = "\nAMQP_PORT=15672\nexport POSTGRES_PORT = \"15432\" # the other one is taken\nAMQPS_PORT=\n";
    fs::write(workshop.path(".env"), made + set).expect("settings");
    workshop.run("make-secrets.sh");
    let table = [
        ("plain/amqp_url_crm", "@localhost:15672/"),
        ("plain/amqp_url_observer", "@localhost:15672/"),
        ("tls/amqp_url_crm", "@localhost:5671/"),
        ("plain/database_url_auditor", "@localhost:15432/"),
        ("tls/database_url_auditor", "@localhost:15432/"),
        // Inside their own networks no port of this machine is taken.
        ("plain/amqp_url_login", "@rabbitmq:5672/"),
        ("tls/amqp_url_operator", "@rabbitmq:5671/"),
        ("plain/database_url_login", "@postgres:5432/"),
    ];
    for (file, address) in table {
        let url = workshop.read(&format!("secrets/{file}"));
        assert!(url.contains(address), "{file}");
    }
}

#[test]
fn a_port_that_is_none_changes_nothing() {
    let workshop = Workshop::open();
    let url = workshop.read("secrets/plain/database_url_auditor");
    for wrong in ["0", "65536", "5432x", "127.0.0.1:5432"] {
        let output = workshop
            .command("make-secrets.sh")
            .env("POSTGRES_PORT", wrong)
            .output();
        let output = output.expect("bash");
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("POSTGRES_PORT must be a port"), "{said}");
        assert_eq!(workshop.read("secrets/plain/database_url_auditor"), url);
    }
}
