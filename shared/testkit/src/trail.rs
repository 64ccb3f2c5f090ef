//! Counts of rows in the trail and the state, read by the superuser.
//!
//! It knows a table only by the name that the test gives, and no rule.

use tokio_postgres::types::ToSql;

use crate::database::Database;

impl Database {
    /// Returns how many rows of that table of the trail are about that event.
    ///
    /// # Panics
    ///
    /// If there is no such table, or no database.
    pub async fn rows_of(&self, table: &str, event_id: &str) -> i64 {
        let sql = format!("select count(*) from audit.{table} where event_id = $1");
        self.count(&sql, &[&event_id]).await
    }

    /// Returns the count that a query gives.
    ///
    /// # Panics
    ///
    /// If it gives none.
    pub async fn count(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> i64 {
        let client = self.connect_superuser().await;
        let row = client.query_one(sql, values).await;
        row.expect("a query with one row").get(0)
    }
}
