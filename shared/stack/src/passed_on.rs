//! Settings of the workers that come from the caller's environment.
//!
//! It knows the names of the settings that a caller may choose. Addresses and passwords of the
//! stack's own parts are not among them.

use std::{collections::BTreeMap, env};

/// Settings that a caller may choose.
const CHOSEN: [&str; 20] = [
    "ALLOW_PLAINTEXT",
    "AUDIT_KEEP",
    "BATCH_MAX",
    "DB_POOL",
    "EVENT_MAX_AGE",
    "GUESS_LIMIT",
    "GUESS_WAIT",
    "GUESS_WAIT_MAX",
    "ISSUER",
    "LOG",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "REMEMBER_FOR",
    "SMS_CODE_TTL",
    "SMS_COUNTRIES",
    "SMS_ORIGIN",
    "SMS_PROVIDER",
    "SMS_THROTTLE",
    "TWILIO_AUTH_TOKEN_FILE",
    "TWILIO_FROM",
    "TWOFACTOR_TESTING",
];

/// Settings that the stack makes, unless the caller has some of its own.
const MADE: [&str; 4] = [
    "KEYRING_FILE",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_BASE_URL",
];

/// A variable in the environment of a shell that has read a stack's `env` file.
pub const MARK: &str = "TWOFACTOR_STACK";

/// Returns the settings that are set in this program's environment.
pub fn from_environment() -> BTreeMap<String, String> {
    choose(
        env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }),
    )
}

fn choose(environment: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let environment: BTreeMap<String, String> = environment.collect();
    // Made settings that were read from an `env` file belong to a stack that may be deleted.
    let is_from_a_stack = environment.contains_key(MARK);
    environment
        .into_iter()
        .filter(|(name, _)| {
            let name = name.as_str();
            CHOSEN.contains(&name) || (MADE.contains(&name) && !is_from_a_stack)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(environment: &[(&str, &str)]) -> Vec<String> {
        let pairs = environment
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        choose(pairs).into_keys().collect()
    }

    #[test]
    fn settings_pass_and_the_stacks_own_addresses_do_not() {
        let environment = [
            ("SMS_THROTTLE", "1s"),
            ("TWOFACTOR_TESTING", "1"),
            ("KEYRING_FILE", "/k"),
            ("AMQP_URL", "amqp://elsewhere"),
            ("DATABASE_URL", "postgres://elsewhere"),
            ("METRICS_ADDR", "127.0.0.1:1"),
            ("PATH", "/bin"),
        ];
        assert_eq!(
            chosen(&environment),
            ["KEYRING_FILE", "SMS_THROTTLE", "TWOFACTOR_TESTING"]
        );
    }

    #[test]
    fn what_an_env_file_made_is_not_taken_for_the_callers_wish() {
        let environment = [
            (MARK, "/s"),
            ("KEYRING_FILE", "/s/k"),
            ("SMS_THROTTLE", "1s"),
        ];
        assert_eq!(chosen(&environment), ["SMS_THROTTLE"]);
    }
}
