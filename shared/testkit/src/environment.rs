//! The environment of a test run: a broker, a database server, the binaries.
//!
//! The variables are set by `cargo xtask test`; a sentence names each that is missing.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// Returns the broker's AMQP address with an administrator's credentials, without a vhost.
pub fn amqp_url() -> Result<String> {
    variable("TEST_AMQP_URL")
}

/// Returns the broker's management API with an administrator's credentials, without a path.
pub fn rabbitmq_api_url() -> Result<String> {
    variable("TEST_RABBITMQ_API_URL")
}

/// Returns the database server with its superuser's credentials.
pub fn database_url() -> Result<String> {
    variable("TEST_DATABASE_URL")
}

/// Returns the folder of the built programs: `TEST_BIN_DIR`, else that of this checkout.
pub fn binary_folder() -> PathBuf {
    env::var_os("TEST_BIN_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/release"),
        PathBuf::from,
    )
}

/// Returns the names of the clients whose suites are run, `LANGUAGES` separated by spaces; `None` for
/// all.
pub fn languages() -> Option<String> {
    env::var("LANGUAGES").ok()
}

fn variable(name: &str) -> Result<String> {
    env::var(name)
        .with_context(|| format!("{name} is not set: run the tests by `cargo xtask test`"))
}
