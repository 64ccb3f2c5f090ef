//! Sealing the trail, and the seals that are still to be broadcast.
//!
//! The database itself seals, since no worker may read the trail; this calls its function and reads
//! the seals. [`twofactor_rules::seal`] says how a seal is computed.

use std::time::Duration;

use tokio_postgres::Row;
use twofactor_rules::seal::Seal;

use crate::clock::loaded;
use crate::connection::{Param, Request};
use crate::error::StoreError;
use crate::sql::{self, Sql};
use crate::store::Store;

/// Maximum wait for a seal: all rows that were added while sealing failed are sealed at once.
const PATIENCE: Duration = Duration::from_mins(15);
/// Maximum count of seals that are broadcast at a time.
const PIECE: i64 = 100;

impl Store {
    /// Seals what was added to the trail since the last seal, unless that was made less than
    /// `spacing` ago. Returns the new seals: none where there is nothing to seal, where another
    /// worker is sealing, or where a transaction has been adding rows for over 5 s; then try again.
    pub async fn seal(&self, spacing: Duration) -> Result<Vec<Seal>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(spacing.as_secs_f64())];
        self.sealing.begins();
        let connection = self.connection().await?.with_patience(Some(PATIENCE));
        let request = Request::new(&sql::SEAL, params);
        let rows = connection.rows(&request).await?;
        self.sealing.succeeds();
        rows.iter().map(|row| seal(request.sql, row)).collect()
    }

    /// Returns the age of the oldest unsealed row, in seconds; 0 where all are sealed. While the
    /// database does not answer, or [`Store::seal`] fails, it grows by this process's own clock.
    pub async fn seal_age(&self) -> f64 {
        let given = self.one(&sql::SEAL_AGE).await;
        self.sealing.age(given.ok())
    }

    /// Returns seals that were not broadcast yet, in their order, 100 at most.
    pub async fn seals_to_broadcast(&self) -> Result<Vec<Seal>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(PIECE)];
        let request = Request::new(&sql::LOAD_SEALS_TO_BROADCAST, params);
        let rows = self.rows(&request).await?;
        rows.iter().map(|row| seal(request.sql, row)).collect()
    }

    /// Records that the seals up to `to_seq` were broadcast.
    pub async fn keep_seal_broadcast(&self, to_seq: i64) -> Result<(), StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(to_seq)];
        let request = Request::new(&sql::KEEP_SEAL_BROADCAST, params);
        self.execute(&request).await.map(drop)
    }
}

fn seal(sql: &Sql, row: &Row) -> Result<Seal, StoreError> {
    let corrupt = || StoreError::corrupt(sql.name);
    let integer = |at: usize| row.try_get::<_, i64>(at).map_err(|_| corrupt());
    let digest: Vec<u8> = row.try_get(3).map_err(|_| corrupt())?;
    let sealed_at = row.try_get(4).map_err(|_| corrupt())?;
    Ok(Seal {
        from_seq: integer(0)?,
        to_seq: integer(1)?,
        rows: integer(2)?,
        digest: digest.try_into().map_err(|_| corrupt())?,
        sealed_at: loaded(sealed_at).map_err(|_| corrupt())?,
    })
}
