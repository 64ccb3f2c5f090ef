//! The trail as lines of JSON, in the order of `seq`, each seal after the rows that it covers.
//!
//! It reads one snapshot of the database, so that a seal never comes without the rows it covers.

use crate::connection::{Connection, Param, Request};
use crate::error::StoreError;
use crate::sql;
use crate::store::Store;

/// Count of `seq` values that are read at a time.
const PIECE: i64 = 10_000;

impl Store {
    /// Hands every line of the rows and seals with `seq` in this range to `take`; ends early if
    /// that returns `false`.
    pub async fn export(
        &self,
        from: i64,
        to: i64,
        take: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), StoreError> {
        let connection = self.connection().await?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        connection.run("begin", begin).await?;
        let params: Vec<Param<'_>> = vec![Box::new(from), Box::new(to)];
        let rows = connection
            .query(&Request::new(&sql::EXPORT_RANGE, params))
            .await?;
        let cell = |at: usize| rows.first().and_then(|row| row.try_get(at).ok().flatten());
        let range: Option<(i64, i64)> = cell(0).zip(cell(1));
        if let Some((first, last)) = range {
            // A seal may end at a `seq` that no row has.
            let last = last.saturating_add(PIECE).min(to);
            let mut at = first;
            while at <= last {
                let end = at.saturating_add(PIECE - 1).min(last);
                if !piece(&connection, at, end, take).await? {
                    break;
                }
                at = end + 1;
            }
        }
        connection.run("commit", "COMMIT").await?;
        connection.release();
        Ok(())
    }

    /// Returns `from_seq` of the first seal that does not verify, if there is one.
    pub async fn verify_seals(&self) -> Result<Option<i64>, StoreError> {
        self.one(&sql::VERIFY_SEALS).await
    }
}

async fn piece(
    connection: &Connection,
    from: i64,
    to: i64,
    take: &mut dyn FnMut(&str) -> bool,
) -> Result<bool, StoreError> {
    let mut all = Vec::new();
    for (order, sql) in [(0, &sql::EXPORT_LINES), (1, &sql::EXPORT_SEAL_LINES)] {
        let params: Vec<Param<'_>> = vec![Box::new(from), Box::new(to)];
        for row in connection.query(&Request::new(sql, params)).await? {
            let corrupt = |_| StoreError::corrupt(sql.name);
            let seq: i64 = row.try_get(0).map_err(corrupt)?;
            let line: String = row.try_get(1).map_err(corrupt)?;
            all.push((seq, order, line));
        }
    }
    all.sort_unstable_by_key(|(seq, order, _)| (*seq, *order));
    Ok(all.iter().all(|(_, _, line)| take(line)))
}
