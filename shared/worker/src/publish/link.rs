//! One connection that publishes, opened again whenever it is lost.
//!
//! If a connection cannot be opened, or the broker blocks it because its memory or its disk runs
//! out (`connection.blocked`), all publishing waits, `/readyz` says why, and no copy is given up,
//! unless that connection alone is refused ([`Link::is_refused`]). A connection that publishes takes no
//! events, so that confirmed ones can be acknowledged while publishing is blocked.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lapin::Connection;
use tokio::sync::Mutex;

use crate::broker::{BrokerError, BrokerNodes};
use crate::cork::Cork;
use crate::health::{Part, Status};
use crate::inbound::Screen;
use crate::patience::Patience;

/// Time between two checks of a connection.
const LOOK: Duration = Duration::from_secs(1);
/// Maximum time to close a connection.
const FAREWELL: Duration = Duration::from_secs(2);

/// Connection of one kind.
pub struct Link {
    broker: Arc<BrokerNodes>,
    part: Part,
    status: Arc<Status>,
    current: Mutex<Option<Arc<Connection>>>,
    cork: Cork,
}

impl Link {
    /// Makes a connection that is opened at its first use.
    pub fn new(broker: Arc<BrokerNodes>, part: Part, status: Arc<Status>) -> Arc<Self> {
        Arc::new(Self {
            broker,
            part,
            status,
            current: Mutex::new(None),
            cork: Cork::default(),
        })
    }

    /// Returns the connection. Waits without end until there is one, since only the broker can
    /// provide it.
    pub async fn connection(&self) -> Arc<Connection> {
        // Held while connecting, so that one caller connects for all.
        let mut current = self.current.lock().await;
        let mut patience = Patience::new();
        loop {
            if let Some(connection) = current.as_ref().filter(|open| open.status().connected()) {
                return connection.clone();
            }
            if current.take().is_some() {
                self.report_loss(&BrokerError::new("the connection was lost"));
            }
            let screen = None::<fn() -> Screen>;
            let opened = self.broker.connect(self.part.name(), screen, &self.cork);
            match opened.await {
                Ok(connection) => {
                    self.status.set_open(self.part);
                    *current = Some(Arc::new(connection));
                }
                Err(error) => {
                    self.report_loss(&error);
                    patience.wait().await;
                }
            }
        }
    }

    /// Drops a connection that is lost or does not answer; the next one is opened. The state
    /// changes only if that connection is still the current one: a loss that is noticed late must
    /// not mark the next connection as lost.
    pub async fn give_up(&self, dead: &Arc<Connection>, error: &BrokerError) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|open| Arc::ptr_eq(open, dead)) {
            *current = None;
            self.report_loss(error);
        }
        drop(current);
        let dead = dead.clone();
        // Its threads end with it, even if the broker never confirms the close.
        tokio::spawn(async move { close(&dead).await });
    }

    /// Keeps a connection open and its state known, for the life of the process.
    pub async fn keep_open(self: Arc<Self>) {
        loop {
            let connection = self.connection().await;
            while connection.status().connected() {
                self.check_blocked(&connection);
                tokio::time::sleep(LOOK).await;
            }
            let lost = BrokerError::new("the connection was lost");
            self.give_up(&connection, &lost).await;
        }
    }

    /// Returns `true` if the broker blocks this connection, and reports it.
    pub fn check_blocked(&self, connection: &Connection) -> bool {
        let is_blocked = connection.status().blocked();
        self.status.set_blocked(self.part, is_blocked);
        is_blocked
    }

    /// Closes the connection of a process that ends.
    pub async fn close(&self) {
        // The lock is held only by a task that waits for a broker that is not there.
        let connection = self
            .current
            .try_lock()
            .ok()
            .and_then(|mut current| current.take());
        if let Some(connection) = connection {
            close(&connection).await;
        }
    }

    /// Waits for a future, `limit` at most; time while nothing can be published does not count.
    pub async fn within<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        let mut future = std::pin::pin!(future);
        loop {
            match tokio::time::timeout(limit, &mut future).await {
                Ok(done) => return Some(done),
                Err(_) if self.is_unusable() => {}
                Err(_) => return None,
            }
        }
    }

    /// Hands over with nothing written meanwhile, so that all of it is written together.
    pub fn corked<T>(&self, hand_over: impl FnOnce() -> T) -> T {
        let _held = self.cork.hold();
        hand_over()
    }

    /// Returns `true` if nothing can be published on it.
    pub fn is_unusable(&self) -> bool {
        self.status.is_unusable(self.part)
    }

    /// Returns `true` if it cannot be opened for 10 s while another one is open.
    pub fn is_refused(&self, beside: &Self) -> bool {
        self.status.is_refused(self.part, beside.part)
    }

    /// Reports that the connection is lost.
    fn report_loss(&self, error: &BrokerError) {
        let part = self.part.name();
        tracing::warn!(
            %error,
            connection = part,
            "a connection that publishes is lost; connecting again"
        );
        self.status.set_down(self.part, error.to_string());
    }
}

async fn close(connection: &Connection) {
    if connection.status().connected() {
        let _ = tokio::time::timeout(FAREWELL, connection.close(200, "goodbye".into())).await;
    }
}
