//! Retention of the trail: whole months go, by the role that migrates alone.

use jiff::SignedDuration;

use crate::connect;
use crate::error::StoreError;

/// Drops the months of the trail that ended `keep` ago or longer, and puts that on record in
/// `audit.operator_log`. Returns how many rows went. The URL is the owner's.
pub async fn drop_months(url: &str, keep: SignedDuration) -> Result<u64, StoreError> {
    let pool = connect::bare(url, connect::tls)?;
    let client = pool
        .get()
        .await
        .map_err(|error| StoreError::of_pool(&error))?;
    let sql = include_str!("../sql/drop_months.sql");
    let dropped = client.query_one(sql, &[&keep.as_secs_f64()]).await;
    let rows: i64 = dropped
        .and_then(|row| row.try_get(0))
        .map_err(|error| StoreError::of("drop_months", &error))?;
    u64::try_from(rows).map_err(|_| StoreError::corrupt("drop_months"))
}
