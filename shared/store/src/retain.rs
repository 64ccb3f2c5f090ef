//! Retention of the trail: whole months go, by the role that migrates alone.

use jiff::SignedDuration;

use crate::connect;
use crate::connection::{Param, Request};
use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;

static OLD_MONTHS: Sql = Sql {
    name: "old_months",
    text: include_str!("../sql/old_months.sql"),
};

/// What of the trail is old enough to be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Old {
    /// How many months of logs.
    pub months: i64,
    /// How many rows they have.
    pub rows: i64,
}

impl Store {
    /// What of the trail ended `keep` ago or longer. Reads those months whole.
    pub async fn old_months(&self, keep: SignedDuration) -> Result<Old, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(keep.as_secs_f64())];
        let rows = self.rows(&Request::new(&OLD_MONTHS, params)).await?;
        let row = rows.first().ok_or(StoreError::corrupt(OLD_MONTHS.name))?;
        let read = || {
            let (months, rows) = (row.try_get(0)?, row.try_get(1)?);
            Ok(Old { months, rows })
        };
        read().map_err(|_: tokio_postgres::Error| StoreError::corrupt(OLD_MONTHS.name))
    }
}

/// Drops the months of the trail that ended `keep` ago or longer, and puts that on record in
/// `audit.operator_log`. Returns how many rows went. The URL is the owner's.
pub async fn drop_months(url: &str, keep: SignedDuration) -> Result<u64, StoreError> {
    let pool = connect::owner(url)?;
    let session = pool.get().await.map_err(StoreError::of_pool)?;
    let sql = include_str!("../sql/drop_months.sql");
    let dropped = session.client.query_one(sql, &[&keep.as_secs_f64()]).await;
    let rows: i64 = dropped
        .and_then(|row| row.try_get(0))
        .map_err(|error| StoreError::of("drop_months", &error))?;
    u64::try_from(rows).map_err(|_| StoreError::corrupt("drop_months"))
}
