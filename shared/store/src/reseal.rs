//! Sealing values under a new key, batch by batch, while workers run.
//!
//! Users are resealed in turns of their own, under the locks that workers take, so neither ever
//! overwrites the other. Answers take no lock, so each is written only if it is unchanged since it
//! was read: secrets that a reset or the sweep wiped meanwhile stay wiped. The caller chooses the
//! key; this file knows no keyring.

use std::collections::BTreeSet;

use twofactor_contract::UserKey;
use twofactor_rules::keys::{OpenError, Purpose, Sealed};
use twofactor_rules::{Needs, User};
use uuid::Uuid;

use crate::cells::Cells;
use crate::connection::{Param, Request};
use crate::error::{Corrupt, StoreError};
use crate::sql;
use crate::store::Store;

/// Function that seals a value under the current key.
pub type Reseal<'a> = dyn FnMut(Purpose, &UserKey, &Sealed) -> Result<Sealed, OpenError> + 'a;

/// Value that could not be resealed, because it does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// User that it belongs to.
    pub user: UserKey,
    /// Error of opening it.
    pub error: OpenError,
}

/// Result of one batch.
#[derive(Debug, Default)]
pub struct Resealed {
    /// Count of values that were resealed.
    pub values: u64,
    /// Values that could not be.
    pub stuck: Vec<Stuck>,
}

impl Store {
    /// Returns the next users after `after`, in order, that have a value sealed under another key
    /// than
    /// `current`.
    pub async fn users_to_reseal(
        &self,
        current: &str,
        after: Option<&UserKey>,
        limit: i64,
    ) -> Result<Vec<UserKey>, StoreError> {
        let tenant = after.map_or("", |key| key.tenant.as_str());
        let user = after.map_or("", |key| key.user.as_str());
        let params: Vec<Param<'_>> = vec![
            Box::new(current.as_bytes()),
            Box::new(tenant),
            Box::new(user),
            Box::new(limit),
        ];
        let rows = self
            .rows(&Request::new(&sql::LIST_USERS_TO_RESEAL, params))
            .await?;
        let keys: Result<_, Corrupt> = rows.iter().map(|row| Cells::of(row).user()).collect();
        keys.map_err(|Corrupt| StoreError::corrupt(sql::LIST_USERS_TO_RESEAL.name))
    }

    /// Seals what these users have under other keys than `current` anew: one transaction.
    pub async fn reseal_users(
        &self,
        users: &[UserKey],
        current: &str,
        reseal: &mut Reseal<'_>,
    ) -> Result<Resealed, StoreError> {
        let needs = Needs {
            users: users.iter().cloned().collect::<BTreeSet<_>>(),
            ..Needs::default()
        };
        let mut turn = self.begin(&needs).await?;
        let mut resealed = Resealed::default();
        for (key, user) in &mut turn.draft.state.users {
            let before = resealed.values;
            for (purpose, sealed) in sealed_values(user) {
                if sealed.key_id() == Some(current) {
                    continue;
                }
                match reseal(purpose, key, sealed) {
                    Ok(fresh) => {
                        *sealed = fresh;
                        resealed.values += 1;
                    }
                    Err(error) => resealed.stuck.push(Stuck {
                        user: key.clone(),
                        error,
                    }),
                }
            }
            if resealed.values > before {
                turn.draft.dirty.users.insert(key.clone());
            }
        }
        if turn.draft.is_unchanged() {
            turn.roll_back().await;
        } else {
            turn.commit().await?;
        }
        Ok(resealed)
    }

    /// Reseals the secrets of the next kept answers after `after`; returns the id of the last one,
    /// or none if there are no more.
    pub async fn reseal_answers(
        &self,
        current: &str,
        after: Uuid,
        limit: i64,
        reseal: &mut Reseal<'_>,
    ) -> Result<(Resealed, Option<Uuid>), StoreError> {
        let params: Vec<Param<'_>> = vec![
            Box::new(current.as_bytes()),
            Box::new(after),
            Box::new(limit),
        ];
        let rows = self
            .rows(&Request::new(&sql::LIST_ANSWERS_TO_RESEAL, params))
            .await?;
        let mut resealed = Resealed::default();
        let mut ids = Vec::new();
        let mut earlier = Vec::new();
        let mut fresh = Vec::new();
        let mut last = None;
        for row in &rows {
            let read = answer(&mut Cells::of(row));
            let (id, user, sealed) =
                read.map_err(|Corrupt| StoreError::corrupt(sql::LIST_ANSWERS_TO_RESEAL.name))?;
            last = Some(id);
            match reseal(Purpose::Outcome, &user, &sealed) {
                Ok(new) => {
                    ids.push(id);
                    earlier.push(sealed.as_bytes().to_vec());
                    fresh.push(new.as_bytes().to_vec());
                }
                Err(error) => resealed.stuck.push(Stuck { user, error }),
            }
        }
        if !ids.is_empty() {
            let params: Vec<Param<'_>> = vec![Box::new(ids), Box::new(earlier), Box::new(fresh)];
            let request = Request::new(&sql::RESEAL_ANSWERS, params);
            resealed.values = self.execute(&request).await?;
        }
        Ok((resealed, last))
    }

    /// Reads the sealed hash key, if workers have made one yet.
    pub async fn hash_key_if_any(&self) -> Result<Option<Sealed>, StoreError> {
        let request = Request::plain(&sql::LOAD_HASH_KEY);
        let rows = self.rows(&request).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let sealed = row.try_get(0).map(Sealed::from_bytes);
        sealed
            .map(Some)
            .map_err(|_| StoreError::corrupt("load_hash_key"))
    }

    /// Replaces the hash key that was read by the resealed one; `false` if another run came first.
    pub async fn reseal_hash_key(
        &self,
        earlier: &Sealed,
        fresh: &Sealed,
    ) -> Result<bool, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(earlier.as_bytes()), Box::new(fresh.as_bytes())];
        let request = Request::new(&sql::RESEAL_HASH_KEY, params);
        let touched = self.execute(&request).await?;
        Ok(touched == 1)
    }
}

/// Iterates over the sealed values of a user.
fn sealed_values(user: &mut User) -> impl Iterator<Item = (Purpose, &mut Sealed)> {
    let secrets = [
        user.totp.as_mut().map(|totp| &mut totp.secret),
        user.pending_totp
            .as_mut()
            .map(|pending| &mut pending.secret),
    ];
    let numbers = [
        user.sms.as_mut().map(|sms| &mut sms.number),
        user.pending_sms.as_mut().map(|pending| &mut pending.number),
    ];
    let secrets = secrets.into_iter().flatten();
    let numbers = numbers.into_iter().flatten();
    secrets
        .map(|sealed| (Purpose::TotpSecret, sealed))
        .chain(numbers.map(|sealed| (Purpose::MobileNumber, sealed)))
}

fn answer(cells: &mut Cells<'_>) -> Result<(Uuid, UserKey, Sealed), Corrupt> {
    let id = cells.next()?;
    let user = cells.user()?;
    let sealed = cells.sealed_if_any()?.ok_or(Corrupt)?;
    Ok((id, user, sealed))
}
