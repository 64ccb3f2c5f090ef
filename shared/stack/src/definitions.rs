//! RabbitMQ's definitions: the product's own file, with the hashes of this stack's passwords and an
//! administrator for the tests put in.
//!
//! It knows users and permissions, and no queue: the workers declare those, with all that a queue
//! needs. So a broker that somebody else runs needs only the users of this.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{passwords, settings::Settings};

const TEMPLATE: &str = include_str!("../../../compose/rabbitmq/definitions.json");
const PRODUCT_USERS: [&str; 7] = [
    "crm",
    "login",
    "sms",
    "enrollment",
    "reset",
    "observer",
    "operator",
];

/// The administrator, whom a stack has and an installation does not.
pub const ADMINISTRATOR: &str = "stack";
/// The secret between Erlang programs, kept like a password.
pub const COOKIE: &str = "erlang-cookie";

/// Returns every user of the broker.
pub fn users() -> impl Iterator<Item = &'static str> {
    PRODUCT_USERS.into_iter().chain([ADMINISTRATOR])
}

/// Returns the definitions of this stack.
pub fn with_passwords(settings: &Settings) -> Result<String> {
    let mut content = TEMPLATE.to_owned();
    for user in PRODUCT_USERS {
        let hash = passwords::rabbitmq_hash(settings.password(user));
        content = content.replace(&placeholder(user), &hash);
    }
    let mut definitions: Value =
        serde_json::from_str(&content).context("rabbitmq/definitions.json is no JSON")?;
    push(&mut definitions, "users", administrator(settings));
    push(
        &mut definitions,
        "permissions",
        json!({
            "user": ADMINISTRATOR, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*",
        }),
    );
    serde_json::to_string_pretty(&definitions).context("cannot write the definitions as JSON")
}

fn administrator(settings: &Settings) -> Value {
    json!({
        "name": ADMINISTRATOR,
        "password_hash": passwords::rabbitmq_hash(settings.password(ADMINISTRATOR)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"],
        "limits": {},
    })
}

fn push(definitions: &mut Value, list: &str, entry: Value) {
    definitions[list]
        .as_array_mut()
        .expect("definitions.json has this list")
        .push(entry);
}

fn placeholder(user: &str) -> String {
    format!("${{{}_PASSWORD_HASH}}", user.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(definitions: &Value, list: &str, member: &str) -> Vec<String> {
        let mut names: Vec<String> = definitions[list]
            .as_array()
            .expect("a list")
            .iter()
            .map(|entry| entry[member].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_products_file_names_every_user_and_holds_no_password() {
        let template: Value = serde_json::from_str(TEMPLATE).expect("JSON");
        let mut expected: Vec<String> = PRODUCT_USERS.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(names(&template, "users", "name"), expected);
        assert_eq!(names(&template, "permissions", "user"), expected);
        for user in template["users"].as_array().expect("a list") {
            let name = user["name"].as_str().expect("a name");
            assert_eq!(user["password_hash"], placeholder(name));
            assert_eq!(
                user["tags"],
                json!([]),
                "{name} has no right in the management pages"
            );
            assert!(user.get("password").is_none());
        }
    }

    #[test]
    fn a_stacks_definitions_have_hashes_and_an_administrator() {
        let mut settings = Settings::default();
        let users: Vec<String> = users().map(str::to_owned).collect();
        settings.provide(&users, &[]).expect("passwords");
        let content = with_passwords(&settings).expect("definitions");
        assert!(!content.contains("${"));
        for user in &users {
            assert!(!content.contains(settings.password(user)));
        }
        let definitions: Value = serde_json::from_str(&content).expect("JSON");
        assert_eq!(names(&definitions, "users", "name").len(), users.len());
    }

    #[test]
    fn no_queue_leans_on_a_policy_that_a_broker_may_not_have() {
        let template: Value = serde_json::from_str(TEMPLATE).expect("JSON");
        for list in ["policies", "queues", "exchanges", "bindings"] {
            assert!(template.get(list).is_none(), "{list}");
        }
    }

    #[test]
    fn every_pattern_is_anchored() {
        let template: Value = serde_json::from_str(TEMPLATE).expect("JSON");
        for permission in template["permissions"].as_array().expect("a list") {
            for kind in ["configure", "write", "read"] {
                let pattern = permission[kind].as_str().expect("a pattern");
                let whole = pattern.starts_with('^') && pattern.ends_with('$');
                assert!(
                    whole || pattern == ".*",
                    "{}: {pattern}",
                    permission["user"]
                );
            }
        }
    }
}
