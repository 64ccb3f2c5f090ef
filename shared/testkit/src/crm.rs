//! A CRM as the contract describes it: publishes auth events, gets each outcome back by its
//! correlation id.
//!
//! Many requests may be in flight at once. It knows exchanges and reply queues, and no event. What
//! a worker took and what it answered must be as the published schemas say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures::StreamExt;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, Consumer};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::event::CrmEvent;
use crate::letter::{Letter, ReplyPath, short};
use crate::outcome::Outcome;
use crate::published::{DifferenceRecorder, Differences, Sight};

/// The exchange to which the CRM publishes.
pub const EXCHANGE: &str = "crm.auth";
const DIRECT: &str = "amq.rabbitmq.reply-to";
const PATIENCE: Duration = Duration::from_secs(30);

type Waiters = Arc<Mutex<HashMap<String, oneshot::Sender<Outcome>>>>;

/// A connected CRM.
pub struct Crm {
    connection: Connection,
    channel: Channel,
    reply_queue: String,
    waiters: Waiters,
    patience: Duration,
    differences: Differences,
}

impl Crm {
    /// Connects as the user that the URL names, and listens on both kinds of reply queue.
    pub async fn connect(url: &str) -> Result<Self> {
        let properties = ConnectionProperties::default().with_connection_name("crm".into());
        let connection = Connection::connect(url, properties)
            .await
            .context("the CRM cannot connect to the broker")?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        let reply_queue = format!("crm.reply.{}", Uuid::new_v4());
        let own = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        channel
            .queue_declare(short(&reply_queue), own, FieldTable::default())
            .await?;
        let waiters = Waiters::default();
        let differences = Differences::default();
        for queue in [DIRECT, &reply_queue] {
            let unacknowledged = BasicConsumeOptions {
                no_ack: true,
                ..BasicConsumeOptions::default()
            };
            let consumer = channel
                .basic_consume(
                    short(queue),
                    "".into(),
                    unacknowledged,
                    FieldTable::default(),
                )
                .await?;
            tokio::spawn(hand_out(
                consumer,
                Arc::clone(&waiters),
                differences.recorder(),
            ));
        }
        Ok(Self {
            connection,
            channel,
            reply_queue,
            waiters,
            patience: PATIENCE,
            differences,
        })
    }

    /// Waits for that time for each outcome, instead of 30 s.
    #[must_use]
    pub fn patient_for(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Does the broker still hold the connection?
    pub fn is_connected(&self) -> bool {
        self.connection.status().connected()
    }

    /// Returns the name of its own reply queue.
    pub fn reply_queue(&self) -> &str {
        &self.reply_queue
    }

    /// Publishes an event and waits for its outcome by direct reply-to.
    pub async fn ask(&self, event: &CrmEvent) -> Result<Outcome> {
        self.ask_by(&event.letter(), &ReplyPath::Direct).await
    }

    /// Returns the same, where the outcome must be of that kind.
    pub async fn ask_for(&self, event: &CrmEvent, kind: &str) -> Result<Outcome> {
        self.ask(event).await?.of_kind(kind)
    }

    /// Publishes any message and waits for its outcome on that path.
    pub async fn ask_by(&self, letter: &Letter, path: &ReplyPath) -> Result<Outcome> {
        let (outcome, is_expected) = oneshot::channel();
        let Some(id) = letter.expected_under().map(str::to_owned) else {
            bail!("a message without a correlation id has no outcome to wait for");
        };
        self.waiters().insert(id.clone(), outcome);
        let answered = async {
            self.send(letter, path).await?;
            is_expected
                .await
                .map_err(|_| anyhow!("the CRM lost its connection to the broker"))
        };
        let outcome = tokio::time::timeout(self.patience, answered).await;
        self.waiters().remove(&id);
        if let Ok(Ok(outcome)) = &outcome
            && outcome.kind() != "event.rejected.v1"
        {
            let event = serde_json::from_slice(letter.body()).unwrap_or_default();
            self.differences.recorder().check_event(&event, outcome);
        }
        outcome.unwrap_or_else(|_| {
            let patience = self.patience.as_secs_f32();
            let event = letter.routing_key();
            Err(anyhow!("no outcome of {event} ({id}) after {patience} s"))
        })
    }

    /// Publishes an event that nobody waits for; returns when the broker has it.
    pub async fn tell(&self, event: &CrmEvent) -> Result<()> {
        self.send(&event.letter(), &ReplyPath::None).await
    }

    /// Publishes any message; returns when the broker has it.
    pub async fn send(&self, letter: &Letter, path: &ReplyPath) -> Result<()> {
        let reply_to = match path {
            ReplyPath::Direct => Some(DIRECT),
            ReplyPath::Queue => Some(self.reply_queue.as_str()),
            ReplyPath::Named(queue) => Some(queue.as_str()),
            ReplyPath::None => None,
        };
        let confirmation = self
            .channel
            .basic_publish(
                EXCHANGE.into(),
                short(letter.routing_key()),
                BasicPublishOptions::default(),
                letter.body(),
                letter.properties(reply_to),
            )
            .await?
            .await
            .with_context(|| format!("{} was not published", letter.routing_key()))?;
        if confirmation.is_nack() {
            bail!("the broker refused {}", letter.routing_key());
        }
        Ok(())
    }

    /// Closes the connection to the broker.
    pub async fn close(self) -> Result<()> {
        self.connection.close(200, "done".into()).await?;
        Ok(())
    }

    fn waiters(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Outcome>>> {
        self.waiters.lock().expect("no waiter panics")
    }
}

/// Passes every outcome to the request that waits for it; one that no request waits for is dropped.
async fn hand_out(mut consumer: Consumer, waiters: Waiters, recorder: DifferenceRecorder) {
    while let Some(Ok(delivery)) = consumer.next().await {
        let outcome = Outcome::of(delivery);
        recorder.check_outcome(Sight::Reply, &outcome);
        let id = outcome.correlation_id.clone().unwrap_or_default();
        let waiter = waiters.lock().expect("no waiter panics").remove(&id);
        if let Some(waiter) = waiter {
            let _ = waiter.send(outcome);
        }
    }
    // Requests that still wait fail at once, since nothing will come.
    waiters.lock().expect("no waiter panics").clear();
}
