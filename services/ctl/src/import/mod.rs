//! `twofactor-ctl import`: methods that people had elsewhere, checked as a whole and then written.
//!
//! Nothing is written if anything in the file is wrong. Each person is named in the trail by a
//! keyed hash of their line, so the same line is never written twice and an import that was
//! interrupted goes on when it is run again.

mod check;
mod line;
mod problem;
mod read;
mod write;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cli::Import;
use crate::database::Database;
use crate::failure::{Done, Failure};
use crate::import::problem::Problem;
use crate::output::{self, Output};
use crate::{keys, settings};

/// Problems that are shown at most; the rest is counted.
const SHOWN: usize = 100;

/// Runs the command.
pub async fn run(import: &Import, output: Output) -> Result<Done, Failure> {
    let (url, keyring, limits) = settings::read(|env| {
        let url = twofactor_settings::database_url(env);
        let keyring = twofactor_settings::keyring(env);
        let limits = settings::limits(env);
        Some((url?, keyring?, limits))
    })?;
    let database = Database::at(url)?.checked().await?;
    let store = database.store(4)?;
    let keys = Arc::new(keys::keys(&store, keyring, import.dry_run).await?);

    let mut file = read::read(&import.file, keys.clone(), limits).await?;
    let checked = check::check(&store, &mut file).await?;
    let name = import.file.display().to_string();
    if !file.problems.is_empty() {
        return Err(refuse(&name, file.problems));
    }
    let new = checked.new.len();
    let done = checked.done;
    if import.dry_run {
        let words = format!(
            "{name} is right: {} would be imported; {done} already are.",
            people(new)
        );
        output.put(&words, &outcome(0, new, done, 0, true))?;
        return Ok(Done::found(new > 0));
    }
    if new == 0 {
        let words = format!("Nothing to import: {} of {name} already are.", people(done));
        output.put(&words, &outcome(0, 0, done, 0, false))?;
        return Ok(Done::Success);
    }
    output.confirm(&format!(
        "{} of {name} will be imported into the {database}.",
        people(new)
    ))?;
    let actor = output::actor();
    let detail = format!("{name}, {}, {done} already", people(new));
    store.record_run(&actor, "import", &detail).await?;
    let written = write::write(&store, &keys, &actor, checked.new).await?;
    let imported = written.imported;
    let left_out = written.left_out.len();
    show(&name, written.left_out);
    let words = format!("{} imported; {done} already were.", people(imported));
    output.put(&words, &outcome(imported, new, done, left_out, false))?;
    Ok(Done::found(left_out > 0))
}

fn people(count: usize) -> String {
    output::counted(count as u64, "person")
}

/// Returns the result of an import, for scripts.
fn outcome(imported: usize, new: usize, already: usize, left_out: usize, dry_run: bool) -> Value {
    json!({
        "imported": imported, "new": new, "already": already, "left_out": left_out,
        "dry_run": dry_run,
    })
}

fn refuse(name: &str, problems: Vec<Problem>) -> Failure {
    let count = output::counted(problems.len() as u64, "problem");
    show(name, problems);
    Failure::Refused(format!(
        "{count} in {name}; nothing was imported. Mend the lines named above and run \
         this again."
    ))
}

/// Writes the problems to standard error in the order of their lines.
fn show(name: &str, mut problems: Vec<Problem>) {
    problems.sort_by_key(|problem| problem.line);
    for Problem { line, sentence } in problems.iter().take(SHOWN) {
        eprintln!("{name}:{line}: {sentence}");
    }
    if let Some(more) = problems.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        eprintln!("{name}: and {more} more.");
    }
}
