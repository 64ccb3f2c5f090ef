//! One batch in the database: a transaction from its first lock to its commit.
//!
//! [`Store::begin`](crate::Store::begin) loads everything that decisions need in one round trip,
//! [`Turn::load_refusals`] what only refusals need in another, and [`Turn::commit`] sends everything
//! that is written in one more. A turn that is dropped, or that fails, takes its connection with it, so
//! that no open transaction ever returns to the pool.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::connection::Connection;
use crate::draft::Draft;
use crate::error::StoreError;
use crate::load;
use crate::write;

/// An open transaction that holds the locks of a batch, and the draft of what it will write.
pub struct Turn {
    /// State and decisions of the batch.
    pub draft: Draft,
    connection: Connection,
}

impl Turn {
    pub(crate) fn new(draft: Draft, connection: Connection) -> Self {
        Self { draft, connection }
    }

    /// Loads earlier refusals with these ids into the draft: one round trip.
    pub async fn load_refusals(&mut self, ids: &BTreeSet<Uuid>) -> Result<(), StoreError> {
        load::refusals(&self.connection, ids, &mut self.draft).await
    }

    /// Writes the draft and commits. After an error nothing is written, unless the connection was
    /// lost during the commit: then the answers show it when the batch is loaded again.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { draft, connection } = self;
        write::write(&draft, &connection).await?;
        connection.release();
        Ok(())
    }

    /// Rolls back, and returns the connection to the pool.
    pub async fn roll_back(self) {
        if self.connection.roll_back().await.is_ok() {
            self.connection.release();
        }
    }
}
