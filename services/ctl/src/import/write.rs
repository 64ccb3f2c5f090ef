//! Writes batch by batch, each in a turn of its own, as a worker would set methods up.
//!
//! The rules decide again under the locks. A person who was changed by others meanwhile is left out
//! and named; the others of the batch are imported.

use std::sync::Arc;

use twofactor_rules::{Keys, Needs, User};
use twofactor_store::{Fate, Store, StoreError};

use crate::chance;
use crate::failure::Failure;
use crate::import::line::Person;
use crate::import::problem::Problem;
use crate::progress::Progress;

/// People in one transaction. Each is a lock, of which the server has some thousands for all.
const BATCH: usize = 250;
/// Tries of a batch that others keep changing.
const TRIES: usize = 5;

/// The result of an import.
#[derive(Default)]
pub struct Written {
    /// People who have their methods now.
    pub imported: usize,
    /// People who were changed by others meanwhile.
    pub left_out: Vec<Problem>,
}

/// Imports everybody.
pub async fn write(
    store: &Store,
    keys: &Arc<Keys>,
    actor: &str,
    people: Vec<Person>,
) -> Result<Written, Failure> {
    let mut progress = Progress::new("people imported", Some(people.len() as u64));
    let mut written = Written::default();
    let mut batches: Vec<(&[Person], usize)> = people.rchunks(BATCH).map(|b| (b, 0)).collect();
    while let Some((batch, tries)) = batches.pop() {
        match one(store, keys, actor, batch, &mut written).await {
            Ok(()) => {
                if let Some(last) = batch.last() {
                    progress.advance(batch.len() as u64, &format!("line {}", last.line));
                }
            }
            Err(error) if error.fate() != Fate::DecideAgain => {
                progress.end();
                return Err(error.into());
            }
            // Somebody took a number of this batch meanwhile; the others of it are still imported.
            Err(_) if batch.len() > 1 => {
                let (first, second) = batch.split_at(batch.len() / 2);
                batches.extend([(second, 0), (first, 0)]);
            }
            Err(_) if tries < TRIES => batches.push((batch, tries + 1)),
            Err(_) => {
                let sentence = "was left out: its mobile number serves somebody else by now.";
                let line = batch.first().map_or(0, |person| person.line);
                written.left_out.push(Problem::new(line, sentence));
            }
        }
    }
    progress.end();
    Ok(written)
}

async fn one(
    store: &Store,
    keys: &Keys,
    actor: &str,
    batch: &[Person],
    written: &mut Written,
) -> Result<(), StoreError> {
    let needs = Needs {
        users: batch
            .iter()
            .map(|person| person.import.user.clone())
            .collect(),
        ..Needs::default()
    };
    let mut turn = store.begin(&needs).await?;
    let mut left_out = Vec::new();
    let unheard_of = User::default();
    for person in batch {
        let import = &person.import;
        let user = turn.draft.state.users.get(&import.user);
        let user = user.unwrap_or(&unheard_of);
        if let Ok(changed) = import.decide(user, keys, &mut chance::rng()) {
            turn.draft.change(&changed);
            turn.draft.trail(import.row(person.id, actor));
        } else {
            let sentence = "was left out: it was set up or reset by somebody else meanwhile.";
            left_out.push(Problem::new(person.line, sentence));
        }
    }
    turn.commit().await?;
    written.imported += batch.len() - left_out.len();
    written.left_out.extend(left_out);
    Ok(())
}
