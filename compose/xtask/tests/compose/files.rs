//! Mounts, memory, rights and scraping in the files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::workshop::{
    WORKERS, Workshop, content, entries, list, mounted, ours, services, succeeded, yaml,
};

#[test]
fn what_is_mounted_is_there() {
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        for (name, service) in services(config) {
            for volume in entries(&service["volumes"]) {
                let (source, is_read_only) = mounted(volume);
                if source.starts_with('/') {
                    assert!(Path::new(source).exists(), "{name}: {source}");
                    assert!(is_read_only, "{name} may write {source}");
                } else {
                    assert!(config["volumes"].get(source).is_some(), "{name}: {source}");
                }
            }
        }
    }
}

#[test]
fn what_is_mounted_can_be_read_also_where_the_clone_kept_others_out() {
    let workshop = Workshop::open();
    let mut closed = Command::new("chmod");
    closed.args(["-R", "go-rwx"]).arg(workshop.path(".."));
    succeeded(&closed.output().expect("chmod"));
    workshop.run("make-secrets.sh");
    let config = workshop.encrypted();
    let mut read = 0;
    for service in services(config).values() {
        for volume in entries(&service["volumes"]) {
            let (source, _) = mounted(volume);
            if source.starts_with('/') {
                read += readable_by_all(Path::new(source));
            }
        }
    }
    assert!(read > 20, "{read}");
    for secret in ["keyring.json", "twilio_auth_token", "plain/amqp_url_crm"] {
        let about = fs::metadata(workshop.path(&format!("secrets/{secret}"))).expect("a secret");
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{secret}");
    }
}

/// Checks a file, or every file of a folder; returns their count.
fn readable_by_all(path: &Path) -> usize {
    let about = fs::metadata(path).expect("what is mounted");
    let needed = if about.is_dir() { 0o555 } else { 0o444 };
    let mode = about.permissions().mode() & 0o777;
    assert_eq!(mode & needed, needed, "{}: {mode:o}", path.display());
    let inner = about
        .is_dir()
        .then(|| fs::read_dir(path).expect("a folder"));
    let inner = inner.into_iter().flatten();
    1 + inner
        .map(|entry| readable_by_all(&entry.expect("an entry").path()))
        .sum::<usize>()
}

#[test]
fn the_broker_is_given_its_memory_limit() {
    let configured = content("compose/rabbitmq/container.conf");
    let told = configured
        .lines()
        .find_map(|line| line.strip_prefix("total_memory_available_override_value = "))
        .expect("the memory");
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        // Compose 1 prints the value of the file, compose 2 a count of bytes.
        let limit = config["services"]["rabbitmq"]["mem_limit"].to_string();
        assert_eq!(bytes(told), bytes(limit.trim_matches('"')), "{limit}");
    }
}

/// Returns an amount of memory as both write it: in units of 1,024, or in bytes. In RabbitMQ `GB`
/// is another unit, of 1,000, which compose does not have.
fn bytes(amount: &str) -> u64 {
    let digits = amount.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let count: u64 = digits.parse().expect("a count");
    match &amount[digits.len()..] {
        "" => count,
        "g" | "GiB" => count << 30,
        "m" | "MiB" => count << 20,
        unit => panic!("{unit} is not one unit for both"),
    }
}

#[test]
fn what_ends_leaves_no_volume_behind() {
    let workshop = Workshop::shared();
    let config = workshop.plain();
    // A service that runs the database's image without its data mounts something else there:
    // otherwise the engine makes a volume without a name each time.
    let data = entries(&config["services"]["postgres"]["volumes"])
        .find(|volume| mounted(volume).0 == "postgres")
        .expect("the data");
    let target = match data.as_str() {
        Some(mount) => mount.split(':').nth(1).expect("a target"),
        None => data["target"].as_str().expect("a target"),
    };
    let image = &config["services"]["postgres"]["image"];
    for (name, service) in services(config) {
        if service["image"] == *image && name != "postgres" {
            assert!(list(&service["tmpfs"]).contains(&target), "{name}");
        }
    }
}

#[test]
fn our_programs_have_no_right_that_they_do_not_need() {
    let workshop = Workshop::shared();
    let config = workshop.plain();
    let roles = &config["services"]["roles"];
    let all = ours(config);
    for (name, service) in all.into_iter().chain([("roles", roles)]) {
        let user = service["user"].as_str().expect("a user");
        assert!(!user.starts_with("0:") && user.contains(':'), "{name}");
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert!(service.get("cap_add").is_none(), "{name}");
        assert!(service.get("privileged").is_none(), "{name}");
    }
    for (name, service) in services(config) {
        let options = list(&service["security_opt"]);
        assert!(options.contains(&"no-new-privileges:true"), "{name}");
    }
    assert!(content("compose/Dockerfile").contains("\nUSER 65532:65532\n"));
}

#[test]
fn prometheus_scrapes_the_same_as_on_one_machine() {
    let local = yaml("compose/prometheus/prometheus.yml");
    let container = yaml("compose/prometheus/container.yml");
    let jobs = |config: &Value| -> Vec<Value> {
        let jobs = config["scrape_configs"].as_array().expect("jobs").iter();
        jobs.map(|job| json!([job["job_name"], job["metrics_path"], job["params"]]))
            .collect()
    };
    assert_eq!(jobs(&local), jobs(&container));

    let workshop = Workshop::shared();
    let config = workshop.plain();
    let found = container["scrape_configs"][0]["dns_sd_configs"].as_array();
    for target in found.expect("targets") {
        let name = target["names"][0].as_str().expect("a name");
        let address = &config["services"][name]["environment"]["METRICS_ADDR"];
        assert_eq!(*address, format!("0.0.0.0:{}", target["port"]), "{name}");
    }
    assert_eq!(found.map(Vec::len), Some(WORKERS.len()));
}
