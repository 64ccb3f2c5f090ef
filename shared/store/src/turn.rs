//! One batch in the database: a transaction from its first lock to its commit.
//!
//! [`Store::begin`](crate::Store::begin) sends everything that a batch asks in one round trip,
//! [`Turn::commit`] everything that it writes in another. A turn that is dropped, or that fails,
//! takes its connection with it, so that no open transaction ever returns to the pool.

use twofactor_contract::Service;

use crate::StoreError;
use crate::connection::Connection;
use crate::draft::Draft;
use crate::write;

/// An open transaction that holds the locks of a batch, and the draft of what it will write.
pub struct Turn {
    /// What the batch knows, and what it decided so far.
    pub draft: Draft,
    connection: Connection,
}

impl Turn {
    pub(crate) fn new(draft: Draft, connection: Connection) -> Self {
        Self { draft, connection }
    }

    /// Writes the draft and commits. Rows of the trail go to the log of `service`, calls of the
    /// provider under the name `provider`. After an error nothing is written, but for a
    /// connection lost while it committed: the answers tell when the batch is loaded again.
    pub async fn commit(self, service: Service, provider: &str) -> Result<(), StoreError> {
        let Self { draft, connection } = self;
        write::write(&draft, &connection, service, provider).await?;
        connection.release();
        Ok(())
    }

    /// Gives everything up, and the connection back to the pool.
    pub async fn roll_back(self) {
        if self.connection.roll_back().await.is_ok() {
            self.connection.release();
        }
    }
}
