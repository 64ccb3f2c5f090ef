//! The broker as its administrator sees it: who observes, what waits, who consumes.
//!
//! It knows queues, and no event.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lapin::options::{QueueBindOptions, QueueDeclareOptions, QueuePurgeOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, Connection, ConnectionProperties, Queue};
use twofactor_stack::interrupt;

use super::ground::Ground;

/// The queue that every broadcast lands in, of the kind that an observer should have.
const OBSERVER: &str = "bench.observer";
const EVENTS: &str = "twofactor.events";
const PATIENCE: Duration = Duration::from_mins(5);
const POLL: Duration = Duration::from_millis(5);

/// An administrator's connection.
pub struct Broker {
    channel: Channel,
    _connection: Connection,
}

impl Broker {
    /// Connects, and lets broadcasts be observed from now on.
    pub async fn connect(ground: &Ground) -> Result<Self> {
        let url = ground.variable("ADMINISTRATOR_AMQP_URL")?;
        let properties = ConnectionProperties::default().with_connection_name("bench".into());
        let connection = Connection::connect(&url, properties)
            .await
            .context("the administrator cannot connect to the broker")?;
        let channel = connection.create_channel().await?;
        let mut arguments = FieldTable::default();
        let quorum = AMQPValue::LongString(LongString::from("quorum"));
        arguments.insert("x-queue-type".into(), quorum);
        let durable = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(OBSERVER.into(), durable, arguments)
            .await?;
        let bind = QueueBindOptions::default();
        channel
            .queue_bind(
                OBSERVER.into(),
                EVENTS.into(),
                "#".into(),
                bind,
                FieldTable::default(),
            )
            .await?;
        Ok(Self {
            channel,
            _connection: connection,
        })
    }

    /// Empties the observer's queue, which nobody reads.
    pub async fn forget_broadcasts(&self) -> Result<()> {
        let options = QueuePurgeOptions::default();
        self.channel.queue_purge(OBSERVER.into(), options).await?;
        Ok(())
    }

    /// Waits until no message waits in the queue of a worker.
    pub async fn is_empty(&self, worker: &str) -> Result<()> {
        self.until(worker, |queue| queue.message_count() == 0).await
    }

    /// Waits until somebody consumes from the queue of a worker.
    pub async fn is_consumed(&self, worker: &str) -> Result<()> {
        self.until(worker, |queue| queue.consumer_count() > 0).await
    }

    /// Waits until nobody does.
    pub async fn is_left_alone(&self, worker: &str) -> Result<()> {
        self.until(worker, |queue| queue.consumer_count() == 0)
            .await
    }

    async fn until(&self, worker: &str, holds: impl Fn(&Queue) -> bool) -> Result<()> {
        let name = format!("twofactor.{worker}");
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            interrupt::check()?;
            let declared =
                self.channel
                    .queue_declare(name.as_str().into(), passive, FieldTable::default());
            if holds(&declared.await?) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{name} is not as it should be");
            // A queue tells nobody how it is.
            tokio::time::sleep(POLL).await;
        }
    }
}
