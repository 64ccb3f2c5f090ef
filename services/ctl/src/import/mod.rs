//! `twofactor-ctl import`: methods that people had elsewhere, checked whole and then written.
//!
//! Nothing is written while anything in the file is wrong. Each person is named in the trail by a
//! keyed hash of their line, so the same line is never written twice and an import that was
//! interrupted goes on when it is run again.

mod check;
mod line;
mod read;
mod write;

use serde_json::json;
use twofactor_store::Store;

use crate::cli::Import;
use crate::desk::{self, Desk};
use crate::failure::{Done, Failure};
use crate::{keys, settings};

/// Sentences about lines that are shown; the rest is counted.
const SHOWN: usize = 100;

/// What is wrong with a line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    line: usize,
    sentence: String,
}

impl Problem {
    fn new(line: usize, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { line, sentence }
    }
}

/// Runs the command.
pub async fn run(import: &Import, desk: Desk) -> Result<Done, Failure> {
    let url = settings::database_url()?;
    let limits = settings::limits()?;
    let store = Store::new(&url, 4)?;
    let keys = std::sync::Arc::new(keys::keys(&store, settings::keyring()?).await?);

    let mut file = read::read(&import.file, keys.clone(), limits).await?;
    let checked = check::check(&store, &mut file).await?;
    let name = import.file.display().to_string();
    if !file.problems.is_empty() {
        return Err(refuse(&name, file.problems));
    }
    let (new, done) = (checked.new.len(), checked.done);
    if import.dry_run {
        let text = format!("{name} is right: {new} people would be imported, {done} are already.");
        let object = json!({ "imported": 0, "new": new, "already": done, "dry_run": true });
        desk.put(&text, &object)?;
        return Ok(Done::found(new > 0));
    }
    if new == 0 {
        let text = format!("All {done} people of {name} are imported already.");
        let object = json!({ "imported": 0, "new": 0, "already": done, "dry_run": false });
        desk.put(&text, &object)?;
        return Ok(Done::Well);
    }
    let place = twofactor_store::place(&url)?;
    let (database, host) = (place.database, place.host);
    desk.confirm(&format!(
        "{new} people of {name} will be imported into the database {database} at {host}."
    ))?;
    let actor = desk::actor();
    let detail = format!("{name}, {new} people, {done} already");
    store.record_run(&actor, "import", &detail).await?;
    let written = write::write(&store, &keys, &actor, checked.new).await?;
    let (imported, left_out) = (written.imported, written.left_out);
    let text = format!("{imported} people are imported, {done} were already.");
    let object = json!({
        "imported": imported, "new": new, "already": done, "left_out": left_out.len(),
        "dry_run": false,
    });
    desk.put(&text, &object)?;
    let is_short = !left_out.is_empty();
    tell(&name, left_out);
    Ok(Done::found(is_short))
}

fn refuse(name: &str, problems: Vec<Problem>) -> Failure {
    let count = problems.len();
    tell(name, problems);
    Failure::Refused(format!(
        "{count} problems in {name}; nothing was imported. Mend the lines named above and run \
         this again."
    ))
}

/// Writes the problems to standard error in the order of their lines.
fn tell(name: &str, mut problems: Vec<Problem>) {
    problems.sort_by_key(|problem| problem.line);
    for Problem { line, sentence } in problems.iter().take(SHOWN) {
        eprintln!("{name}:{line}: {sentence}");
    }
    if let Some(more) = problems.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        eprintln!("{name}: and {more} more.");
    }
}
