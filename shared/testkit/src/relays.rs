//! A worker's two connections, each through a relay: to the broker and to the database.
//!
//! It knows which settings hold their URLs.

use anyhow::Result;
use twofactor_contract::Service;

use crate::relay::Relay;
use crate::world::World;

/// Both relays, open, and the URLs that lead through them.
pub struct Relays {
    /// The relay to the broker.
    pub broker: Relay,
    /// The relay to the database.
    pub database: Relay,
    /// The broker's URL, to be changed before a worker is started with it.
    pub amqp_url: String,
    database_url: String,
}

impl Relays {
    /// Starts both for a worker of that world.
    pub async fn before(world: &World, service: Service) -> Result<Self> {
        let (amqp, sql) = world.urls(service);
        let (broker, database) = tokio::try_join!(Relay::before(&amqp), Relay::before(&sql))?;
        Ok(Self {
            amqp_url: broker.url(&amqp)?,
            database_url: database.url(&sql)?,
            broker,
            database,
        })
    }

    /// Returns the settings with which the worker goes through them.
    pub fn settings(&self) -> [(&str, &str); 2] {
        [
            ("AMQP_URL", self.amqp_url.as_str()),
            ("DATABASE_URL", self.database_url.as_str()),
        ]
    }
}
