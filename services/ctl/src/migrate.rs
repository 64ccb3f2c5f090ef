//! `twofactor-ctl migrate`: brings the schema up to this release, and lists what it applied.
//!
//! The schema of a later release fits, so after a downgrade by one release there is nothing to do.

use serde_json::json;
use twofactor_store::MigrateError;

use crate::database::Database;
use crate::failure::{Done, Failure};
use crate::output::Output;

/// Runs the command.
pub async fn run(output: Output) -> Result<Done, Failure> {
    let (database, later) = Database::find_to_migrate().await?;
    let applied = twofactor_store::migrate(database.url.expose())
        .await
        .map_err(|error| failure(&error))?;
    let words = match later {
        Some(version) => format!(
            "The database has schema {version}, of a later release; the workers of this one run \
             on it as it is."
        ),
        None if applied.is_empty() => "The database is up to date.".to_owned(),
        None => {
            let lines = applied.iter().map(|name| format!("applied {name}"));
            lines.collect::<Vec<String>>().join("\n")
        }
    };
    output.put(&words, &json!({ "applied": applied }))?;
    Ok(Done::Success)
}

fn failure(error: &MigrateError) -> Failure {
    if error.is_unreachable() {
        Failure::Unreachable(format!("{error}."))
    } else {
        Failure::Refused(format!("{error}."))
    }
}
