//! One connection to the broker: what came on it is acknowledged on it, or comes back.
//!
//! A session is lost as a whole, whatever broke first: then nothing more is published or
//! acknowledged on it, and the broker delivers what was not acknowledged again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lapin::options::{BasicAckOptions, BasicCancelOptions};
use lapin::{Channel, Connection};
use tokio::sync::{Mutex, watch};

use crate::acks::Acks;
use crate::publish::Publisher;

/// How long a farewell to the broker may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection that consumes and publishes.
pub struct Session {
    /// Publishes outcomes.
    pub publisher: Publisher,
    connection: Connection,
    channel: Channel,
    acks: Mutex<Acks>,
    lost: watch::Sender<bool>,
    ended: AtomicBool,
}

impl Session {
    /// The consumer's name on the channel.
    pub const CONSUMER: &str = "twofactor";

    /// A session that consumes on `channel`.
    pub fn new(connection: Connection, channel: Channel, publisher: Publisher) -> Self {
        let acks = Mutex::new(Acks::default());
        Self {
            publisher,
            connection,
            channel,
            acks,
            lost: watch::Sender::new(false),
            ended: AtomicBool::new(false),
        }
    }

    /// Gives the session up.
    pub fn lose(&self) {
        self.lost.send_replace(true);
    }

    /// Whether it was given up.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Returns once it was given up.
    pub async fn until_lost(&self) {
        let mut lost = self.lost.subscribe();
        // The sender lives as long as `self`, so this ends with the value alone.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Acknowledges deliveries, each once.
    pub async fn acknowledge(&self, tags: &[u64]) -> lapin::Result<()> {
        // Held while sending: a multiple acknowledgement must not be overtaken.
        let mut acks = self.acks.lock().await;
        for ack in acks.complete(tags) {
            let options = BasicAckOptions {
                multiple: ack.multiple,
            };
            self.channel.basic_ack(ack.tag, options).await?;
        }
        Ok(())
    }

    /// Takes no more deliveries.
    pub async fn stop_consuming(&self) {
        let cancel = self
            .channel
            .basic_cancel(Self::CONSUMER.into(), BasicCancelOptions::default());
        // A broker that does not answer will notice when the connection closes.
        let _ = tokio::time::timeout(FAREWELL, cancel).await;
    }

    /// Closes the last connection of a process that ends.
    pub async fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.close().await;
    }

    /// Whether the process itself ended it, so that none follows.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Closes the connection; what was not acknowledged goes back to the queue.
    pub async fn close(&self) {
        self.lose();
        let close = self.connection.close(200, "goodbye".into());
        let _ = tokio::time::timeout(FAREWELL, close).await;
    }
}
