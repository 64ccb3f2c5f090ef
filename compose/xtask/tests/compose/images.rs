//! The sources of the images: foreign ones come from a registry, at a version; ours are built here,
//! once, and never pulled.

use std::collections::BTreeMap;

use crate::waits::waits_for;
use crate::workshop::{WORKERS, Workshop, content, list, ours, services, workspace, yaml};

#[test]
fn every_image_has_a_version() {
    let workshop = Workshop::shared();
    let config = workshop.encrypted();
    let dockerfile = content("compose/Dockerfile");
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
fn each_of_our_images_is_built_once_and_never_asked_for() {
    let plain = yaml("compose/compose.yaml");
    let tls = yaml("compose/tls.yaml");
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        let mut builders = BTreeMap::<&str, Vec<&str>>::new();
        for (name, service) in ours(config) {
            // A registry's image of this name would be given the keyring. Compose 1 does not print
            // this word, so the test reads the files themselves.
            assert_eq!(plain["services"][name]["pull_policy"], "never", "{name}");
            assert!(tls["services"][name].get("pull_policy").is_none(), "{name}");
            let image = service["image"].as_str().expect("an image");
            let of_image = builders.entry(image).or_default();
            if service.get("build").is_some() {
                of_image.push(name);
            }
        }
        // Two builds make two images, which differ in their labels; a service with the other one
        // would be recreated by each `up --build`.
        let built: Vec<Vec<&str>> = builders.into_values().collect();
        assert_eq!(
            built,
            [vec!["demo-crm"], vec!["sms-sandbox"], vec!["migrate"]]
        );
        for (name, service) in services(config) {
            let is_ours = ours(config).iter().any(|(ours, _)| ours == name);
            assert!(is_ours || service.get("build").is_none(), "{name}");
        }
        // So a start of one worker alone builds its image.
        for worker in WORKERS {
            assert!(waits_for(config, worker).contains("migrate"), "{worker}");
        }
    }
}

#[test]
fn the_image_is_built_of_the_source_alone() {
    let ignored = content("compose/Dockerfile.dockerignore");
    let lines: Vec<&str> = ignored.lines().collect();
    assert_eq!(lines.iter().find(|line| !line.starts_with('#')), Some(&"*"));
    let kept_out = content(".gitignore");
    for secret in ["compose/.env", "compose/certificates", "compose/secrets"] {
        assert!(lines.contains(&secret), "{secret}");
        let own = format!("/{secret}");
        assert!(kept_out.lines().any(|line| line == own), "{secret}");
    }
    for kept in lines.iter().filter_map(|line| line.strip_prefix('!')) {
        assert!(workspace().join(kept).exists(), "{kept}");
    }
    let dockerfile = content("compose/Dockerfile");
    // Failpoints of a worker are a feature, which no released program may have.
    assert!(!dockerfile.contains("features"));
    // Every program that a service runs is put into an image.
    let workshop = Workshop::shared();
    let config = workshop.plain();
    for (name, service) in ours(config) {
        let words = ["entrypoint", "command"].map(|part| list(&service[part]));
        let program = words.concat().first().copied().unwrap_or("sms-sandbox");
        assert!(dockerfile.contains(&format!("/built/{program}")), "{name}");
    }
}
