//! The settings of a worker, composed of what `twofactor_settings` reads and checked as a whole.
//!
//! All problems are reported at once, a sentence each, without any value, and the worker does not
//! start. A setting that breaks a promise to the users is refused too, unless
//! `TWOFACTOR_TESTING=1`. Nothing else in this crate reads settings, and nothing here connects to
//! anything.

use std::net::SocketAddr;

use lapin::uri::AMQPUri;
use tracing::level_filters::LevelFilter;
use twofactor_contract::{Secret, Service};
use twofactor_rules::{Keyring, Limits};
use twofactor_settings::{Environment, Reader, table};
pub use twofactor_settings::{TwilioSender, TwilioSettings};

use crate::failpoint::Fault;

/// Settings of a worker.
pub struct Settings {
    /// URLs of the nodes of the broker, with the password.
    pub amqp: Vec<AMQPUri>,
    /// URL of the database, with the password.
    pub database_url: Secret<String>,
    /// Keys that seal and open.
    pub keyring: Keyring,
    /// Address of `/metrics`, `/healthz` and `/readyz`.
    pub metrics_addr: SocketAddr,
    /// Limits of the rules.
    pub limits: Limits,
    /// Provider of texts, for the workers that send them.
    pub twilio: Option<TwilioSettings>,
    /// Maximum count of deliveries in one transaction.
    pub batch_max: usize,
    /// Maximum count of connections to the database.
    pub db_pool: usize,
    /// URL that spans are posted to, if they are; it may hold credentials.
    pub traces: Option<Secret<String>>,
    /// Level of our own log lines.
    pub log: LevelFilter,
    /// Fault that a test asked for.
    pub fault: Option<Fault>,
}

impl Settings {
    /// Reads the settings from this process's environment; the error is every problem with them.
    pub fn of_process(service: Service) -> Result<Self, Vec<String>> {
        Self::read(service, Environment::of_process())
    }

    fn read(service: Service, mut env: Environment) -> Result<Self, Vec<String>> {
        let read = Self::compose(service, &mut env);
        env.complete(read)
    }

    fn compose(service: Service, env: &mut Environment) -> Option<Self> {
        let amqp = twofactor_settings::amqp_url(env);
        let database_url = twofactor_settings::database_url(env);
        let keyring = twofactor_settings::keyring(env);
        let metrics_addr = twofactor_settings::metrics_addr(service, env);
        let sends_texts = Reader::TEXTING.contains(&service.into());
        let limits = twofactor_settings::limits(sends_texts, env);
        let twilio = if sends_texts {
            twofactor_settings::twilio(env)
        } else {
            None
        };
        let batch_max = env.count(&table::BATCH_MAX);
        let db_pool = env.count(&table::DB_POOL);
        let traces = twofactor_settings::traces(env);
        let log = twofactor_settings::log(env);
        let fault = fault(env);
        // For twofactor-ctl; a typing error should be seen here as well.
        twofactor_settings::audit_keep(env);
        Some(Self {
            amqp: amqp?,
            database_url: database_url?,
            keyring: keyring?,
            metrics_addr,
            limits,
            twilio,
            batch_max: batch_max as usize,
            db_pool: db_pool as usize,
            traces,
            log,
            fault,
        })
    }
}

/// Returns none: the binaries that ship have no such setting.
#[cfg(not(any(test, feature = "failpoints")))]
fn fault(_env: &mut Environment) -> Option<Fault> {
    None
}

#[cfg(any(test, feature = "failpoints"))]
fn fault(env: &mut Environment) -> Option<Fault> {
    if !env.is_on("TWOFACTOR_TESTING") {
        return None;
    }
    let value = env.optional("TWOFACTOR_FAILPOINT")?;
    let fault = Fault::parse(&value);
    if fault.is_none() {
        env.refuse("TWOFACTOR_FAILPOINT", Fault::MUST);
    }
    fault
}

#[cfg(test)]
mod tests;
