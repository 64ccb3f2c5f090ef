//! ConsumerConnector with the broker, one after the other: connect, declare, consume, until it breaks.
//!
//! Whose trouble is it? Until something else is known, the broker's, and everybody waits. A connection
//! that breaks over one delivery again and again is that delivery's: [`Isolation`] finds it. A
//! connection that says nothing any more, also because the client library itself failed, is found
//! by a question every few seconds.

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
use crate::failpoint::Fault;
use crate::health::{Part, Status};
use crate::inbound::{Inbound, Screen, Width};
use crate::isolation::Isolation;
use crate::patience::Patience;
use crate::publish::Publisher;
use crate::topology::{self, queue};

/// For a connection with everything declared on it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two questions to the broker.
const LOOK: Duration = Duration::from_secs(2);
/// For an answer.
const ANSWER: Duration = Duration::from_secs(10);

/// A connection, and what comes on it.
pub type Consuming = (Arc<ConsumerConnection>, Consumer);

/// Gets connections.
pub struct ConsumerConnector {
    /// Whose queue.
    pub service: Service,
    /// The broker that has it.
    pub broker: Arc<BrokerNodes>,
    /// Unacknowledged deliveries at most.
    pub prefetch: u16,
    /// Publishes; nothing is consumed before it can.
    pub publisher: Arc<Publisher>,
    /// Told whether a connection holds.
    pub status: Arc<Status>,
    /// Whether there is a connection now.
    pub current: watch::Sender<bool>,
    /// Where this process fails, in a test.
    pub fault: Option<Fault>,
}

impl ConsumerConnector {
    /// Hands over a connection, and the next one whenever the last one was lost. Ends with whoever
    /// takes them.
    pub async fn keep(self, connections: mpsc::Sender<Consuming>) {
        let mut patience = Patience::new();
        let mut isolation = Isolation::default();
        loop {
            match self.open(isolation.width()).await {
                Ok((connection, consumer)) => {
                    patience = Patience::new();
                    self.status.is_well(Part::Consuming);
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
                    connection.close().await;
                    if is_over {
                        isolation.end();
                        continue;
                    }
                    isolation.broke(connection.report());
                    self.is_lost(&isolation);
                }
                Err(error) => {
                    tracing::warn!(%error, "nothing can be consumed; trying again");
                    self.status.is_down(Part::Consuming, error.to_string());
                }
            }
            patience.wait().await;
        }
    }

    /// Returns once the connection is lost, or once enough was taken one at a time: true then.
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
                tracing::info!("the queue is taken at full width again");
                return true;
            }
            let asked = timeout(ANSWER, connection.ask_for(queue(self.service)));
            let answer = tokio::select! {
                () = connection.until_lost() => return false,
                answer = asked => answer,
            };
            let silent = BrokerError::new("the broker does not answer on an open connection");
            if let Err(error) = answer.unwrap_or(Err(silent)) {
                tracing::warn!(%error, "the connection is given up");
                connection.lose();
            }
        }
    }

    fn is_lost(&self, isolation: &Isolation) {
        self.status.is_down(
            Part::Consuming,
            "the connection with the broker was lost".to_owned(),
        );
        match isolation.width() {
            Width::Full => {
                tracing::warn!("the connection with the broker is lost; connecting again")
            }
            Width::One { isolated: None } => tracing::warn!(
                "connections break and nothing is acknowledged; deliveries are taken one at a time \
                 until the one is found that breaks them"
            ),
            Width::One { isolated: Some(_) } => tracing::error!(
                "one delivery breaks every connection; it is set aside when it comes again"
            ),
        }
    }

    async fn open(&self, width: Width) -> Result<Consuming, BrokerError> {
        // What cannot be answered had better wait in the queue. Who cannot publish says so itself.
        self.publisher.is_possible().await;
        let silent = || BrokerError::new("the broker does not answer in time");
        let opened = timeout(PATIENCE, self.consume(width)).await;
        opened.unwrap_or_else(|_| Err(silent()))
    }

    async fn consume(&self, width: Width) -> Result<Consuming, BrokerError> {
        let inbound = Arc::new(Inbound::new(width));
        let screened = inbound.clone();
        let fault = self.fault;
        let screen = move || Screen::new(screened.clone(), fault);
        let connection = self
            .broker
            .connect(Part::Consuming.name(), Some(screen))
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
        let consuming = ConsumerConnection::new(inbound, connection, channel, questions);
        Ok((Arc::new(consuming), consumer))
    }
}
