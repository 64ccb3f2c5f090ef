//! The letters in the `.dead` queues, taken out by an operator, so that each comes once.
//!
//! It knows the queues' names and that a passive declare counts exactly.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties};
use twofactor_contract::Service;

use crate::letter::short;
use crate::outcome::Outcome;

const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(10);

/// An operator at the broker.
pub struct DeadLetters {
    channel: Channel,
    _connection: Connection,
}

impl DeadLetters {
    /// Connects as the user that the URL names.
    pub async fn connect(url: &str) -> Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name("operator".into());
        let connection = Connection::connect(url, properties)
            .await
            .context("the operator cannot connect to the broker")?;
        let channel = connection.create_channel().await?;
        Ok(Self {
            channel,
            _connection: connection,
        })
    }

    /// Returns the count of letters in the `.dead` queue of a worker.
    pub async fn count(&self, service: Service) -> Result<u32> {
        self.messages(&format!("twofactor.{}.dead", service.name()))
            .await
    }

    /// Returns the count of messages that wait in a queue.
    pub async fn messages(&self, queue: &str) -> Result<u32> {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let declared = self
            .channel
            .queue_declare(short(queue), passive, FieldTable::default())
            .await
            .with_context(|| format!("the operator cannot see {queue}"))?;
        Ok(declared.message_count())
    }

    /// Waits until the queue of a worker is empty.
    pub async fn is_drained(&self, service: Service, patience: Duration) -> Result<()> {
        let queue = format!("twofactor.{}", service.name());
        let deadline = Instant::now() + patience;
        loop {
            let left = self.messages(&queue).await?;
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{left} messages wait in {queue} after {patience:?}");
            }
            // A queue has no event for being empty.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Takes the oldest letter of a worker out, where there is one.
    pub async fn take(&self, service: Service) -> Result<Option<Outcome>> {
        let queue = format!("twofactor.{}.dead", service.name());
        let got = self
            .channel
            .basic_get(short(&queue), BasicGetOptions { no_ack: true })
            .await
            .with_context(|| format!("the operator cannot read {queue}"))?;
        Ok(got.map(|message| Outcome::of(message.delivery)))
    }

    /// Takes the oldest letter of a worker out, once there is one.
    pub async fn next(&self, service: Service) -> Result<Outcome> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(letter) = self.take(service).await? {
                return Ok(letter);
            }
            if Instant::now() > deadline {
                bail!(
                    "nothing was set aside by {} in {PATIENCE:?}",
                    service.name()
                );
            }
            // An operator may read and may not consume.
            tokio::time::sleep(POLL).await;
        }
    }

    /// Takes all letters of a worker out.
    pub async fn take_all(&self, service: Service) -> Result<Vec<Outcome>> {
        let mut all = Vec::new();
        while let Some(letter) = self.take(service).await? {
            all.push(letter);
        }
        Ok(all)
    }
}
