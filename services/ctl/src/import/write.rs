//! Writing: batch by batch, each in a turn of its own, as a worker would set methods up.
//!
//! Everything is looked at again under the locks. Where another came first meanwhile, that person
//! is left out and told; nobody else of the batch is.

use std::sync::Arc;

use twofactor_contract::{Method, Service};
use twofactor_rules::keys::Purpose;
use twofactor_rules::state::{Sms, Totp};
use twofactor_rules::trail::{Notes, TrailRow};
use twofactor_rules::{Change, Changed, Keys, Needs, User};
use twofactor_store::{Draft, Fate, Store, StoreError};
use uuid::Uuid;

use crate::chance;
use crate::failure::Failure;
use crate::import::Problem;
use crate::import::line::Person;
use crate::progress::Progress;

/// People in one transaction. Each is a lock, of which the server has some thousands for all.
const BATCH: usize = 250;
/// How often a batch is tried again that others keep changing.
const TRIES: usize = 5;

/// What became of the import.
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
            // Somebody took a number of this batch meanwhile: the rest of it must not suffer.
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
        users: batch.iter().map(|person| person.user.clone()).collect(),
        ..Needs::default()
    };
    let mut turn = store.begin(&needs).await?;
    let mut left_out = Vec::new();
    for person in batch {
        let user = turn.draft.state.users.get(&person.user);
        if user.is_some_and(|user| is_changed(person, user)) {
            let sentence = "was left out: it was set up or reset by somebody else meanwhile.";
            left_out.push(Problem::new(person.line, sentence));
        } else {
            set_up(person, keys, actor, &mut turn.draft);
        }
    }
    turn.commit(Service::Enrollment, "").await?;
    written.imported += batch.len() - left_out.len();
    written.left_out.extend(left_out);
    Ok(())
}

/// Whether a method was set up, or everything reset, since the file was checked.
fn is_changed(person: &Person, user: &User) -> bool {
    let totp = person.totp.as_ref().map(|app| app.set_up_at);
    let sms = person.sms.as_ref().map(|phone| phone.set_up_at);
    let is_older = |at: jiff::Timestamp| user.reset_since.is_some_and(|since| since >= at);
    (totp.is_some() && user.totp.is_some())
        || (sms.is_some() && user.sms.is_some())
        || totp.into_iter().chain(sms).any(is_older)
}

fn set_up(person: &Person, keys: &Keys, actor: &str, draft: &mut Draft) {
    let seal = |purpose, plain: &[u8]| keys.seal(purpose, &person.user, plain, &mut chance::rng());
    let totp = person.totp.as_ref().map(|app| Change::SetUpTotp {
        totp: Totp {
            secret: seal(Purpose::TotpSecret, &app.secret),
            set_up_at: app.set_up_at,
            spent_steps: std::collections::BTreeSet::new(),
        },
    });
    let sms = person.sms.as_ref().map(|phone| Change::SetUpSms {
        sms: Sms {
            number: seal(Purpose::MobileNumber, phone.mobile.e164.expose().as_bytes()),
            lookup: phone.lookup,
            country: phone.mobile.country.clone(),
            set_up_at: phone.set_up_at,
        },
    });
    draft.change(&Changed {
        tenant: person.user.tenant.clone(),
        user: Some(person.user.user.clone()),
        changes: totp.into_iter().chain(sms).collect(),
    });
    draft.trail(row(person, actor));
}

/// The row of the trail. It names a method where there is one alone.
fn row(person: &Person, actor: &str) -> TrailRow {
    let method = match (&person.totp, &person.sms) {
        (Some(_), None) => Some(Method::Totp),
        (None, Some(_)) => Some(Method::Sms),
        _ => None,
    };
    TrailRow {
        event_id: Some(person.event_id.clone()),
        source: Some("/twofactor/ctl".to_owned()),
        event_type: Some("import".to_owned()),
        occurred_at: None,
        outcome_id: person.event_id.parse().unwrap_or(Uuid::nil()),
        outcome_type: "import".to_owned(),
        tenant_id: Some(person.user.tenant.to_string()),
        user_id: Some(person.user.user.to_string()),
        actor_id: Some(actor.to_owned()),
        session_id: None,
        reason: None,
        notes: Notes {
            method,
            ..Notes::default()
        },
    }
}
