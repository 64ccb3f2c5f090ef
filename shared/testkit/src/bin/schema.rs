//! Writes `migrations/schema.sql`, the schema that the migrations make: `cargo xtask schema` runs
//! it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use twofactor_testkit::{OwnPostgres, schema};

#[tokio::main]
async fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let server = OwnPostgres::start(&root.join("target"), "stack-schema").await?;
    let described = schema::describe(&server.url()).await?;
    let file = root.join("migrations/schema.sql");
    if fs::read_to_string(&file).is_ok_and(|before| before == described) {
        println!("migrations/schema.sql is up to date.");
        return Ok(());
    }
    fs::write(&file, described).with_context(|| format!("cannot write {}", file.display()))?;
    println!("migrations/schema.sql is written anew.");
    Ok(())
}
