//! One connection that publishes, opened again whenever it is lost.
//!
//! Whose trouble is it? A connection that cannot be opened, or that the broker blocks because its
//! memory or its disk runs out (`connection.blocked`), is the broker's: whoever publishes waits,
//! `/readyz` says why, and nothing is given up for it. A connection never consumes as well, so that
//! what is confirmed can be acknowledged while publishing is blocked.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lapin::Connection;
use tokio::sync::Mutex;

use crate::broker::{BrokerError, BrokerNodes};
use crate::health::{Part, Status};
use crate::inbound::Screen;
use crate::patience::Patience;

/// Between two looks at a connection.
const LOOK: Duration = Duration::from_secs(1);
/// For a farewell to the broker.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection of one kind.
pub struct Link {
    broker: Arc<BrokerNodes>,
    part: Part,
    status: Arc<Status>,
    current: Mutex<Option<Arc<Connection>>>,
}

impl Link {
    /// A connection that is opened when it is first needed.
    pub fn new(broker: Arc<BrokerNodes>, part: Part, status: Arc<Status>) -> Arc<Self> {
        Arc::new(Self {
            broker,
            part,
            status,
            current: Mutex::new(None),
        })
    }

    /// The connection. Waits until there is one: it has no end of its own, since only the broker
    /// can end the wait.
    pub async fn connection(&self) -> Arc<Connection> {
        // Held while connecting, so that one caller connects for all.
        let mut current = self.current.lock().await;
        let mut patience = Patience::new();
        loop {
            if let Some(connection) = current.as_ref().filter(|open| open.status().connected()) {
                return connection.clone();
            }
            if current.take().is_some() {
                self.is_lost(&BrokerError::new("the connection was lost"));
            }
            let opened = self
                .broker
                .connect(self.part.name(), None::<fn() -> Screen>)
                .await;
            match opened {
                Ok(connection) => {
                    self.status.is_well(self.part);
                    *current = Some(Arc::new(connection));
                }
                Err(error) => {
                    self.is_lost(&error);
                    patience.wait().await;
                }
            }
        }
    }

    /// Gives a connection up that is lost or does not answer; the next one is opened. What is known
    /// of this link changes only while that connection is still its own: whoever notices a loss late
    /// must not call the next connection lost.
    pub async fn give_up(&self, dead: &Arc<Connection>, error: &BrokerError) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|open| Arc::ptr_eq(open, dead)) {
            *current = None;
            self.is_lost(error);
        }
        drop(current);
        let dead = dead.clone();
        // Its threads end with it, also where the broker never says goodbye.
        tokio::spawn(async move { close(&dead).await });
    }

    /// Keeps a connection open and its state known, for the life of the process.
    pub async fn keep_open(self: Arc<Self>) {
        loop {
            let connection = self.connection().await;
            while connection.status().connected() {
                self.tell_whether_blocked(&connection);
                tokio::time::sleep(LOOK).await;
            }
            let lost = BrokerError::new("the connection was lost");
            self.give_up(&connection, &lost).await;
        }
    }

    /// Whether the broker blocks this connection; tells it.
    pub fn tell_whether_blocked(&self, connection: &Connection) -> bool {
        let is_blocked = connection.status().blocked();
        self.status.is_blocked(self.part, is_blocked);
        is_blocked
    }

    /// Closes the connection of a process that ends.
    pub async fn close(&self) {
        // Whoever holds it is waiting for a broker that is not there.
        let connection = self
            .current
            .try_lock()
            .ok()
            .and_then(|mut current| current.take());
        if let Some(connection) = connection {
            close(&connection).await;
        }
    }

    /// What a future yields within `limit`, not counting while nobody can publish on the connection.
    pub async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        let mut future = std::pin::pin!(future);
        loop {
            match tokio::time::timeout(limit, &mut future).await {
                Ok(done) => return Some(done),
                Err(_) if self.stands_still() => {}
                Err(_) => return None,
            }
        }
    }

    /// Whether nobody can publish on it.
    pub fn stands_still(&self) -> bool {
        self.status.stands_still(self.part)
    }

    /// Publishing on it does not work.
    fn is_lost(&self, error: &BrokerError) {
        let part = self.part.name();
        tracing::warn!(%error, connection = part, "a connection for publishing is lost; connecting again");
        self.status.is_down(self.part, error.to_string());
    }
}

async fn close(connection: &Connection) {
    if connection.status().connected() {
        let _ = tokio::time::timeout(FAREWELL, connection.close(200, "goodbye".into())).await;
    }
}
