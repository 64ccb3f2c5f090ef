//! The files of the script: one password a user, the same in every place, and none readable by
//! others.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use data_encoding::BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use twofactor_stack::{definitions, settings::Settings};

use crate::workshop::{Workshop, content, ours, services};

/// Returns every file that a script has made, with its content.
fn files(workshop: &Workshop) -> BTreeMap<String, Vec<u8>> {
    let folders = ["secrets", "secrets/plain", "secrets/tls"];
    let mut files = BTreeMap::new();
    for folder in folders {
        for entry in fs::read_dir(workshop.path(folder)).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.is_file() {
                let name = format!("{folder}/{}", path.file_name().expect("a name").display());
                files.insert(name, fs::read(&path).expect("content"));
            }
        }
    }
    files
}

#[test]
fn every_secret_that_is_named_was_made_and_is_used() {
    let workshop = Workshop::shared();
    for config in [workshop.plain(), workshop.encrypted()] {
        let named = config["secrets"].as_object().expect("secrets");
        let mut used: Vec<&str> = services(config)
            .values()
            .flat_map(|service| service["secrets"].as_array().into_iter().flatten())
            .map(|secret| secret["source"].as_str().expect("a name"))
            .collect();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, named.keys().map(String::as_str).collect::<Vec<_>>());
        for secret in named.values() {
            let file = secret["file"].as_str().expect("a file");
            assert!(
                fs::metadata(file).is_ok_and(|file| file.len() > 0),
                "{file}"
            );
        }
    }
}

#[test]
fn others_cannot_read_them_and_our_programs_can() {
    let workshop = Workshop::shared();
    for folder in ["secrets", "certificates"] {
        let about = fs::metadata(workshop.path(folder)).expect("a folder");
        assert_eq!(about.permissions().mode() & 0o777, 0o700, "{folder}");
    }
    let config = workshop.plain();
    let (_, login) = ours(config)
        .into_iter()
        .find(|(name, _)| *name == "login")
        .expect("a worker");
    // A worker refuses a keyring that others may read, so it must be its own.
    let keyring = fs::metadata(workshop.path("secrets/keyring.json")).expect("the keyring");
    assert_eq!(keyring.permissions().mode() & 0o777, 0o600);
    let owner = format!("{}:", keyring.uid());
    assert!(
        login["user"]
            .as_str()
            .is_some_and(|user| user.starts_with(&owner))
    );
}

#[test]
fn the_brokers_definitions_are_the_products_with_hashes_put_in() {
    let workshop = Workshop::shared();
    let read = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
    let product = read(&content("compose/rabbitmq/definitions.json"));
    let mut made = read(&workshop.read("secrets/definitions.json"));
    for user in made["users"].as_array_mut().expect("users") {
        let name = user["name"].as_str().expect("a name").to_owned();
        let hash = user["password_hash"].as_str().expect("a hash");
        let hash = BASE64.decode(hash.as_bytes()).expect("base64");
        let (salt, digest) = hash.split_at(4);
        let password = workshop.read(&format!("secrets/rabbitmq_{name}"));
        let expected = Sha256::new().chain_update(salt).chain_update(password);
        assert_eq!(digest, expected.finalize().as_slice(), "{name}");
        user["password_hash"] = format!("${{{}_PASSWORD_HASH}}", name.to_uppercase()).into();
    }
    assert_eq!(made, product);
}

#[test]
fn the_local_stack_loads_the_same_definitions() {
    let product: Value =
        serde_json::from_str(&content("compose/rabbitmq/definitions.json")).expect("JSON");
    let mut settings = Settings::default();
    let users: Vec<String> = definitions::users().map(str::to_owned).collect();
    settings.provide(&users, &[]).expect("passwords");
    let local = definitions::with_passwords(&settings).expect("definitions");
    let mut local: Value = serde_json::from_str(&local).expect("JSON");
    for (list, member) in [("users", "name"), ("permissions", "user")] {
        let entries = local[list].as_array_mut().expect("a list");
        entries.retain(|entry| entry[member] != definitions::ADMINISTRATOR);
    }
    for user in local["users"].as_array_mut().expect("users") {
        let name = user["name"].as_str().expect("a name").to_uppercase();
        user["password_hash"] = format!("${{{name}_PASSWORD_HASH}}").into();
    }
    assert_eq!(local, product);
}

#[test]
fn every_url_has_the_password_of_its_user() {
    let workshop = Workshop::shared();
    for (name, content) in files(&workshop) {
        let Some((_, kind)) = name
            .rsplit_once('/')
            .filter(|(_, kind)| kind.contains("_url_"))
        else {
            continue;
        };
        let url = String::from_utf8(content).expect("a string");
        let (kind, user) = kind.split_once("_url_").expect("a user");
        // It is the CRM, inside.
        let user = if user == "demo_crm" { "crm" } else { user };
        let tls = name.starts_with("secrets/tls/");
        let (file, start, end) = match (kind, tls) {
            ("amqp", false) => ("rabbitmq", format!("amqp://{user}:"), ":5672/%2F"),
            ("amqp", true) => ("rabbitmq", format!("amqps://{user}:"), ":5671/%2F"),
            (_, false) => (
                "postgres",
                format!("postgres://twofactor_{user}:"),
                "=disable",
            ),
            (_, true) => (
                "postgres",
                format!("postgres://twofactor_{user}:"),
                "=require",
            ),
        };
        let password = workshop.read(&format!("secrets/{file}_{user}"));
        assert!(url.starts_with(&format!("{start}{password}@")), "{name}");
        assert!(url.ends_with(end), "{name}");
    }
}

#[test]
fn what_is_there_is_kept_and_what_was_deleted_is_made_anew() {
    let workshop = Workshop::open();
    let before = files(&workshop);
    let deleted = "secrets/rabbitmq_login";
    fs::remove_file(workshop.path(deleted)).expect("deleted");
    workshop.run("make-secrets.sh");
    let after = files(&workshop);
    let changed: Vec<&str> = before
        .iter()
        .filter(|(name, content)| after.get(*name) != Some(content))
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = [
        "secrets/definitions.json",
        "secrets/plain/amqp_url_login",
        deleted,
        "secrets/tls/amqp_url_login",
    ];
    assert_eq!(changed, expected);
    assert_eq!(before.len(), after.len());
}
