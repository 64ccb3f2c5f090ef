//! Retention of the trail: whole months are dropped, by the role that migrates alone.

use jiff::SignedDuration;
use tokio_postgres::Row;

use crate::cells::Cells;
use crate::connect;
use crate::connection::{Connection, Param, Request};
use crate::error::{Corrupt, StoreError};
use crate::sql::{self, Sql};
use crate::store::Store;

/// Part of the trail that is old enough to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Old {
    /// Count of months.
    pub months: i64,
    /// Count of rows of those months.
    pub rows: i64,
}

impl Store {
    /// Counts the months of the trail that ended `keep` ago or longer. Reads those months whole.
    pub async fn old_months(&self, keep: SignedDuration) -> Result<Old, StoreError> {
        let rows = self.rows(&request(&sql::OLD_MONTHS, keep)).await?;
        only(&sql::OLD_MONTHS, &rows, |cells| {
            Ok(Old {
                months: cells.next()?,
                rows: cells.next()?,
            })
        })
    }
}

/// Drops the months of the trail that ended `keep` ago or longer, and records that in
/// `audit.operator_log`. Returns the count of dropped rows. The URL is the owner's.
pub async fn drop_months(url: &str, keep: SignedDuration) -> Result<u64, StoreError> {
    let connection = Connection::take(&connect::owner(url)?).await?;
    let rows = connection.rows(&request(&sql::DROP_MONTHS, keep)).await?;
    only(&sql::DROP_MONTHS, &rows, |cells| {
        u64::try_from(cells.next::<i64>()?).map_err(|_| Corrupt)
    })
}

fn request<'a>(sql: &'static Sql, keep: SignedDuration) -> Request<'a> {
    let params: Vec<Param<'_>> = vec![Box::new(keep.as_secs_f64())];
    Request::new(sql, params)
}

fn only<T>(
    sql: &Sql,
    rows: &[Row],
    read: fn(&mut Cells<'_>) -> Result<T, Corrupt>,
) -> Result<T, StoreError> {
    let row = rows.first().ok_or(Corrupt);
    let read = row.and_then(|row| read(&mut Cells::of(row)));
    read.map_err(|Corrupt| StoreError::corrupt(sql.name))
}
