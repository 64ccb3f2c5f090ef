//! The loop of a worker: a connection, batches from it, until it is asked to stop.
//!
//! Events arrive from the broker, and come back once the provider has answered. When the process is
//! asked to stop, no more deliveries are taken; texts that are being sent are waited for and
//! decided.

use std::sync::Arc;

use futures::StreamExt;
use lapin::Consumer;
use tokio::sync::{mpsc, watch};

use crate::batch;
use crate::broker::describe;
use crate::consumer_connection::ConsumerConnection;
use crate::consumer_connector::Consuming;
use crate::delivered::{Delivered, Intake};
use crate::fates::Fates;
use crate::health::Status;

/// Parts of the loop.
pub struct Worker {
    /// Reads deliveries.
    pub intake: Intake,
    /// Decides batches.
    pub fates: Fates,
    /// Events that come back to be decided.
    pub again: mpsc::UnboundedReceiver<Delivered>,
    /// Connections that consume, one after the other.
    pub connections: mpsc::Receiver<Consuming>,
    /// Maximum count of events in one batch.
    pub batch_max: usize,
    /// `true` once the process is asked to stop.
    pub stop: watch::Receiver<bool>,
    /// State of the worker, which notes that it stops.
    pub status: Arc<Status>,
}

/// Reason why the loop wakes up.
enum Woken {
    Connection(Consuming),
    Event(Delivered),
    Lost,
    Stop,
}

impl Worker {
    /// Works until it is asked to stop and everything that was begun is finished.
    pub async fn run(mut self) {
        let mut consuming: Option<Consuming> = None;
        let mut stopping = false;
        while !(stopping && self.fates.turns.in_flight.is_empty()) {
            match self.wake(consuming.as_mut(), stopping).await {
                Woken::Connection(connection) => consuming = Some(connection),
                Woken::Event(event) => {
                    if !self.handle(event, consuming.as_mut()).await {
                        lose(&mut consuming);
                    }
                }
                Woken::Lost => lose(&mut consuming),
                Woken::Stop => {
                    stopping = true;
                    self.status.set_stopping();
                    if let Some((connection, _)) = &consuming {
                        connection.stop_consuming().await;
                    }
                }
            }
        }
        self.fates.outbox.drain().await;
        if let Some((connection, _)) = &consuming {
            connection.end().await;
        }
    }

    /// Waits for what comes first. After the request to stop it waits only for answers to texts.
    async fn wake(&mut self, consuming: Option<&mut Consuming>, stopping: bool) -> Woken {
        let (connection, consumer) = match consuming {
            Some((connection, consumer)) if !stopping => (Some(connection), Some(consumer)),
            _ => (None, None),
        };
        let connection = connection.cloned();
        let is_connected = connection.is_some();
        tokio::select! {
            biased;
            Ok(_) = self.stop.wait_for(|stop| *stop), if !stopping => Woken::Stop,
            Some(event) = self.again.recv() => Woken::Event(event),
            () = until_lost(connection.as_deref()), if is_connected => Woken::Lost,
            delivery = next(consumer), if is_connected => match (delivery, &connection) {
                (Some(Ok(delivery)), Some(connection)) => {
                    Woken::Event(self.intake.take(connection, delivery))
                }
                (Some(Err(error)), _) => {
                    tracing::warn!(error = describe(&error), "the broker ended the consumer");
                    Woken::Lost
                }
                _ => Woken::Lost,
            },
            Some(next) = self.connections.recv(), if !is_connected && !stopping => {
                Woken::Connection(next)
            }
        }
    }

    /// Decides a batch that begins with this event. `false` if the connection is lost.
    async fn handle(&mut self, first: Delivered, consuming: Option<&mut Consuming>) -> bool {
        let mut events = vec![first];
        let max = self.batch_max;
        let again = &mut self.again;
        let is_stopping = *self.stop.borrow();
        let filled = match consuming.filter(|_| !is_stopping) {
            Some((connection, consumer)) => {
                let intake = &self.intake;
                let take = |delivery| intake.take(connection, delivery);
                batch::fill(&mut events, max, again, Some(consumer), take)
            }
            None => batch::fill(&mut events, max, again, None::<&mut Consumer>, |_| {
                unreachable!("there is no consumer to read from")
            }),
        };
        self.fates.meet(events).await;
        filled.is_ok()
    }
}

fn lose(consuming: &mut Option<Consuming>) {
    if let Some((connection, _)) = consuming.take() {
        connection.lose();
    }
}

async fn until_lost(connection: Option<&ConsumerConnection>) {
    match connection {
        Some(connection) => connection.until_lost().await,
        None => std::future::pending().await,
    }
}

async fn next(consumer: Option<&mut Consumer>) -> Option<lapin::Result<lapin::message::Delivery>> {
    consumer?.next().await
}
