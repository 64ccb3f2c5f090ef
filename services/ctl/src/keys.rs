//! `twofactor-ctl keys`: what is sealed under which key, and sealing anew under the current one.
//!
//! Rotating goes over everything until a whole round finds nothing more, since a worker that was
//! not started with the new key yet may seal under the old one meanwhile. Its progress is stored
//! nowhere: what is done is no longer found, so the same command goes on after an interruption.

use serde_json::json;
use twofactor_contract::UserKey;
use twofactor_rules::keys::{OpenError, Purpose, Sealed};
use twofactor_rules::{Keyring, Keys};
use twofactor_store::{KeyRows, Store, Stuck};
use uuid::Uuid;

use crate::chance;
use crate::cli::KeysCommand;
use crate::database::Database;
use crate::failure::{Done, Failure};
use crate::output::{self, Output};
use crate::progress::Progress;
use crate::settings;

/// Users, or answers, in one transaction. Every user is a lock, of which the server has some
/// thousands for all.
const BATCH: i64 = 250;
/// Whole rounds, after which a worker that keeps sealing under an old key is at fault.
const ROUNDS: usize = 5;

/// Runs one of the commands.
pub async fn run(command: &KeysCommand, output: Output) -> Result<Done, Failure> {
    let (url, keyring) = settings::read(|env| {
        let url = twofactor_settings::database_url(env);
        let keyring = twofactor_settings::keyring(env);
        url.zip(keyring)
    })?;
    let database = Database::at(url)?.checked().await?;
    match command {
        KeysCommand::Status => status(&database.store(1)?, &keyring, output).await,
        KeysCommand::Rotate { dry_run } => rotate(&database, keyring, *dry_run, output).await,
    }
}

async fn status(store: &Store, keyring: &Keyring, output: Output) -> Result<Done, Failure> {
    let rows = store.key_rows().await?;
    let mut missing = Vec::new();
    for (key, values) in &rows {
        let is_current = key == keyring.current();
        let is_held = keyring.holds(key);
        if !is_held {
            missing.push(key.clone());
        }
        let note = match (is_current, is_held) {
            (true, _) => ", the current key",
            (false, true) => "",
            (false, false) => ", MISSING from KEYRING_FILE: add it back",
        };
        let object = json!({
            "key": key, "values": values, "current": is_current, "in_keyring": is_held,
        });
        output.put(&format!("{key}: sealed values: {values}{note}"), &object)?;
    }
    if !rows.iter().any(|(key, _)| key == keyring.current()) {
        let key = keyring.current();
        let object = json!({ "key": key, "values": 0, "current": true, "in_keyring": true });
        output.put(
            &format!("{key}: sealed values: 0, the current key"),
            &object,
        )?;
    }
    Ok(Done::found(!missing.is_empty()))
}

/// Returns how many of these values are sealed under other keys than the current one.
fn left(rows: &KeyRows, keyring: &Keyring) -> u64 {
    let others = rows.iter().filter(|(key, _)| key != keyring.current());
    let values: i64 = others.map(|(_, values)| *values).sum();
    u64::try_from(values).unwrap_or_default()
}

async fn rotate(
    database: &Database,
    keyring: Keyring,
    dry_run: bool,
    output: Output,
) -> Result<Done, Failure> {
    let store = &database.store(2)?;
    let total = left(&store.key_rows().await?, &keyring);
    let current = keyring.current().to_owned();
    if total == 0 {
        let object = json!({ "key": current, "resealed": 0, "left": 0, "dry_run": dry_run });
        let words = format!("Everything is sealed under {current} already.");
        output.put(&words, &object)?;
        return Ok(Done::Success);
    }
    let keys = keys(store, keyring, dry_run).await?;
    if dry_run {
        let words = format!("{} would be sealed anew under {current}.", values(total));
        let object = json!({ "key": current, "resealed": 0, "left": total, "dry_run": true });
        output.put(&words, &object)?;
        return Ok(Done::Found);
    }
    output.confirm(&format!(
        "{} of the {database} will be sealed anew under {current}.",
        values(total)
    ))?;
    rotate_all(store, keys, total, output).await
}

/// Seals anew everything that is sealed under other keys; records the run in the trail first.
async fn rotate_all(
    store: &Store,
    keys: Keys,
    total: u64,
    output: Output,
) -> Result<Done, Failure> {
    let current = keys.keyring().current().to_owned();
    let begun = format!("to {current}, {}", values(total));
    store
        .record_run(&output::actor(), "keys rotate", &begun)
        .await?;
    let mut rotation = Rotation {
        store,
        keys,
        current: current.clone(),
        values: 0,
        stuck: Vec::new(),
        progress: Progress::new("sealed anew", Some(total)),
    };
    let ended = rotation.rounds().await;
    let Rotation {
        keys,
        values: resealed,
        stuck,
        progress,
        ..
    } = rotation;
    progress.end();
    ended?;
    report(&stuck);
    let rows = store.key_rows().await?;
    // Workers count once an hour; until then they would show the old count.
    store.keep_key_rows(&rows).await?;
    let left = left(&rows, keys.keyring());
    let words = format!(
        "{} sealed anew under {current}; {left} left.",
        values(resealed)
    );
    let object = json!({ "key": current, "resealed": resealed, "left": left, "dry_run": false });
    output.put(&words, &object)?;
    if !stuck.is_empty() {
        return Err(Failure::Refused(format!(
            "{} stuck under a key that does not open them; see above.",
            values(stuck.len() as u64)
        )));
    }
    if left > 0 {
        eprintln!(
            "twofactor-ctl: some worker still seals under an older key; give every worker this \
             keyring, then run this again."
        );
    }
    Ok(Done::found(left > 0))
}

fn values(count: u64) -> String {
    output::counted(count, "value")
}

fn report(stuck: &[Stuck]) {
    for Stuck { user, error } in stuck.iter().take(20) {
        eprintln!("twofactor-ctl: {} of {}: {error}.", user.user, user.tenant);
    }
}

/// Returns the keys of this database.
pub async fn keys(store: &Store, keyring: Keyring, dry_run: bool) -> Result<Keys, Failure> {
    let fresh = || keyring.new_hash_key(&mut chance::rng());
    let sealed = match store.hash_key_if_any().await? {
        Some(sealed) => sealed,
        None if dry_run => fresh(),
        // As a worker would that starts first.
        None => store.hash_key(&fresh()).await?,
    };
    Keys::new(keyring, &sealed).map_err(|error| {
        Failure::Setting(format!("KEYRING_FILE does not fit this database: {error}."))
    })
}

/// One run over everything that is sealed.
struct Rotation<'a> {
    store: &'a Store,
    keys: Keys,
    current: String,
    values: u64,
    stuck: Vec<Stuck>,
    progress: Progress,
}

impl Rotation<'_> {
    async fn rounds(&mut self) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            self.stuck.clear();
            let before = self.values;
            self.users().await?;
            self.answers().await?;
            self.hash_key().await?;
            if self.values == before {
                break;
            }
        }
        Ok(())
    }

    async fn users(&mut self) -> Result<(), Failure> {
        let mut after: Option<UserKey> = None;
        loop {
            let store = self.store;
            let current = &self.current;
            let users = store
                .users_to_reseal(current, after.as_ref(), BATCH)
                .await?;
            let Some(last) = users.last().cloned() else {
                return Ok(());
            };
            let keys = &self.keys;
            let mut reseal = |purpose: Purpose, user: &UserKey, sealed: &Sealed| {
                keys.reseal(purpose, user, sealed, &mut chance::rng())
            };
            let resealed = store.reseal_users(&users, current, &mut reseal).await?;
            self.values += resealed.values;
            self.stuck.extend(resealed.stuck);
            let at = format!("{} of {}", last.user, last.tenant);
            self.progress.advance(resealed.values, &at);
            after = Some(last);
        }
    }

    async fn answers(&mut self) -> Result<(), Failure> {
        let mut after = Uuid::nil();
        loop {
            let store = self.store;
            let current = &self.current;
            let keys = &self.keys;
            let mut reseal = |purpose: Purpose, user: &UserKey, sealed: &Sealed| {
                keys.reseal(purpose, user, sealed, &mut chance::rng())
            };
            let (resealed, last) = store
                .reseal_answers(current, after, BATCH, &mut reseal)
                .await?;
            let Some(last) = last else { return Ok(()) };
            self.values += resealed.values;
            self.stuck.extend(resealed.stuck);
            self.progress.advance(resealed.values, &last.to_string());
            after = last;
        }
    }

    async fn hash_key(&mut self) -> Result<(), Failure> {
        let Some(sealed) = self.store.hash_key_if_any().await? else {
            return Ok(());
        };
        if sealed.key_id() == Some(self.current.as_str()) {
            return Ok(());
        }
        let fresh = self
            .keys
            .keyring()
            .reseal_hash_key(&sealed, &mut chance::rng())
            .map_err(|error: OpenError| Failure::Refused(format!("{error}.")))?;
        if self.store.reseal_hash_key(&sealed, &fresh).await? {
            self.values += 1;
            self.progress.advance(1, "the hash key");
        }
        Ok(())
    }
}
