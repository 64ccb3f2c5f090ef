//! From rows to users: the user itself, its texts and browsers, and its numbers.

use std::collections::BTreeSet;

use twofactor_contract::SessionId;
use twofactor_rules::User;
use twofactor_rules::failures::Failures;
use twofactor_rules::keys::Hash;
use twofactor_rules::state::{
    BackupCode, BackupSet, Browser, PendingSms, PendingTotp, SentText, Sms, Totp,
};
use uuid::Uuid;

use crate::cells::Cells;
use crate::draft::Draft;
use crate::error::Corrupt;
use crate::names;

/// Reads the columns of the user itself; `None` if it has no row.
pub(crate) fn read_user(cells: &mut Cells<'_>) -> Result<Option<User>, Corrupt> {
    let Some(ever_set_up) = cells.next()? else {
        return Ok(None);
    };
    let first_login_at = cells.moment_if_any()?;
    let reset_since = cells.moment_if_any()?;
    let exempt_until = cells.moment_if_any()?;
    let login_failures = read_failures(cells)?;
    let confirm_failures = read_failures(cells)?;
    let totp = read_totp(cells)?;
    let sms = read_sms(cells)?;
    let backup = read_backup(cells)?;
    let pending_totp = read_pending_totp(cells)?;
    let pending_sms = read_pending_sms(cells)?;
    Ok(Some(User {
        first_login_at,
        ever_set_up,
        reset_since,
        exempt_until,
        login_failures,
        confirm_failures,
        totp,
        sms,
        backup,
        pending_totp,
        pending_sms,
        ..User::default()
    }))
}

/// Reads a row of `load_texts`.
pub(crate) fn read_text(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let key = cells.user()?;
    let id: Uuid = cells.next()?;
    let text = SentText {
        session: read_session_id(cells)?,
        purpose: names::purpose(cells.next()?)?,
        code: cells.hash()?,
        taken_at: cells.moment()?,
        expires_at: cells.moment()?,
        fate: names::fate(cells.next()?)?,
        end: cells.next::<Option<&str>>()?.map(names::end).transpose()?,
        lookup: cells.hash()?,
        number_ref: cells.hash()?,
        country: cells.next()?,
    };
    draft.user_mut(key).texts.insert(id, text);
    Ok(())
}

/// Reads a row of `load_browsers`.
pub(crate) fn read_browser(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let key = cells.user()?;
    let token = cells.hash()?;
    let browser = Browser {
        net: cells.next::<&str>()?.parse().map_err(|_| Corrupt)?,
        since: cells.moment()?,
        until: cells.moment()?,
    };
    draft.user_mut(key).browsers.insert(token, browser);
    Ok(())
}

/// Reads a row of `load_number_owners`.
pub(crate) fn read_number_owner(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let tenant = cells.tenant()?;
    let lookup = cells.hash()?;
    let owner = twofactor_contract::UserId::parse(cells.next::<&str>()?).ok_or(Corrupt)?;
    draft.state.number_owners.insert((tenant, lookup), owner);
    Ok(())
}

/// Reads a row of `load_number_texts`.
pub(crate) fn read_number_text(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let lookup: Hash = cells.hash()?;
    let id = cells.next()?;
    let taken_at = cells.moment()?;
    draft
        .state
        .number_texts
        .entry(lookup)
        .or_default()
        .insert(id, taken_at);
    Ok(())
}

fn read_session_id(cells: &mut Cells<'_>) -> Result<SessionId, Corrupt> {
    SessionId::parse(cells.next::<&str>()?).ok_or(Corrupt)
}

fn read_failures(cells: &mut Cells<'_>) -> Result<Failures, Corrupt> {
    let count = u32::try_from(cells.next::<i64>()?).map_err(|_| Corrupt)?;
    Ok(Failures {
        count,
        last_at: cells.moment_if_any()?,
    })
}

// The columns of a method are all set or all null: the tables check that.

fn read_totp(cells: &mut Cells<'_>) -> Result<Option<Totp>, Corrupt> {
    let secret = cells.sealed_if_any()?;
    let set_up_at = cells.moment_if_any()?;
    let steps: Option<Vec<i64>> = cells.next()?;
    Ok(secret
        .zip(set_up_at)
        .zip(steps)
        .map(|((secret, set_up_at), steps)| Totp {
            secret,
            set_up_at,
            spent_steps: BTreeSet::from_iter(steps),
        }))
}

fn read_sms(cells: &mut Cells<'_>) -> Result<Option<Sms>, Corrupt> {
    let number = cells.sealed_if_any()?;
    let lookup = read_hash_if_any(cells)?;
    let country: Option<String> = cells.next()?;
    let set_up_at = cells.moment_if_any()?;
    let whole = number.zip(lookup).zip(country.zip(set_up_at));
    Ok(whole.map(|((number, lookup), (country, set_up_at))| Sms {
        number,
        lookup,
        country,
        set_up_at,
    }))
}

fn read_backup(cells: &mut Cells<'_>) -> Result<Option<BackupSet>, Corrupt> {
    let salt: Option<&[u8]> = cells.next()?;
    let hashes: Option<&[u8]> = cells.next()?;
    let spent: Option<i64> = cells.next()?;
    let Some((salt, (hashes, spent))) = salt.zip(hashes.zip(spent)) else {
        return Ok(None);
    };
    let (hashes, rest) = hashes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(Corrupt);
    }
    let code = |(index, hash): (usize, &Hash)| BackupCode {
        hash: *hash,
        spent: spent
            .checked_shr(u32::try_from(index).unwrap_or(u32::MAX))
            .unwrap_or(0)
            & 1
            == 1,
    };
    let codes = hashes.iter().enumerate().map(code).collect();
    Ok(Some(BackupSet {
        salt: salt.try_into().map_err(|_| Corrupt)?,
        codes,
    }))
}

fn read_pending_totp(cells: &mut Cells<'_>) -> Result<Option<PendingTotp>, Corrupt> {
    let whole = cells.sealed_if_any()?.zip(cells.moment_if_any()?);
    Ok(whole.map(|(secret, expires_at)| PendingTotp { secret, expires_at }))
}

fn read_pending_sms(cells: &mut Cells<'_>) -> Result<Option<PendingSms>, Corrupt> {
    let number = cells.sealed_if_any()?;
    let lookup = read_hash_if_any(cells)?;
    let country: Option<String> = cells.next()?;
    let text: Option<Uuid> = cells.next()?;
    let whole = number
        .zip(lookup)
        .zip(country.zip(text))
        .zip(cells.moment_if_any()?);
    Ok(whole.map(
        |(((number, lookup), (country, text)), expires_at)| PendingSms {
            number,
            lookup,
            country,
            text,
            expires_at,
        },
    ))
}

fn read_hash_if_any(cells: &mut Cells<'_>) -> Result<Option<Hash>, Corrupt> {
    let hash: Option<&[u8]> = cells.next()?;
    hash.map(|hash| hash.try_into().map_err(|_| Corrupt))
        .transpose()
}
