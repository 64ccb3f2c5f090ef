//! Which service can reach which, by the networks; and the README beside the files says the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::workshop::{WORKERS, Workshop, content, services, yaml};

type Names = BTreeSet<String>;

/// Returns the services on each network.
fn members(config: &Value) -> BTreeMap<String, Names> {
    let mut members = BTreeMap::<String, Names>::new();
    for (name, service) in services(config) {
        let networks = service["networks"].as_object().expect("networks");
        assert!(!networks.is_empty(), "{name} would be on the default one");
        for network in networks.keys() {
            members
                .entry(network.clone())
                .or_default()
                .insert(name.clone());
        }
    }
    members
}

/// Returns the services that share a network with one: networks keep parts apart, not their ports.
fn neighbours(config: &Value, name: &str) -> Names {
    let together = members(config).into_values();
    let mut neighbours: Names = together
        .filter(|members| members.contains(name))
        .flatten()
        .collect();
    neighbours.remove(name);
    neighbours
}

/// Returns the count of networks that two services share.
fn shared(config: &Value, one: &str, other: &str) -> usize {
    let together = members(config).into_values();
    together
        .filter(|members| members.contains(one) && members.contains(other))
        .count()
}

fn set<const N: usize>(names: [&str; N]) -> Names {
    names.map(str::to_owned).into()
}

/// Returns the names between backticks in a cell of a table.
fn quoted(cell: &str) -> Names {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_service_reaches_more_than_it_needs() {
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        let workers = set(WORKERS);
        let with = |more: &[&str]| -> Names {
            let more = more.iter().map(|name| (*name).to_owned());
            workers.iter().cloned().chain(more).collect()
        };
        let table = [
            ("rabbitmq", with(&["ctl", "prometheus", "demo-crm"])),
            ("postgres", with(&["ctl", "migrate", "roles"])),
            ("prometheus", with(&["rabbitmq", "grafana"])),
            ("grafana", set(["prometheus"])),
            ("sms-sandbox", set(["sms", "enrollment", "demo-crm"])),
        ];
        for (name, expected) in table {
            assert_eq!(neighbours(config, name), expected, "{name}");
        }
    }
}

#[test]
fn each_published_part_has_its_own_network_and_only_the_senders_of_texts_go_out() {
    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    let members = members(config);
    assert_eq!(members["outside"], set(["sms", "enrollment"]));
    let declared = config["networks"].as_object().expect("networks");
    assert_eq!(
        declared.keys().collect::<Vec<_>>(),
        members.keys().collect::<Vec<_>>()
    );
    for (network, about) in declared {
        let internal = about.get("internal").is_some_and(|is| is == true);
        let door = network.ends_with("-door");
        assert_eq!(internal, !door && network != "outside", "{network}");
        assert!(!door || members[network].len() == 1, "{network}");
    }
    for (name, service) in services(config) {
        let doors = service["networks"].as_object().expect("networks").keys();
        let doors = doors.filter(|network| network.ends_with("-door")).count();
        assert_eq!(doors, usize::from(service.get("ports").is_some()), "{name}");
    }
}

#[test]
fn a_service_has_one_address_for_each_that_asks_it() {
    let mut asked = vec![
        ("roles".to_owned(), "postgres".to_owned()),
        ("migrate".to_owned(), "postgres".to_owned()),
        ("ctl".to_owned(), "postgres".to_owned()),
        ("ctl".to_owned(), "rabbitmq".to_owned()),
        ("sms".to_owned(), "sms-sandbox".to_owned()),
        ("enrollment".to_owned(), "sms-sandbox".to_owned()),
        ("demo-crm".to_owned(), "sms-sandbox".to_owned()),
        ("demo-crm".to_owned(), "rabbitmq".to_owned()),
    ];
    for worker in WORKERS {
        asked.push((worker.to_owned(), "postgres".to_owned()));
        asked.push((worker.to_owned(), "rabbitmq".to_owned()));
    }
    let scraped = scraped();
    assert_eq!(scraped, [&WORKERS[..], &["rabbitmq"]].concat());
    asked.extend(
        scraped
            .into_iter()
            .map(|name| ("prometheus".to_owned(), name)),
    );
    let boards = yaml("compose/grafana/datasources/prometheus.yaml");
    for source in boards["datasources"].as_array().expect("sources") {
        let url = source["url"].as_str().expect("a URL");
        let host = url
            .strip_prefix("http://")
            .and_then(|url| url.split(':').next());
        asked.push(("grafana".to_owned(), host.expect("a host").to_owned()));
    }
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        for (asker, asked) in &asked {
            assert_eq!(shared(config, asker, asked), 1, "{asker} and {asked}");
        }
    }
}

/// Returns the services that Prometheus reads, by name.
fn scraped() -> Vec<String> {
    let jobs = yaml("compose/prometheus/container.yml");
    let mut names = Vec::new();
    for job in jobs["scrape_configs"].as_array().expect("jobs") {
        for (kind, member) in [("dns_sd_configs", "names"), ("static_configs", "targets")] {
            for config in job[kind].as_array().into_iter().flatten() {
                let targets = config[member].as_array().expect("targets");
                for target in targets
                    .iter()
                    .map(|target| target.as_str().expect("a string"))
                {
                    let name = target.split(':').next().unwrap_or(target);
                    names.push(name.to_owned());
                }
            }
        }
    }
    names.dedup();
    names
}

#[test]
fn the_readme_says_who_reaches_whom() {
    let readme = content("compose/README.md");
    let heading = "| part | who reaches it | over the network |";
    let rows = readme.lines().skip_while(|line| *line != heading).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let mut told = BTreeMap::<(String, String), Names>::new();
    let mut part = String::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        if let Some(name) = quoted(cells[0]).pop_first() {
            part = name;
        }
        let network = quoted(cells[2]).pop_first().expect("a network");
        told.insert((part.clone(), network), quoted(cells[1]));
    }

    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    let mut found = BTreeMap::new();
    for (network, members) in members(config) {
        for name in [
            "rabbitmq",
            "postgres",
            "prometheus",
            "grafana",
            "sms-sandbox",
            "demo-crm",
        ] {
            let mut others = members.clone();
            if others.remove(name) {
                found.insert((name.to_owned(), network.clone()), others);
            }
        }
    }
    assert_eq!(told, found);
}
