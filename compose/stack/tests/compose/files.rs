//! What the files say of images, ports, mounts and rights.

use std::path::Path;

use serde_json::{Value, json};

use crate::workshop::{
    WORKERS, Workshop, entries, list, mounted, ours, published_on, services, text, workspace, yaml,
};

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
fn every_image_has_a_version() {
    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    let dockerfile = text("compose/Dockerfile");
    let stages: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.split(" AS ").nth(1))
        .collect();
    let bases = dockerfile.lines().filter_map(|line| {
        let image = line.strip_prefix("FROM ")?.split(' ').next()?;
        (!stages.contains(&image)).then_some(image)
    });
    let named = services(config)
        .values()
        .map(|service| service["image"].as_str().expect("an image"));
    let images: Vec<&str> = bases.chain(named).collect();
    assert!(images.len() > 10);
    for image in images {
        let tag = image
            .rsplit('/')
            .next()
            .and_then(|name| name.split(':').nth(1));
        assert!(tag.is_some_and(|tag| tag != "latest"), "{image}");
    }
}

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
fn our_programs_have_no_right_that_they_do_not_need() {
    let workshop = Workshop::shared();
    let config = workshop.plain();
    let (roles, all) = (&config["services"]["roles"], ours(config));
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
    assert!(text("compose/Dockerfile").contains("\nUSER 65532:65532\n"));
}

#[test]
fn workers_wait_for_the_schema_and_show_when_they_are_ready() {
    let workshop = Workshop::shared();
    let config = workshop.plain();
    for name in WORKERS {
        let service = &config["services"][name];
        assert_eq!(
            service["healthcheck"]["test"],
            json!(["CMD", "twofactor-ready"])
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
    // What has no end and no copy of its own is well or not, and says so.
    for (name, service) in services(config) {
        if service["restart"] != "no" {
            assert!(service.get("healthcheck").is_some(), "{name}");
        }
    }
}

#[test]
fn only_who_sends_texts_or_is_published_can_leave_the_machine() {
    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    for (name, service) in services(config) {
        let leaves = service["networks"].get("outside").is_some();
        let published = service.get("ports").is_some();
        let sends = matches!(name.as_str(), "sms" | "enrollment");
        assert_eq!(leaves, published || sends, "{name}");
    }
    for (name, network) in config["networks"].as_object().expect("networks") {
        let internal = network.get("internal").is_some_and(|is| is == true);
        assert_eq!(internal, name != "outside", "{name}");
    }
}

#[test]
fn prometheus_scrapes_the_same_as_on_one_machine() {
    let (local, container) = (
        yaml("compose/prometheus/prometheus.yml"),
        yaml("compose/prometheus/container.yml"),
    );
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

#[test]
fn the_image_is_built_of_the_source_alone() {
    let ignored = text("compose/Dockerfile.dockerignore");
    let lines: Vec<&str> = ignored.lines().collect();
    assert_eq!(lines.iter().find(|line| !line.starts_with('#')), Some(&"*"));
    let kept_out = text(".gitignore");
    for secret in ["compose/.env", "compose/certificates", "compose/secrets"] {
        assert!(lines.contains(&secret), "{secret}");
        let own = format!("/{secret}");
        assert!(kept_out.lines().any(|line| line == own), "{secret}");
    }
    for kept in lines.iter().filter_map(|line| line.strip_prefix('!')) {
        assert!(workspace().join(kept).exists(), "{kept}");
    }
    // Every program that a service runs is put into an image.
    let dockerfile = text("compose/Dockerfile");
    let workshop = Workshop::shared();
    let config = workshop.plain();
    for (name, service) in ours(config) {
        let words = ["entrypoint", "command"].map(|part| list(&service[part]));
        let program = words.concat().first().copied().unwrap_or("sms-sandbox");
        assert!(dockerfile.contains(&format!("/built/{program}")), "{name}");
    }
}
