//! The settings of the commands, from the environment alone: no file is looked for, and a message
//! never shows a value.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;

use jiff::SignedDuration;
use lapin::uri::{AMQPScheme, AMQPUri};
use twofactor_rules::{Keyring, Limits, number, text_file};
use twofactor_settings::{AMQP_URL_MUST, amqp_urls};
use twofactor_store::Route;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// How long the trail is kept where `AUDIT_KEEP` does not say.
pub const AUDIT_KEEP: &str = "400d";
/// Where texts may go where `SMS_COUNTRIES` does not say.
pub const SMS_COUNTRIES: &str = "GB";

/// The database's URL: of `DATABASE_URL`, or in the file that `DATABASE_URL_FILE` names.
pub fn database_url() -> Result<String, Failure> {
    let url = text_or_file("DATABASE_URL")?;
    match twofactor_store::route(&url) {
        Ok(Route::Local | Route::Encrypted) => Ok(url),
        Ok(Route::Plain) if allows_plaintext()? => Ok(url),
        Ok(Route::Plain) => Err(setting(
            "DATABASE_URL leads to another host, perhaps in clear; say sslmode=require in it, or set \
             ALLOW_PLAINTEXT=1.",
        )),
        Err(error) => Err(setting(&format!("{error}."))),
    }
}

/// The nodes of the broker: of `AMQP_URL`, or in the file that `AMQP_URL_FILE` names.
pub fn broker() -> Result<Vec<AMQPUri>, Failure> {
    let url = text_or_file("AMQP_URL")?;
    let nodes = amqp_urls(&url).ok_or_else(|| setting(&format!("AMQP_URL {AMQP_URL_MUST}.")))?;
    let is_plain = |uri: &AMQPUri| {
        let host = uri.authority.host.as_str();
        let is_local = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        matches!(uri.scheme, AMQPScheme::AMQP) && !is_local
    };
    if nodes.iter().any(is_plain) && !allows_plaintext()? {
        return Err(setting(
            "AMQP_URL leads to another host in clear; use amqps://, or set ALLOW_PLAINTEXT=1.",
        ));
    }
    Ok(nodes)
}

/// The keyring of `KEYRING_FILE`, which nobody but its owner may read.
pub fn keyring() -> Result<Keyring, Failure> {
    let path = text("KEYRING_FILE")?
        .ok_or_else(|| setting("Set KEYRING_FILE to the path of the workers' keyring."))?;
    let about = fs::metadata(&path).map_err(|error| unreadable("KEYRING_FILE", &error))?;
    if about.permissions().mode() & 0o077 != 0 {
        return Err(setting(
            "KEYRING_FILE may be read by others than its owner; make it chmod 600.",
        ));
    }
    let bytes = fs::read(&path).map_err(|error| unreadable("KEYRING_FILE", &error))?;
    let bytes = Zeroizing::new(bytes);
    Keyring::parse(in_file("KEYRING_FILE", &bytes)?)
        .map_err(|error| setting(&format!("KEYRING_FILE does not hold a keyring: {error}.")))
}

/// The figures of the rules, as far as an import needs them: where texts may go.
pub fn limits() -> Result<Limits, Failure> {
    let countries = text("SMS_COUNTRIES")?.unwrap_or_else(|| SMS_COUNTRIES.to_owned());
    let countries: BTreeSet<String> = countries
        .split(',')
        .map(|country| country.trim().to_owned())
        .collect();
    if !countries.iter().all(|country| number::is_country(country)) {
        return Err(setting(
            "SMS_COUNTRIES must be ISO 3166 codes with commas between them, such as GB,IE.",
        ));
    }
    Ok(Limits {
        sms_countries: countries,
        ..Limits::default()
    })
}

/// How long the trail is kept: `AUDIT_KEEP`, whole days or hours.
pub fn audit_keep() -> Result<SignedDuration, Failure> {
    let text = text("AUDIT_KEEP")?.unwrap_or_else(|| AUDIT_KEEP.to_owned());
    let hours = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => days.parse().ok().and_then(|days: i64| days.checked_mul(24)),
        (_, Some(hours)) => hours.parse().ok(),
        _ => None,
    };
    let keep = hours.filter(|hours| (24..=876_000).contains(hours));
    keep.map(SignedDuration::from_hours).ok_or_else(|| {
        setting("AUDIT_KEEP must be a whole number of days or hours, such as 400d; 1d at least.")
    })
}

/// Whether a connection to another host may be in clear: `ALLOW_PLAINTEXT=1`.
pub fn allows_plaintext() -> Result<bool, Failure> {
    Ok(text("ALLOW_PLAINTEXT")?.is_some_and(|value| value == "1"))
}

/// A variable of the environment; an empty one counts as not set.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads settings"
)]
pub fn text(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(setting(&format!("{name} must be UTF-8."))),
    }
}

fn text_or_file(name: &str) -> Result<String, Failure> {
    let file = format!("{name}_FILE");
    let value = match (text(name)?, text(&file)?) {
        (Some(_), Some(_)) => {
            return Err(setting(&format!("Set {name} or {file}, not both.")));
        }
        (Some(value), None) => value,
        (None, Some(path)) => {
            let bytes = fs::read(path).map_err(|error| unreadable(&file, &error))?;
            let bytes = Zeroizing::new(bytes);
            let value = in_file(&file, &bytes)?.trim();
            if value.is_empty() {
                return Err(setting(&format!(
                    "{file} names a file that is empty; write the value into it."
                )));
            }
            value.to_owned()
        }
        (None, None) => return Err(setting(&format!("Set {name}, or {file}."))),
    };
    Ok(value.trim().to_owned())
}

/// What a file of a setting holds, as the workers read it.
fn in_file<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    text_file::read(bytes).map_err(|error| setting(&format!("{name} names a file that {error}.")))
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    setting(&format!(
        "{name} cannot be read ({}); check the path.",
        error.kind()
    ))
}

fn setting(sentence: &str) -> Failure {
    Failure::Setting(sentence.to_owned())
}
