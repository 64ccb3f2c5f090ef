//! The one round trip that begins a batch: locks and the clock, then everything it needs.
//!
//! Each statement sees what was committed before it ran, so the statements after the locks see the
//! work of the workers that held them, and the clock is later than their commit. Most batches are
//! one login, and a statement costs as much as its row, so nothing is asked for that is not needed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use twofactor_contract::{AdminId, RefusalReason, SessionId, TenantId, UserId, UserKey};
use twofactor_rules::Needs;
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::keys::Hash;
use twofactor_rules::policy::Policy;
use uuid::Uuid;

use crate::ahead;
use crate::cells::Cells;
use crate::connection::{Connection, Param, Request};
use crate::draft::Draft;
use crate::error::{Corrupt, StoreError};
use crate::load_users::{read_browser, read_number_owner, read_number_text, read_text, read_user};
use crate::sql::{self, Sql};
use crate::{kept, locks};

/// Function that adds one row to the draft.
type Take = fn(&mut Draft, &mut Cells<'_>) -> Result<(), Corrupt>;

/// Opens the transaction of a batch and loads what it needs.
pub(crate) async fn begin(connection: &Connection, needs: &Needs) -> Result<Draft, StoreError> {
    let (requests, takes): (Vec<_>, Vec<Take>) = loads(needs).into_iter().unzip();
    let answers = connection.begin(&requests).await?;
    let mut draft = Draft::new(Timestamp::UNIX_EPOCH);
    for ((request, take), rows) in requests.iter().zip(takes).zip(answers) {
        for row in rows {
            take(&mut draft, &mut Cells::of(&row))
                .map_err(|Corrupt| StoreError::corrupt(request.sql.name))?;
        }
    }
    ahead::bring_back(&mut draft, &needs.users);
    Ok(draft)
}

/// Returns the statements that load what a batch needs, each with the function that takes its rows.
fn loads(needs: &Needs) -> Vec<(Request<'_>, Take)> {
    let load = |sql: &'static Sql, take: Take, params| (Request::new(sql, params), take);
    let mut requests = Vec::new();
    let keys: Param<'_> = Box::new(locks::keys(needs));
    requests.push(load(&sql::LOCK, read_now, vec![keys]));
    let tenants: Vec<_> = needs
        .tenants
        .union(&needs.policies)
        .map(TenantId::as_str)
        .collect();
    if !tenants.is_empty() {
        requests.push(load(
            &sql::LOAD_POLICIES,
            read_policy,
            vec![Box::new(tenants)],
        ));
    }
    let users = users_in_sessions(needs);
    if !users.is_empty() {
        let mut params = user_params(users.iter().map(|(user, _)| *user));
        let sessions: Vec<_> = users
            .iter()
            .map(|(_, id)| id.map(SessionId::as_str))
            .collect();
        params.push(Box::new(sessions));
        requests.push(load(&sql::LOAD_USERS, read_user, params));
    }
    let answers: Vec<Uuid> = needs.answers.iter().copied().collect();
    if !needs.texts.is_empty() {
        let mut params = user_params(&needs.texts);
        params.push(Box::new(answers.clone()));
        params.push(kept::seconds(kept::THROTTLED));
        requests.push(load(&sql::LOAD_TEXTS, read_text, params));
    }
    if !needs.browsers.is_empty() {
        let mut params = user_params(&needs.browsers);
        params.push(kept::seconds(kept::BROWSERS));
        requests.push(load(&sql::LOAD_BROWSERS, read_browser, params));
    }
    if !needs.number_owners.is_empty() {
        let params = user_params(&needs.number_owners);
        requests.push(load(&sql::LOAD_NUMBER_OWNERS, read_number_owner, params));
    }
    if !needs.numbers.is_empty() {
        let numbers: Vec<&[u8]> = needs.numbers.iter().map(Hash::as_slice).collect();
        let params = vec![Box::new(numbers), kept::seconds(kept::THROTTLED)];
        requests.push(load(&sql::LOAD_NUMBER_TEXTS, read_number_text, params));
    }
    let refusals: Vec<Uuid> = needs.refusals.iter().copied().collect();
    if !(answers.is_empty() && refusals.is_empty()) {
        let params: Vec<Param<'_>> = vec![Box::new(answers), Box::new(refusals)];
        requests.push(load(&sql::LOAD_ANSWERS, read_answer_or_refusal, params));
    }
    requests
}

/// Returns each user once for each of its login sessions, and once without one if there is none.
fn users_in_sessions(needs: &Needs) -> Vec<(&UserKey, Option<&SessionId>)> {
    let mut users: BTreeSet<_> = needs.users.union(&needs.listed).collect();
    let mut rows = Vec::with_capacity(users.len());
    for (user, session) in &needs.sessions {
        users.remove(user);
        rows.push((user, Some(session)));
    }
    rows.extend(users.into_iter().map(|user| (user, None)));
    rows
}

/// Splits the keys into two arrays of one length, tenants and users.
fn user_params<'a>(keys: impl IntoIterator<Item = &'a UserKey>) -> Vec<Param<'a>> {
    let (tenants, users): (Vec<&str>, Vec<&str>) = keys
        .into_iter()
        .map(|key| (key.tenant.as_str(), key.user.as_str()))
        .unzip();
    vec![Box::new(tenants), Box::new(users)]
}

fn read_now(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    draft.now = cells.moment()?;
    Ok(())
}

fn read_policy(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let tenant = cells.tenant()?;
    let policy = Policy {
        required: cells.next()?,
        grace_days: u8::try_from(cells.next::<i16>()?).map_err(|_| Corrupt)?,
        required_since: cells.moment_if_any()?,
        set_by: AdminId::parse(cells.next::<&str>()?).ok_or(Corrupt)?,
        set_at: cells.moment()?,
    };
    draft.state.policies.insert(tenant, policy);
    Ok(())
}

fn read_answer_or_refusal(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let id = cells.next()?;
    match cells.next()? {
        None => read_answer(id, draft, cells),
        Some(reason) => read_refusal(id, reason, draft, cells),
    }
}

fn read_answer(id: Uuid, draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let tenant = cells.tenant()?;
    let user = cells
        .next::<Option<&str>>()?
        .map(|user| UserId::parse(user).ok_or(Corrupt));
    let content = cells.hash()?;
    let decided_at = cells.moment()?;
    let outcome: Option<(String, String)> = cells.next::<Option<_>>()?.zip(cells.next()?);
    let secrets = cells.sealed_if_any()?;
    let had_secrets = cells.next()?;
    let outcome = outcome.map(|(outcome_type, public)| KeptOutcome {
        outcome_type,
        public,
        secrets,
        had_secrets,
    });
    if outcome.is_none() {
        draft.held.insert(id);
    }
    if let Some(user) = user.transpose()? {
        draft.owners.insert(id, UserKey { tenant, user });
    }
    draft.answers.insert(
        id,
        Answer {
            content,
            decided_at,
            outcome,
        },
    );
    Ok(())
}

fn read_refusal(
    id: Uuid,
    reason: &str,
    draft: &mut Draft,
    cells: &mut Cells<'_>,
) -> Result<(), Corrupt> {
    // A later release may know more reasons; this one never asks for them.
    if let Some(reason) = RefusalReason::parse(reason) {
        cells.skip(4);
        let outcome_type = cells.next()?;
        let public = cells.next()?;
        let outcome = KeptOutcome {
            outcome_type,
            public,
            secrets: None,
            had_secrets: false,
        };
        draft.refusals.insert((id, reason), outcome);
    }
    Ok(())
}
