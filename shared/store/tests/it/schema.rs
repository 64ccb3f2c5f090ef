//! `migrations/schema.sql`, where the schema can be read, is what the migrations make.

use std::fs;
use std::path::Path;

use twofactor_testkit::{Database, schema};

#[tokio::test]
async fn the_generated_schema_is_that_of_the_migrations() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/schema.sql");
    let written = fs::read_to_string(file).unwrap_or_default();
    let database = Database::create().await;
    let schema = schema::describe(&database.superuser_url()).await;
    assert!(
        schema.expect("it can be described") == written,
        "migrations/schema.sql is stale: run `cargo xtask schema`"
    );
}
