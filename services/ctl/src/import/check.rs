//! Checks the file against the database, before anything is written. The rules say who may be
//! imported.

use twofactor_rules::import::Due;
use twofactor_store::{Store, Wanted};

use crate::failure::Failure;
use crate::import::line::Person;
use crate::import::problem::Problem;
use crate::import::read::People;
use crate::progress::Progress;

/// People who are loaded at a time.
const PIECE: usize = 5_000;

/// The work that is left to do.
pub struct Checked {
    /// The people to be imported.
    pub new: Vec<Person>,
    /// Count of people who were imported from the very same line before.
    pub done: usize,
}

/// Selects the people of the file who are to be imported, and notes every problem.
pub async fn check(store: &Store, file: &mut People) -> Result<Checked, Failure> {
    let people = std::mem::take(&mut file.people);
    let now = store.clock().await?;
    let mut progress = Progress::new("people checked", Some(people.len() as u64));
    let mut all = Vec::with_capacity(people.len());
    for piece in people.chunks(PIECE) {
        let wanted: Vec<Wanted<'_>> = piece.iter().map(wanted).collect();
        let known = store.check_import(&wanted).await?;
        if let Some(last) = piece.last() {
            progress.advance(piece.len() as u64, &format!("line {}", last.line));
        }
        all.extend(known);
    }
    progress.end();
    let mut checked = Checked {
        new: Vec::new(),
        done: 0,
    };
    for (person, known) in people.into_iter().zip(all) {
        match person.import.check(&known, now) {
            Ok(Due::New) => checked.new.push(person),
            Ok(Due::Done) => checked.done += 1,
            Err(obstacle) => {
                let problem = Problem::of(person.line, &person.import, &obstacle);
                file.problems.push(problem);
            }
        }
    }
    Ok(checked)
}

fn wanted(person: &Person) -> Wanted<'_> {
    Wanted {
        user: &person.import.user,
        lookup: person.import.sms.as_ref().map(|phone| &phone.lookup),
        event_id: &person.event_id,
    }
}
