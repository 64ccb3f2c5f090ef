//! Lets time pass without waiting: every stored time becomes older.
//!
//! It knows columns of the database, and the one time of the rules that tests need most. The
//! trail stays as it was written.

use std::time::Duration;

use tokio_postgres::types::ToSql;

use crate::database::Database;

/// The throttle: one text per person in any 5 minutes.
pub const THROTTLE: Duration = Duration::from_mins(5);

impl Database {
    /// Moves every stored time back by that time, as if it had passed.
    pub async fn let_pass(&self, time: Duration) {
        self.shift(time, "true", &[]).await;
    }

    /// The same for one institution alone, so that the tests of others do not age with it.
    pub async fn let_pass_at(&self, tenant: &str, time: Duration) {
        self.shift(time, "tenant_id = $1", &[&tenant]).await;
    }

    async fn shift(&self, time: Duration, condition: &str, values: &[&(dyn ToSql + Sync)]) {
        let client = self.connect_superuser().await;
        let columns = client.query(MOMENTS, &[]).await;
        for row in columns.expect("the columns can be read") {
            let table: String = row.get(0);
            let sets: String = row.get(1);
            let is_of_one: bool = row.get(2);
            if !is_of_one && !values.is_empty() {
                continue;
            }
            let seconds = time.as_secs();
            let sets = sets.replace(SHIFT, &format!("- interval '{seconds} s'"));
            let update = format!("update twofactor.{table} set {sets} where {condition}");
            let shifted = client.execute(&update, values).await;
            shifted.expect("the superuser may change everything");
        }
    }
}

const SHIFT: &str = "$shift";

const MOMENTS: &str = "
    select c.table_name::text, string_agg(format('%1$I = %1$I $shift', c.column_name), ', '),
        exists (select from information_schema.columns own
            where own.table_schema = c.table_schema and own.table_name = c.table_name
                and own.column_name = 'tenant_id')
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'twofactor' and t.table_type = 'BASE TABLE'
        and c.data_type = 'timestamp with time zone' and c.table_name <> 'schema_history'
    group by c.table_schema, c.table_name";
