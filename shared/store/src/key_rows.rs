//! How many sealed values there are under each key: what an operator looks at before a key goes.
//!
//! It reads whole tables, which is nobody's trouble but their own only where one reads at a time
//! and not for long.

use std::time::Duration;

use tokio_postgres::Row;

use crate::connection::{Param, Request};
use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;

static KEY_ROWS: Sql = Sql {
    name: "key_rows",
    text: include_str!("../sql/key_rows.sql"),
};
static LOCK_KEY_ROWS: Sql = Sql {
    name: "lock_key_rows",
    text: include_str!("../sql/lock_key_rows.sql"),
};

/// How long an answer may take beyond the time that the server is given.
const GRACE: Duration = Duration::from_secs(10);

impl Store {
    /// How many sealed values there are under each key. Reads whole tables, however long it takes.
    pub async fn key_rows(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let connection = self.connection().await?.with_patience(None);
        connection.begin(&[]).await?;
        connection.run("set_local", READS_WHOLE_TABLES).await?;
        let rows = connection.ask(&Request::plain(&KEY_ROWS)).await?;
        connection.commit(&[]).await?;
        connection.release();
        read(&rows)
    }

    /// The same for whoever counts beside the events: none while another worker counts, and an
    /// error where the server is not done after `patience`.
    pub async fn key_rows_within(
        &self,
        patience: Duration,
    ) -> Result<Option<Vec<(String, i64)>>, StoreError> {
        let connection = self.connection().await?;
        let connection = connection.with_patience(Some(patience + GRACE));
        let lock = Request::new(&LOCK_KEY_ROWS, Vec::<Param<'_>>::new());
        let locked = connection.begin(&[lock]).await?;
        let cell = locked.first().and_then(|rows| rows.first());
        let is_ours = cell.and_then(|row| row.try_get(0).ok()).unwrap_or(false);
        if !is_ours {
            connection.roll_back().await?;
            connection.release();
            return Ok(None);
        }
        let limit = format!("{READS_WHOLE_TABLES}; {}", limit(patience));
        connection.run("set_local", &limit).await?;
        let rows = connection.ask(&Request::plain(&KEY_ROWS)).await?;
        connection.commit(&[]).await?;
        connection.release();
        read(&rows).map(Some)
    }
}

/// Workers' sessions avoid it, for the sake of every other statement.
const READS_WHOLE_TABLES: &str =
    "SET LOCAL enable_seqscan = on; SET LOCAL max_parallel_workers_per_gather = 0";

fn limit(patience: Duration) -> String {
    format!(
        "SET LOCAL statement_timeout = {}",
        patience.as_millis().max(1)
    )
}

fn read(rows: &[Row]) -> Result<Vec<(String, i64)>, StoreError> {
    let cells = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?));
    let read: Result<_, tokio_postgres::Error> = rows.iter().map(cells).collect();
    read.map_err(|_| StoreError::corrupt(KEY_ROWS.name))
}
