//! Sealing the trail, and what has to be told of it.
//!
//! The database itself seals, for no worker may read the trail; this asks it to, and reads the
//! seals. How a seal is computed stands in [`twofactor_rules::seal`].

use std::time::Duration;

use tokio_postgres::Row;
use twofactor_rules::seal::Seal;

use crate::clock::loaded;
use crate::connection::{Param, Request};
use crate::error::StoreError;
use crate::sql::{self, Sql};
use crate::store::Store;

impl Store {
    /// Seals what was added to the trail since the last seal, unless that was made less than
    /// `spacing` ago. Returns the new seals: none where there is nothing to seal, where another
    /// worker is at it, or where somebody has been adding rows for over 5 s; then try again.
    pub async fn seal(&self, spacing: Duration) -> Result<Vec<Seal>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(spacing.as_secs_f64())];
        self.seals(Request::new(&sql::SEAL, params)).await
    }

    /// Seconds since the oldest row was added that no seal covers; 0 where all are sealed.
    pub async fn seal_age(&self) -> Result<f64, StoreError> {
        self.one(&sql::SEAL_AGE).await
    }

    /// Seals that were not broadcast yet, in their order; not all of them where they are many.
    pub async fn seals_to_broadcast(&self) -> Result<Vec<Seal>, StoreError> {
        self.seals(Request::plain(&sql::LOAD_SEALS_TO_BROADCAST))
            .await
    }

    /// Keeps that the seals up to this number were broadcast.
    pub async fn keep_seal_broadcast(&self, to_seq: i64) -> Result<(), StoreError> {
        let connection = self.connection().await?;
        let params: Vec<Param<'_>> = vec![Box::new(to_seq)];
        let request = Request::new(&sql::KEEP_SEAL_BROADCAST, params);
        connection.tell(&request).await?;
        connection.release();
        Ok(())
    }

    async fn seals(&self, request: Request<'_>) -> Result<Vec<Seal>, StoreError> {
        let connection = self.connection().await?;
        let rows = connection.ask(&request).await?;
        connection.release();
        rows.iter().map(|row| seal(request.sql, row)).collect()
    }
}

fn seal(sql: &Sql, row: &Row) -> Result<Seal, StoreError> {
    let corrupt = || StoreError::corrupt(sql.name);
    let number = |at: usize| row.try_get::<_, i64>(at).map_err(|_| corrupt());
    let digest: Vec<u8> = row.try_get(3).map_err(|_| corrupt())?;
    let sealed_at = row.try_get(4).map_err(|_| corrupt())?;
    Ok(Seal {
        from_seq: number(0)?,
        to_seq: number(1)?,
        rows: number(2)?,
        digest: digest.try_into().map_err(|_| corrupt())?,
        sealed_at: loaded(sealed_at).map_err(|_| corrupt())?,
    })
}
