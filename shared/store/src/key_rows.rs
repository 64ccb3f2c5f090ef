//! Counts of sealed values under each key: an operator reads them before a key is dropped.
//!
//! Counting reads whole tables. So one worker counts for all, within a time limit, and keeps the
//! counts in the database; every worker reads them there to show them. A count by an operator's
//! command waits for no lock.

use std::time::Duration;

use tokio_postgres::Row;

use crate::cells::Cells;
use crate::connection::{Connection, Param, Request};
use crate::error::{Corrupt, StoreError};
use crate::sql;
use crate::store::Store;

/// Ids of keys, each with the count of values that are sealed under it.
pub type KeyRows = Vec<(String, i64)>;

/// Time for an answer to arrive after the time that the server has for it.
const GRACE: Duration = Duration::from_secs(10);

impl Store {
    /// Counts, without a time limit. Reads whole tables.
    pub async fn key_rows(&self) -> Result<KeyRows, StoreError> {
        let connection = self.connection().await?.with_patience(None);
        connection.begin(&[]).await?;
        connection.run("set_local", READS_WHOLE_TABLES).await?;
        let rows = connection.query(&Request::plain(&sql::KEY_ROWS)).await?;
        connection.commit(&[]).await?;
        connection.release();
        counted(&rows)
    }

    /// Keeps counts, for every worker to show.
    pub async fn keep_key_rows(&self, rows: &KeyRows) -> Result<(), StoreError> {
        self.execute(&keep(rows)).await.map(drop)
    }

    /// Returns the last counts; counts anew if those are older than `max_age`. Older counts are
    /// returned while another worker counts, and none where nobody has counted yet. Errors if the
    /// server has not finished counting after `patience`.
    pub async fn shared_key_rows(
        &self,
        max_age: Duration,
        patience: Duration,
    ) -> Result<Option<KeyRows>, StoreError> {
        let connection = self.connection().await?;
        let connection = connection.with_patience(Some(patience + GRACE));
        let load = Request::plain(&sql::LOAD_KEY_ROWS);
        let answers = connection.begin(std::slice::from_ref(&load)).await?;
        let mut kept = Kept::of(answers.first().map_or(&[], Vec::as_slice))?;
        if !Kept::is_of_the_last(max_age, kept.as_ref()) && lock(&connection).await? {
            // Read again under the lock: another worker may have counted since.
            kept = Kept::of(&connection.query(&load).await?)?;
            if !Kept::is_of_the_last(max_age, kept.as_ref()) {
                let rows = count_and_keep(&connection, patience).await?;
                connection.release();
                return Ok(Some(rows));
            }
        }
        connection.roll_back().await?;
        connection.release();
        Ok(kept.map(|kept| kept.rows))
    }
}

/// Takes the lock for counting, until the transaction ends; `false` if another worker holds it.
async fn lock(connection: &Connection) -> Result<bool, StoreError> {
    let rows = connection
        .query(&Request::plain(&sql::LOCK_KEY_ROWS))
        .await?;
    let row = rows.first().ok_or(Corrupt);
    let locked = row.and_then(|row| Cells::of(row).next());
    locked.map_err(|Corrupt| StoreError::corrupt(sql::LOCK_KEY_ROWS.name))
}

/// Counts in the open transaction, keeps the counts and commits.
async fn count_and_keep(
    connection: &Connection,
    patience: Duration,
) -> Result<KeyRows, StoreError> {
    let milliseconds = patience.as_millis().max(1);
    let limited = format!("{READS_WHOLE_TABLES}; SET LOCAL statement_timeout = {milliseconds}");
    connection.run("set_local", &limited).await?;
    let rows = connection.query(&Request::plain(&sql::KEY_ROWS)).await?;
    let rows = counted(&rows)?;
    connection.commit(&[keep(&rows)]).await?;
    Ok(rows)
}

/// Allows what the settings of workers' sessions forbid for the sake of every other statement.
const READS_WHOLE_TABLES: &str =
    "SET LOCAL enable_seqscan = on; SET LOCAL max_parallel_workers_per_gather = 0";

fn keep(rows: &KeyRows) -> Request<'_> {
    let keys: Vec<&str> = rows.iter().map(|(key, _)| key.as_str()).collect();
    let counts: Vec<i64> = rows.iter().map(|(_, count)| *count).collect();
    let params: Vec<Param<'_>> = vec![Box::new(keys), Box::new(counts)];
    Request::new(&sql::KEEP_KEY_ROWS, params)
}

/// Last counts, as kept in the database.
struct Kept {
    rows: KeyRows,
    /// Age in seconds, by the database's clock; negative where that was set back.
    age: f64,
}

impl Kept {
    fn of(rows: &[Row]) -> Result<Option<Self>, StoreError> {
        let kept = |row| {
            let mut cells = Cells::of(row);
            let keys: Vec<String> = cells.next()?;
            let counts: Vec<i64> = cells.next()?;
            let rows = keys.into_iter().zip(counts).collect();
            let age = cells.next()?;
            Ok(Self { rows, age })
        };
        let kept: Result<_, Corrupt> = rows.first().map(kept).transpose();
        kept.map_err(|Corrupt| StoreError::corrupt(sql::LOAD_KEY_ROWS.name))
    }

    fn is_of_the_last(max_age: Duration, kept: Option<&Self>) -> bool {
        kept.is_some_and(|kept| (0.0..max_age.as_secs_f64()).contains(&kept.age))
    }
}

fn counted(rows: &[Row]) -> Result<KeyRows, StoreError> {
    let row = |row| {
        let mut cells = Cells::of(row);
        let key = cells.next()?;
        let count = cells.next()?;
        Ok((key, count))
    };
    let counted: Result<_, Corrupt> = rows.iter().map(row).collect();
    counted.map_err(|Corrupt| StoreError::corrupt(sql::KEY_ROWS.name))
}
