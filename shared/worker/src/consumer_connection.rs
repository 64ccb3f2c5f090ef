//! One connection that consumes: its deliveries are acknowledged on it, or delivered again.
//!
//! A connection is lost as a whole, whatever broke: then nothing more is acknowledged on it, and
//! the broker delivers again what was not acknowledged. It never publishes, so the broker never
//! blocks it. It also counts the events that batches took of it and that are not finished: there is
//! room for no more of them than a stop can wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::try_join_all;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicNackOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection};
use tokio::sync::{Mutex, Notify, watch};

use crate::acks::Acks;
use crate::broker::{BrokerError, no_declaration};
use crate::inbound::Inbound;
use crate::isolation::Report;

/// Maximum time to close a consumer or a connection.
const FAREWELL: Duration = Duration::from_secs(2);

/// Connection that consumes.
pub struct ConsumerConnection {
    /// Findings in its deliveries.
    pub inbound: Arc<Inbound>,
    connection: Connection,
    /// Channel on which deliveries arrive and are acknowledged.
    channel: Channel,
    /// Channel of the liveness checks.
    questions: Channel,
    acks: Mutex<Acks>,
    taken: AtomicU64,
    acknowledged: AtomicU64,
    /// Maximum count of events in hand.
    in_hand_max: u64,
    /// Notified when there may be room again.
    room: Notify,
    lost: watch::Sender<bool>,
    ended: AtomicBool,
}

impl ConsumerConnection {
    /// Consumer tag on the channel.
    pub const CONSUMER: &str = "twofactor";

    /// Makes a connection that consumes on `channel`, with room for `in_hand_max` events.
    pub fn new(
        inbound: Arc<Inbound>,
        in_hand_max: u64,
        connection: Connection,
        channel: Channel,
        questions: Channel,
    ) -> Self {
        Self {
            inbound,
            connection,
            channel,
            questions,
            acks: Mutex::new(Acks::default()),
            taken: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            in_hand_max,
            room: Notify::new(),
            lost: watch::Sender::new(false),
            ended: AtomicBool::new(false),
        }
    }

    /// Marks the connection as lost.
    pub fn lose(&self) {
        self.lost.send_replace(true);
        self.inbound.window.lose();
    }

    /// Returns `true` once it is lost.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Waits until it is lost.
    pub async fn until_lost(&self) {
        let mut lost = self.lost.subscribe();
        // The sender lives as long as `self`, so this ends with the value alone.
        let _ = lost.wait_for(|lost| *lost).await;
    }

    /// Acknowledges deliveries, each once.
    pub async fn acknowledge(&self, tags: &[u64]) -> lapin::Result<()> {
        // Held while sending: a multiple acknowledgement must not be overtaken.
        let mut acks = self.acks.lock().await;
        let sending = acks.complete(tags).into_iter().map(|ack| {
            let options = BasicAckOptions {
                multiple: ack.multiple,
            };
            self.channel.basic_ack(ack.tag, options)
        });
        // Together, so that the thread of the connection wakes once for all.
        try_join_all(sending).await?;
        self.acknowledged
            .fetch_add(tags.len() as u64, Ordering::Relaxed);
        self.inbound.window.acknowledged(tags);
        self.room.notify_one();
        Ok(())
    }

    /// Counts an event that a batch takes.
    pub fn takes_one(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many events more batches may take now.
    pub fn room(&self) -> usize {
        let in_hand = self.taken.load(Ordering::Relaxed) - self.acknowledged();
        usize::try_from(self.in_hand_max.saturating_sub(in_hand)).unwrap_or(usize::MAX)
    }

    /// Waits until batches may take an event.
    pub async fn until_room(&self) {
        while self.room() == 0 {
            self.room.notified().await;
        }
    }

    /// Returns the count of acknowledged deliveries.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Returns what it did until it broke.
    pub fn report(&self) -> Report {
        Report {
            deliveries: self.inbound.deliveries(),
            taken: self.taken.load(Ordering::Relaxed),
            acknowledged: self.acknowledged(),
            last: self.inbound.last(),
        }
    }

    /// Declares the queue passively: an answer shows that the connection is alive.
    pub async fn ask_for(&self, queue: ShortString) -> Result<(), BrokerError> {
        let passive = QueueDeclareOptions {
            passive: true,
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let name = queue.clone();
        let asked = self
            .questions
            .queue_declare(queue, passive, FieldTable::default());
        let answer = asked.await.map(drop);
        answer.map_err(|error| no_declaration(&format!("queue {name}"), &error))
    }

    /// Cancels the consumer, so that no more deliveries arrive.
    pub async fn stop_consuming(&self) {
        let cancel = self
            .channel
            .basic_cancel(Self::CONSUMER.into(), BasicCancelOptions::default());
        // A broker that does not answer will notice when the connection closes.
        let _ = tokio::time::timeout(FAREWELL, cancel).await;
    }

    /// Returns deliveries to the queue that no batch took, each once.
    pub async fn give_back(&self, tags: &[u64]) {
        let options = BasicNackOptions {
            multiple: false,
            requeue: true,
        };
        let returning = tags
            .iter()
            .map(|tag| self.channel.basic_nack(*tag, options));
        // What a broker that does not answer keeps returns when the connection closes.
        let _ = tokio::time::timeout(FAREWELL, try_join_all(returning)).await;
    }

    /// Closes the connection because the process ends.
    pub async fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.close().await;
    }

    /// Returns `true` if the process ended it, so that no other one follows.
    pub fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Closes the connection; deliveries that were not acknowledged return to the queue.
    pub async fn close(&self) {
        self.lose();
        let close = self.connection.close(200, "goodbye".into());
        let _ = tokio::time::timeout(FAREWELL, close).await;
    }
}
