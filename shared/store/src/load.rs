//! The one round trip that begins a batch: locks and the clock, then everything that decisions need;
//! and the one for what is refused.
//!
//! Each statement sees what was committed before it ran, so the statements after the locks see the
//! work of the workers that held them, and the clock is later than their commit. Most batches are
//! one login, and a statement costs as much as its row, so nothing is asked for that is not needed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;
use twofactor_contract::UserKey;
use twofactor_rules::Needs;
use twofactor_rules::keys::Hash;
use uuid::Uuid;

use crate::ahead;
use crate::cells::Cells;
use crate::connection::{Connection, Param, Request};
use crate::db_session::LockWait;
use crate::draft::Draft;
use crate::error::{Corrupt, StoreError};
use crate::load_row::{read_refusal, read_row};
use crate::load_users::{read_browser, read_number_owner, read_number_text, read_text};
use crate::sql::{self, Sql};
use crate::{kept, locks};

/// Function that adds one row to the draft.
type Take = fn(&mut Draft, &mut Cells<'_>) -> Result<(), Corrupt>;

/// Opens the transaction of a batch and loads what it needs.
pub(crate) async fn begin(
    connection: &Connection,
    needs: &Needs,
    waits: LockWait,
) -> Result<Draft, StoreError> {
    let (requests, takes): (Vec<_>, Vec<Take>) = loads(needs).into_iter().unzip();
    let answers = connection.begin_locked(&requests, waits).await?;
    let mut draft = Draft::new(Timestamp::UNIX_EPOCH);
    draft.make_room(needs);
    for ((request, take), rows) in requests.iter().zip(takes).zip(answers) {
        take_all(&mut draft, request, take, &rows)?;
    }
    ahead::bring_back(&mut draft, &needs.users);
    Ok(draft)
}

/// Loads earlier refusals with these ids into a draft, inside its transaction.
pub(crate) async fn refusals(
    connection: &Connection,
    ids: &BTreeSet<Uuid>,
    draft: &mut Draft,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    let request = Request::new(&sql::LOAD_REFUSALS, vec![Box::new(ids)]);
    let rows = connection.query(&request).await?;
    take_all(draft, &request, read_refusal, &rows)
}

fn take_all(
    draft: &mut Draft,
    request: &Request<'_>,
    take: Take,
    rows: &[Row],
) -> Result<(), StoreError> {
    let mut rows = rows.iter();
    rows.try_for_each(|row| take(draft, &mut Cells::of(row)))
        .map_err(|Corrupt| StoreError::corrupt(request.sql.name))
}

/// Returns the statements that load what a batch needs, each with the function that takes its rows.
fn loads(needs: &Needs) -> Vec<(Request<'_>, Take)> {
    let load = |sql: &'static Sql, take: Take, params| (Request::new(sql, params), take);
    let keys = locks::keys(needs);
    let rows = keys.len();
    let lock = Request::new(&sql::LOCK, vec![Box::new(keys)]).of_rows(rows);
    let mut requests: Vec<(_, Take)> = vec![(lock.for_its_rows(), read_now)];
    let answers: Vec<Uuid> = needs.answers.iter().copied().collect();
    let (users, mut params) = by_session(needs);
    let rows = users.max(answers.len());
    params.push(Box::new(answers.clone()));
    if rows > 0 {
        let all = Request::new(&sql::LOAD, params).of_rows(rows);
        requests.push((all.for_its_rows(), read_row));
    }
    if !needs.texts.is_empty() {
        let mut params = by_user(&needs.texts);
        params.push(Box::new(answers));
        params.push(kept::seconds(kept::THROTTLED));
        requests.push(load(&sql::LOAD_TEXTS, read_text, params));
    }
    if !needs.browsers.is_empty() {
        let mut params = by_user(&needs.browsers);
        params.push(kept::seconds(kept::BROWSERS));
        requests.push(load(&sql::LOAD_BROWSERS, read_browser, params));
    }
    if !needs.number_owners.is_empty() {
        let params = by_user(&needs.number_owners);
        requests.push(load(&sql::LOAD_NUMBER_OWNERS, read_number_owner, params));
    }
    if !needs.numbers.is_empty() {
        let numbers: Vec<&[u8]> = needs.numbers.iter().map(Hash::as_slice).collect();
        let params = vec![Box::new(numbers), kept::seconds(kept::THROTTLED)];
        requests.push(load(&sql::LOAD_NUMBER_TEXTS, read_number_text, params));
    }
    requests
}

/// Makes three arrays of that length, of tenants, users and sessions: each user once for each of its
/// login sessions, or once without any; and the tenants of which there is no user.
fn by_session(needs: &Needs) -> (usize, Vec<Param<'_>>) {
    let mut rows: Vec<(&str, Option<&str>, Option<&str>)> = Vec::new();
    let mut users: BTreeSet<_> = needs.users.union(&needs.listed).collect();
    let mut tenants: BTreeSet<_> = needs.tenants.union(&needs.policies).collect();
    for (key, session) in &needs.sessions {
        users.remove(key);
        tenants.remove(&key.tenant);
        let user = key.user.as_str();
        rows.push((key.tenant.as_str(), Some(user), Some(session.as_str())));
    }
    for key in users {
        tenants.remove(&key.tenant);
        rows.push((key.tenant.as_str(), Some(key.user.as_str()), None));
    }
    rows.extend(
        tenants
            .into_iter()
            .map(|tenant| (tenant.as_str(), None, None)),
    );
    let tenants: Vec<_> = rows.iter().map(|(tenant, ..)| *tenant).collect();
    let users: Vec<_> = rows.iter().map(|(_, user, _)| *user).collect();
    let sessions: Vec<_> = rows.iter().map(|(.., session)| *session).collect();
    let params: Vec<Param<'_>> = vec![Box::new(tenants), Box::new(users), Box::new(sessions)];
    (rows.len(), params)
}

/// Splits the keys into two arrays of one length, tenants and users.
fn by_user<'a>(keys: impl IntoIterator<Item = &'a UserKey>) -> Vec<Param<'a>> {
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
