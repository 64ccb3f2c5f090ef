//! The settings of the commands, from the environment. A message never shows a value.

use std::env;
use std::fs;

use twofactor_store::Route;

use crate::failure::Failure;

/// The database's URL: of `DATABASE_URL`, or in the file that `DATABASE_URL_FILE` names.
pub fn database_url() -> Result<String, Failure> {
    let url = match (text("DATABASE_URL")?, text("DATABASE_URL_FILE")?) {
        (Some(_), Some(_)) => {
            return Err(setting("Set DATABASE_URL or DATABASE_URL_FILE, not both."));
        }
        (Some(url), None) => url,
        (None, Some(path)) => fs::read_to_string(path).map_err(|error| {
            setting(&format!(
                "DATABASE_URL_FILE cannot be read ({}); check the path.",
                error.kind()
            ))
        })?,
        (None, None) => return Err(setting("Set DATABASE_URL, or DATABASE_URL_FILE.")),
    };
    let url = url.trim().to_owned();
    let allowed = text("ALLOW_PLAINTEXT")?.is_some_and(|value| value == "1");
    match twofactor_store::route(&url) {
        Ok(Route::Local | Route::Encrypted) => Ok(url),
        Ok(Route::Plain) if allowed => Ok(url),
        Ok(Route::Plain) => Err(setting(
            "DATABASE_URL leads to another host in clear; drop sslmode=disable from it, or set \
             ALLOW_PLAINTEXT=1.",
        )),
        Err(error) => Err(setting(&format!("{error}."))),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads settings"
)]
fn text(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(setting(&format!("{name} must be UTF-8."))),
    }
}

fn setting(sentence: &str) -> Failure {
    Failure::Setting(sentence.to_owned())
}
