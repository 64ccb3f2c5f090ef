//! `twofactor-ctl migrate`: brings the schema up to this release, and says what it applied.

use twofactor_store::MigrateError;

use crate::failure::Failure;
use crate::settings;

/// Runs the command.
pub async fn run() -> Result<(), Failure> {
    let url = settings::database_url()?;
    let applied = twofactor_store::migrate(&url)
        .await
        .map_err(|error| failure(&error))?;
    if applied.is_empty() {
        println!("The database is up to date.");
    }
    for migration in applied {
        println!("applied {migration}");
    }
    Ok(())
}

fn failure(error: &MigrateError) -> Failure {
    if error.is_unreachable() {
        Failure::Unreachable(format!("{error}."))
    } else {
        Failure::Refused(format!("{error}."))
    }
}
