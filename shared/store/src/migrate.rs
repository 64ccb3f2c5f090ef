//! Migrations: plain SQL, forward only, all or none, by one process at a time.
//!
//! They only add, so a release runs on its own schema and on later ones. The role that migrates
//! owns everything; the roles of the workers and of auditors get rights and no ownership.

use refinery::error::Kind;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::connect;
use crate::error::StoreError;
use crate::sql::{self, Sql};

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// Reason why a migration changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database could not be reached, or it refused a statement.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An applied migration differs from the one of this release with the same version.
    #[error(
        "migration {0} of this database is not the one of this release; restore the release that \
         applied it, or the database"
    )]
    Divergent(String),
    /// The migrations of this release cannot be run at all.
    #[error("the migrations of this release are broken; report this")]
    Broken,
}

impl MigrateError {
    /// Returns `true` if the database could not be reached.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_unreachable(),
            Self::Divergent(_) | Self::Broken => false,
        }
    }
}

/// Key of the advisory lock of migrations; a key that a batch hashes is unlikely to equal it.
const LOCK: i64 = 0x7477_6f66_6163_746f;

/// Brings the schema up to this release; returns the names of the migrations that it applied.
/// Records them in `audit.operator_log`, if there were any, and makes the coming months of the
/// trail.
pub async fn migrate(url: &str) -> Result<Vec<String>, MigrateError> {
    let pool = connect::owner(url)?;
    let mut session = pool.get().await.map_err(StoreError::of_pool)?;
    let client: &mut Client = &mut session.client;
    run(client, &sql::LOCK_MIGRATIONS, &[&LOCK]).await?;
    run(client, &sql::CREATE_SCHEMA, &[]).await?;
    let mut runner = embedded::migrations::runner()
        .set_grouped(true)
        .set_abort_missing(false);
    runner.set_migration_table_name("twofactor.schema_history");
    let report = runner
        .run_async(client)
        .await
        .map_err(|error| of_refinery(&error))?;
    let applied: Vec<String> = report
        .applied_migrations()
        .iter()
        .map(ToString::to_string)
        .collect();
    if !applied.is_empty() {
        run(client, &sql::RECORD_MIGRATION, &[&applied.join(", ")]).await?;
    }
    // Months of the trail are made ahead, so that rows go where retention finds them.
    run(client, &sql::MAKE_MONTHS, &[]).await?;
    Ok(applied)
}

/// Returns the version of the last migration of this release.
pub fn newest_schema() -> i64 {
    let runner = embedded::migrations::runner();
    let versions = runner.get_migrations().iter();
    versions.map(|one| one.version().into()).max().unwrap_or(0)
}

/// Returns a name for the migrations of this release, which changes with each of them.
pub fn fingerprint() -> String {
    let runner = embedded::migrations::runner();
    let sums = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::checksum);
    format!(
        "{:016x}",
        sums.fold(0_u64, |all, sum| all.rotate_left(7) ^ sum)
    )
}

/// Runs one statement on its own, and ignores its rows.
async fn run(client: &Client, sql: &Sql, params: &[&(dyn ToSql + Sync)]) -> Result<(), StoreError> {
    let done = client.execute(sql.text, params).await;
    done.map(drop)
        .map_err(|error| StoreError::of(sql.name, &error))
}

fn of_refinery(error: &refinery::Error) -> MigrateError {
    match error.kind() {
        Kind::Connection(_, cause) => cause.downcast_ref().map_or(MigrateError::Broken, |cause| {
            StoreError::of("migrate", cause).into()
        }),
        Kind::DivergentVersion(applied, _) => MigrateError::Divergent(applied.to_string()),
        Kind::InvalidName
        | Kind::InvalidVersion
        | Kind::RepeatedVersion(_)
        | Kind::MissingVersion(_)
        | Kind::InvalidMigrationPath(..)
        | Kind::ConfigError(_)
        | Kind::InvalidMigrationFile(..) => MigrateError::Broken,
    }
}
