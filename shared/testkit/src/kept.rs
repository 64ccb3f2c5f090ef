//! Everything that is stored in the database as strings, to search it for what must not be there.
//!
//! It knows no table by name, so that a new one is searched too.

use crate::database::{Database, Role};

impl Database {
    /// Returns the rows of every table and view as a string, by name; bytes are in hex. The trail
    /// is read as an auditor reads it.
    ///
    /// # Panics
    ///
    /// If one cannot be read.
    pub async fn everything_kept(&self) -> Vec<(String, String)> {
        let all = self.connect_superuser().await;
        let auditor = self.connect(Role::Auditor).await;
        let names = all.query(TABLES, &[]).await.expect("the tables are listed");
        let mut kept = Vec::new();
        for name in &names {
            let schema: String = name.get(0);
            let name: String = name.get(1);
            let sql = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {name} t");
            let reader = if schema == "audit" { &auditor } else { &all };
            let row = reader.query_one(&sql, &[]).await;
            let row = row.unwrap_or_else(|error| panic!("{name} cannot be read: {error}"));
            kept.push((name, row.get(0)));
        }
        kept
    }
}

const TABLES: &str = "
    select table_schema::text, format('%I.%I', table_schema, table_name)
    from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema')";
