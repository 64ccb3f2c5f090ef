//! `schema`: writes `migrations/schema.sql`, the schema that the migrations make, to be read.
//!
//! It migrates a database of its own; how that is put into words is known to the testkit.

use std::fs;

use anyhow::{Context, Result};
use twofactor_testkit::{OwnPostgres, schema};

use crate::workspace;

/// Writes the file anew, and says whether that changed it.
pub fn run() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let described = runtime.block_on(async {
        let server = OwnPostgres::start(&workspace::target()?, "stack-schema").await?;
        schema::describe(&server.url()).await
    })?;
    let file = workspace::root()?.join("migrations/schema.sql");
    if fs::read_to_string(&file).is_ok_and(|before| before == described) {
        println!("migrations/schema.sql is up to date.");
        return Ok(());
    }
    fs::write(&file, described).with_context(|| format!("cannot write {}", file.display()))?;
    println!("migrations/schema.sql is written anew.");
    Ok(())
}
