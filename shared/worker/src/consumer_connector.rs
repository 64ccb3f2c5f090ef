//! Connections that consume, one after the other: connect, declare, consume, until it is lost.
//!
//! A lost connection is taken for a fault of the broker, and all events wait. If connections break
//! again and again over one delivery, that delivery is at fault: [`Isolation`] finds it. A silent
//! connection, also one whose client library failed, is found by a check every few seconds.

use std::sync::Arc;
use std::time::Duration;

use lapin::Consumer;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval_at, timeout};
use twofactor_contract::Service;

use crate::broker::{BrokerError, BrokerNodes, describe};
use crate::consumer_connection::ConsumerConnection;
use crate::cork::Cork;
use crate::failpoint::Fault;
use crate::health::{Part, Status};
use crate::inbound::{Inbound, Screen, Width, Window};
use crate::isolation::Isolation;
use crate::patience::Patience;
use crate::publish::Publisher;
use crate::topology::{self, queue};

/// Maximum time to open a connection and declare everything on it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time between two checks of the connection.
const LOOK: Duration = Duration::from_secs(2);
/// Maximum wait for the answer to a check.
const ANSWER: Duration = Duration::from_secs(10);

/// Connection, and the stream of its deliveries.
pub type Consuming = (Arc<ConsumerConnection>, Consumer);

/// Opens connections that consume.
pub struct ConsumerConnector {
    /// Service whose queue is consumed.
    pub service: Service,
    /// Nodes of the broker.
    pub broker: Arc<BrokerNodes>,
    /// Maximum count of unacknowledged deliveries.
    pub prefetch: u16,
    /// Maximum count of events that batches took and that are not finished; so many deliveries are
    /// taken of whatever size.
    pub in_hand_max: u16,
    /// Publisher; nothing is consumed before it can publish.
    pub publisher: Arc<Publisher>,
    /// State of the worker, which is updated with each connection.
    pub status: Arc<Status>,
    /// `true` while there is a connection.
    pub current: watch::Sender<bool>,
    /// Fault that a test asked for.
    pub fault: Option<Fault>,
}

impl ConsumerConnector {
    /// Sends a connection, and the next one whenever the last one was lost. Ends when the receiver
    /// is dropped.
    pub async fn keep(self, connections: mpsc::Sender<Consuming>) {
        let mut patience = Patience::new();
        let mut isolation = Isolation::default();
        while !connections.is_closed() {
            match self.open(isolation.width()).await {
                Ok((connection, consumer)) => {
                    patience = Patience::new();
                    self.status.set_open(Part::Consuming);
                    self.current.send_replace(true);
                    tracing::info!(width = isolation.width().name(), "consuming");
                    if connections
                        .send((connection.clone(), consumer))
                        .await
                        .is_err()
                    {
                        return;
                    }
                    let is_over = self.watch(&connection, &isolation).await;
                    self.current.send_replace(false);
                    if connection.is_ended() {
                        return;
                    }
                    // What is not read cannot have broken the connection.
                    let was_stopped = connection.inbound.window.is_stopped();
                    connection.close().await;
                    if is_over {
                        isolation.end();
                        continue;
                    }
                    if was_stopped {
                        tracing::warn!(
                            "the connection that consumes ended while its deliveries here were too \
                             large to read more; they come again"
                        );
                    } else {
                        isolation.broke(connection.report());
                    }
                    self.report_loss(&isolation);
                }
                Err(error) => {
                    tracing::warn!(%error, "nothing can be consumed; trying again");
                    self.status.set_down(Part::Consuming, error.to_string());
                }
            }
            patience.wait().await;
        }
    }

    /// Waits until the connection is lost (`false`), or may take deliveries at full width again
    /// (`true`).
    async fn watch(&self, connection: &ConsumerConnection, isolation: &Isolation) -> bool {
        let start = tokio::time::Instant::now() + LOOK;
        let mut look = interval_at(start, LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = connection.until_lost() => return false,
                _ = look.tick() => {}
            }
            let acknowledged = connection.acknowledged();
            if isolation.is_over(acknowledged, connection.inbound.deliveries()) {
                tracing::info!("deliveries are taken at full width again");
                return true;
            }
            let window = &connection.inbound.window;
            let before = (window.is_stopped(), window.stops());
            let asked = timeout(ANSWER, connection.ask_for(queue(self.service)));
            let answer = tokio::select! {
                () = connection.until_lost() => return false,
                answer = asked => answer,
            };
            let silent = BrokerError::new("the broker does not answer on an open connection");
            // The answer of a broker may wait behind deliveries that are not read for now.
            let is_behind = before != (false, window.stops());
            if answer.is_err() && is_behind {
                continue;
            }
            if let Err(error) = answer.unwrap_or(Err(silent)) {
                tracing::warn!(%error, "the connection that consumes is given up");
                connection.lose();
            }
        }
    }

    /// Reports that the connection was lost, and how deliveries are taken from now on.
    fn report_loss(&self, isolation: &Isolation) {
        self.status.set_down(
            Part::Consuming,
            "the connection that consumes was lost".to_owned(),
        );
        match isolation.width() {
            Width::Full => {
                tracing::warn!("the connection that consumes is lost; connecting again");
            }
            Width::One { isolated: None } => tracing::warn!(
                "connections break and nothing is acknowledged; deliveries are taken one at a time \
                 until the one that breaks them is found"
            ),
            Width::One { isolated: Some(_) } => tracing::error!(
                "one delivery breaks every connection; it is set aside when it is delivered again"
            ),
        }
    }

    async fn open(&self, width: Width) -> Result<Consuming, BrokerError> {
        // Events that cannot be answered should wait in the queue. The publisher reports why.
        self.publisher.until_possible().await;
        let silent = || BrokerError::new("the broker does not answer in time");
        let opened = timeout(PATIENCE, self.consume(width)).await;
        opened.unwrap_or_else(|_| Err(silent()))
    }

    async fn consume(&self, width: Width) -> Result<Consuming, BrokerError> {
        let window = Window::new(usize::from(self.in_hand_max));
        let inbound = Arc::new(Inbound::new(width, window));
        let screened = inbound.clone();
        let fault = self.fault;
        let screen = move || Screen::new(screened.clone(), fault);
        let connection = self
            .broker
            .connect(Part::Consuming.name(), Some(screen), &Cork::default())
            .await?;
        let problem = |error: lapin::Error| BrokerError::new(describe(&error));
        let questions = connection.create_channel().await.map_err(problem)?;
        topology::declare(&questions).await?;
        let channel = connection.create_channel().await.map_err(problem)?;
        let prefetch = match width {
            Width::Full => self.prefetch,
            Width::One { .. } => 1,
        };
        let limited = channel.basic_qos(prefetch, BasicQosOptions::default());
        limited.await.map_err(problem)?;
        let options = BasicConsumeOptions::default();
        let consumer = channel.basic_consume(
            queue(self.service),
            ConsumerConnection::CONSUMER.into(),
            options,
            FieldTable::default(),
        );
        let consumer = consumer.await.map_err(problem)?;
        let in_hand_max = u64::from(self.in_hand_max);
        let consuming =
            ConsumerConnection::new(inbound, in_hand_max, connection, channel, questions);
        Ok((Arc::new(consuming), consumer))
    }
}
