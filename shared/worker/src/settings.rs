//! The settings of a worker, read from the environment and checked as a whole.
//!
//! All that is wrong is said at once, a sentence each, without any value: the start stops there.
//! What breaks a promise to the users is refused as well, unless `TWOFACTOR_TESTING=1`. Nothing
//! else in this crate knows the environment, and nothing here connects to anything.

use std::net::{Ipv4Addr, SocketAddr};

use lapin::uri::AMQPUri;
use tracing::level_filters::LevelFilter;
use twofactor_contract::{Secret, Service};
use twofactor_rules::{Keyring, Limits};
use twofactor_settings::{AMQP_URL_MUST, amqp_urls};

mod environment;
mod figures;
mod keyring_file;
mod plaintext;
mod traces;
mod twilio;

use environment::Environment;
pub use twilio::{TwilioSender, TwilioSettings};

use crate::failpoint::Failpoint;

/// Deliveries in one transaction, where `BATCH_MAX` says nothing.
const BATCH_MAX: u32 = 128;
/// Connections to the database, where `DB_POOL` says nothing.
const DB_POOL: u32 = 4;

/// Everything that a worker can be told from outside.
pub struct Settings {
    /// The nodes of the broker. Holds its password.
    pub amqp: Vec<AMQPUri>,
    /// The database. Holds its password.
    pub database_url: Secret<String>,
    /// What seals and opens.
    pub keyring: Keyring,
    /// Where `/metrics`, `/healthz` and `/readyz` are served.
    pub metrics_addr: SocketAddr,
    /// The figures of the rules.
    pub limits: Limits,
    /// The provider of texts, for the workers that send some.
    pub twilio: Option<TwilioSettings>,
    /// Deliveries in one transaction, at most.
    pub batch_max: usize,
    /// Connections to the database, at most.
    pub db_pool: usize,
    /// The URL that spans are posted to, where they are. May hold credentials.
    pub traces: Option<Secret<String>>,
    /// How much of our own is logged.
    pub log: LevelFilter,
    /// Where this process ends itself, in a test.
    pub failpoint: Option<Failpoint>,
}

impl Settings {
    /// The settings in this process's environment, or every problem with them.
    pub fn of_process(service: Service) -> Result<Self, Vec<String>> {
        Self::read(service, Environment::of_process())
    }

    fn read(service: Service, mut env: Environment) -> Result<Self, Vec<String>> {
        let amqp = amqp(&mut env);
        let database_url = database_url(&mut env);
        let keyring = keyring_file::read(&mut env);
        let metrics_addr = metrics_addr(service, &mut env);
        let sends_texts = matches!(service, Service::Sms | Service::Enrollment);
        let limits = figures::read(sends_texts, &mut env);
        let twilio = if sends_texts {
            twilio::read(&mut env)
        } else {
            None
        };
        let batch_max = env.number("BATCH_MAX", BATCH_MAX, 1, 1024);
        let db_pool = env.number("DB_POOL", DB_POOL, 1, 100);
        let traces = traces::read(&mut env);
        let log = log(&mut env);
        let failpoint = failpoint(&mut env);
        check_audit_keep(&mut env);
        // Settings that are missing were noted, so only a complete set gets past this.
        let complete = (amqp, database_url, keyring);
        let (Some(amqp), Some(database_url), Some(keyring)) = complete else {
            return Err(env.into_problems());
        };
        if !env.is_fine() {
            return Err(env.into_problems());
        }
        Ok(Self {
            amqp,
            database_url,
            keyring,
            metrics_addr,
            limits,
            twilio,
            batch_max: batch_max as usize,
            db_pool: db_pool as usize,
            traces,
            log,
            failpoint,
        })
    }
}

fn amqp(env: &mut Environment) -> Option<Vec<AMQPUri>> {
    let text = env.required("AMQP_URL")?;
    let Some(nodes) = amqp_urls(text.expose()) else {
        env.refuse("AMQP_URL", AMQP_URL_MUST);
        return None;
    };
    plaintext::check_amqp(&nodes, env);
    Some(nodes)
}

fn database_url(env: &mut Environment) -> Option<Secret<String>> {
    let url = env.required("DATABASE_URL")?;
    plaintext::check_database(url.expose(), env);
    Some(url)
}

fn metrics_addr(service: Service, env: &mut Environment) -> SocketAddr {
    let port = match service {
        Service::Login => 9101,
        Service::Sms => 9102,
        Service::Enrollment => 9103,
        Service::Reset => 9104,
    };
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Some(text) = env.optional("METRICS_ADDR") else {
        return default;
    };
    text.parse().unwrap_or_else(|_| {
        env.refuse(
            "METRICS_ADDR",
            "must be an address and a port, such as 127.0.0.1:9101",
        );
        default
    })
}

fn log(env: &mut Environment) -> LevelFilter {
    let Some(text) = env.optional("LOG") else {
        return LevelFilter::INFO;
    };
    match text.to_ascii_lowercase().as_str() {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => {
            env.refuse("LOG", "must be one of error, warn, info, debug and trace");
            LevelFilter::INFO
        }
    }
}

/// Read by twofactor-ctl; a typing error should be seen here as well.
fn check_audit_keep(env: &mut Environment) {
    let Some(text) = env.optional("AUDIT_KEEP") else {
        return;
    };
    let hours = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => days.parse().ok().and_then(|days: u32| days.checked_mul(24)),
        (_, Some(hours)) => hours.parse().ok(),
        _ => None,
    };
    if !hours.is_some_and(|hours| (24..=876_000).contains(&hours)) {
        let what = "must be a whole number of days or hours, such as 400d; 1d at least";
        env.refuse("AUDIT_KEEP", what);
    }
}

/// What ships has no such setting.
#[cfg(not(any(test, feature = "failpoints")))]
fn failpoint(_env: &mut Environment) -> Option<Failpoint> {
    None
}

#[cfg(any(test, feature = "failpoints"))]
fn failpoint(env: &mut Environment) -> Option<Failpoint> {
    if !env.is_on("TWOFACTOR_TESTING") {
        return None;
    }
    let text = env.optional("TWOFACTOR_FAILPOINT")?;
    let failpoint = Failpoint::parse(&text);
    if failpoint.is_none() {
        env.refuse("TWOFACTOR_FAILPOINT", Failpoint::MUST);
    }
    failpoint
}

#[cfg(test)]
mod tests;
