//! The file against the database, before anything is written.

use twofactor_contract::Method;
use twofactor_store::{Known, Store, Wanted};

use crate::failure::Failure;
use crate::import::Problem;
use crate::import::line::Person;
use crate::import::read::People;
use crate::progress::Progress;

/// People that are asked about at a time.
const PIECE: usize = 5_000;

/// What there is to do.
pub struct Checked {
    /// Who is to be imported.
    pub new: Vec<Person>,
    /// How many were imported from the very same line before.
    pub done: usize,
}

/// Takes the people out of the file who are to be imported, and notes what is wrong.
pub async fn check(store: &Store, file: &mut People) -> Result<Checked, Failure> {
    let people = std::mem::take(&mut file.people);
    let now = store.clock().await?;
    let mut progress = Progress::new("people checked", Some(people.len() as u64));
    let mut verdicts = Vec::with_capacity(people.len());
    for piece in people.chunks(PIECE) {
        let wanted: Vec<Wanted<'_>> = piece.iter().map(wanted).collect();
        let known = store.check_import(&wanted).await?;
        if let Some(last) = piece.last() {
            progress.advance(piece.len() as u64, &format!("line {}", last.line));
        }
        verdicts.extend(known);
    }
    progress.end();
    let mut checked = Checked {
        new: Vec::new(),
        done: 0,
    };
    for (person, known) in people.into_iter().zip(verdicts) {
        if known.is_done {
            checked.done += 1;
            continue;
        }
        let mut wrong = what_is_wrong(&person, &known);
        if newest(&person) > now {
            wrong.get_or_insert_with(|| "has a set_up_at that lies ahead of now.".to_owned());
        }
        match wrong {
            Some(sentence) => file.problems.push(Problem::new(person.line, sentence)),
            None => checked.new.push(person),
        }
    }
    Ok(checked)
}

fn wanted(person: &Person) -> Wanted<'_> {
    Wanted {
        user: &person.user,
        lookup: person.sms.as_ref().map(|phone| &phone.lookup),
        event_id: &person.event_id,
    }
}

/// When the newer of the methods was set up.
fn newest(person: &Person) -> jiff::Timestamp {
    let totp = person.totp.as_ref().map(|app| app.set_up_at);
    let sms = person.sms.as_ref().map(|phone| phone.set_up_at);
    totp.max(sms).unwrap_or_default()
}

fn oldest(person: &Person) -> jiff::Timestamp {
    let totp = person.totp.as_ref().map(|app| app.set_up_at);
    let sms = person.sms.as_ref().map(|phone| phone.set_up_at);
    totp.into_iter().chain(sms).min().unwrap_or_default()
}

fn what_is_wrong(person: &Person, known: &Known) -> Option<String> {
    let (tenant, user) = (&person.user.tenant, &person.user.user);
    if !known.has_policy {
        return Some(format!(
            "{tenant} has no policy yet; send its enrollment.policy.set.v1 first."
        ));
    }
    let each = [
        (Method::Totp, person.totp.is_some()),
        (Method::Sms, person.sms.is_some()),
    ];
    for (method, is_given) in each {
        if is_given && known.methods.contains(&method) {
            let method = method.as_str();
            return Some(format!("{user} has {method} set up already; leave it out."));
        }
    }
    if let Some(since) = known.reset_since.filter(|since| *since >= oldest(person)) {
        return Some(format!(
            "{user} was reset at {since}, after this was set up; leave the line out."
        ));
    }
    known.owner.as_ref().map(|owner| {
        format!("has a mobile number that serves {owner}; a number serves one person of {tenant}.")
    })
}
