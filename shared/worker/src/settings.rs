//! The settings of a worker, composed of what `twofactor_settings` reads and checked as a whole.
//!
//! All that is wrong is said at once, a sentence each, without any value: the start stops there.
//! What breaks a promise to the users is refused as well, unless `TWOFACTOR_TESTING=1`. Nothing
//! else in this crate reads settings, and nothing here connects to anything.

use std::net::SocketAddr;

use lapin::uri::AMQPUri;
use tracing::level_filters::LevelFilter;
use twofactor_contract::{Secret, Service};
use twofactor_rules::{Keyring, Limits};
use twofactor_settings::{Environment, Reader, table};
pub use twofactor_settings::{TwilioSender, TwilioSettings};

use crate::failpoint::Failpoint;

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
        let failpoint = failpoint(env);
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
            failpoint,
        })
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
