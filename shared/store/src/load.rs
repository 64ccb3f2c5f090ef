//! The one round trip that begins a batch: locks, then the clock, then everything it needs.
//!
//! Each statement sees what was committed before it ran, so what stands behind the locks sees
//! the work of whoever held them, and the clock is later than their commit.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use twofactor_contract::{AdminId, RefusalReason, TenantId, UserId, UserKey};
use twofactor_rules::Needs;
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::keys::{Hash, Sealed};
use twofactor_rules::policy::Policy;
use uuid::Uuid;

use crate::connection::{Connection, Param, Request};
use crate::draft::Draft;
use crate::error::{Corrupt, StoreError};
use crate::load_users::{browser, number_owner, number_text, session, text, user};
use crate::locks;
use crate::sql::{self, Sql};
use crate::{ahead, clock};

/// Puts one row where it belongs.
type Take = fn(&mut Draft, &mut Cells<'_>) -> Result<(), Corrupt>;

/// Opens the transaction of a batch and loads what it needs.
pub(crate) async fn begin(connection: &Connection, needs: &Needs) -> Result<Draft, StoreError> {
    let (requests, takes): (Vec<_>, Vec<Take>) = asked(needs).into_iter().unzip();
    let answers = connection.begin(&requests).await?;
    let mut draft = Draft::new(Timestamp::UNIX_EPOCH);
    for key in needs.users.union(&needs.listed) {
        draft.state.users.entry(key.clone()).or_default();
    }
    for ((request, take), rows) in requests.iter().zip(takes).zip(answers) {
        for row in rows {
            take(&mut draft, &mut Cells { row: &row, at: 0 })
                .map_err(|Corrupt| StoreError::corrupt(request.sql.name))?;
        }
    }
    ahead::bring_back(&mut draft, &needs.users);
    Ok(draft)
}

/// What a batch asks, and who takes the rows. What it does not need, it does not ask.
fn asked(needs: &Needs) -> Vec<(Request<'_>, Take)> {
    let ask = |sql: &'static Sql, take: Take, params| (Request::new(sql, params), take);
    let mut asked = Vec::new();
    let keys = locks::keys(needs);
    if !keys.is_empty() {
        asked.push(ask(
            &sql::LOCK,
            |_, _| Ok(()),
            vec![Box::new(keys) as Param<'_>],
        ));
    }
    asked.push(ask(&sql::CLOCK, now, vec![]));
    let tenants: Vec<_> = needs
        .tenants
        .union(&needs.policies)
        .map(TenantId::as_str)
        .collect();
    if !tenants.is_empty() {
        asked.push(ask(&sql::LOAD_POLICIES, policy, vec![Box::new(tenants)]));
    }
    let every = || needs.users.union(&needs.listed);
    if every().next().is_some() {
        asked.push(ask(&sql::LOAD_USERS, user, user_params(every())));
    }
    let answers: Vec<Uuid> = needs.answers.iter().copied().collect();
    if !needs.users.is_empty() {
        let users = || user_params(&needs.users);
        let mut with_answers = users();
        with_answers.push(Box::new(answers.clone()));
        asked.push(ask(&sql::LOAD_TEXTS, text, with_answers));
        asked.push(ask(&sql::LOAD_BROWSERS, browser, users()));
        asked.push(ask(&sql::LOAD_NUMBER_OWNERS, number_owner, users()));
    }
    if !needs.sessions.is_empty() {
        let mut params = user_params(needs.sessions.iter().map(|(user, _)| user));
        let ids: Vec<_> = needs
            .sessions
            .iter()
            .map(|(_, session)| session.as_str())
            .collect();
        params.push(Box::new(ids));
        asked.push(ask(&sql::LOAD_SESSIONS, session, params));
    }
    if !needs.numbers.is_empty() {
        let numbers: Vec<&[u8]> = needs.numbers.iter().map(Hash::as_slice).collect();
        asked.push(ask(
            &sql::LOAD_NUMBER_TEXTS,
            number_text,
            vec![Box::new(numbers)],
        ));
    }
    if !answers.is_empty() {
        asked.push(ask(&sql::LOAD_ANSWERS, answer, vec![Box::new(answers)]));
    }
    if !needs.refusals.is_empty() {
        let ids: Vec<Uuid> = needs.refusals.iter().copied().collect();
        asked.push(ask(&sql::LOAD_REFUSALS, refusal, vec![Box::new(ids)]));
    }
    asked
}

/// Tenants and users of the keys, in two arrays of one length.
fn user_params<'a>(keys: impl IntoIterator<Item = &'a UserKey>) -> Vec<Param<'a>> {
    let (tenants, users): (Vec<&str>, Vec<&str>) = keys
        .into_iter()
        .map(|key| (key.tenant.as_str(), key.user.as_str()))
        .unzip();
    vec![Box::new(tenants), Box::new(users)]
}

/// The cells of a row, read from left to right.
pub(crate) struct Cells<'a> {
    row: &'a Row,
    at: usize,
}

impl<'a> Cells<'a> {
    /// The cells of a row, from its first on.
    pub(crate) fn of(row: &'a Row) -> Self {
        Self { row, at: 0 }
    }

    pub(crate) fn next<T: FromSql<'a>>(&mut self) -> Result<T, Corrupt> {
        let cell = self.row.try_get(self.at).map_err(|_| Corrupt)?;
        self.at += 1;
        Ok(cell)
    }

    pub(crate) fn tenant(&mut self) -> Result<TenantId, Corrupt> {
        TenantId::parse(self.next::<&str>()?).ok_or(Corrupt)
    }

    pub(crate) fn user(&mut self) -> Result<UserKey, Corrupt> {
        let tenant = self.tenant()?;
        let user = UserId::parse(self.next::<&str>()?).ok_or(Corrupt)?;
        Ok(UserKey { tenant, user })
    }

    pub(crate) fn hash(&mut self) -> Result<Hash, Corrupt> {
        self.next::<&[u8]>()?.try_into().map_err(|_| Corrupt)
    }

    pub(crate) fn moment(&mut self) -> Result<Timestamp, Corrupt> {
        clock::loaded(self.next()?)
    }

    pub(crate) fn moment_if_any(&mut self) -> Result<Option<Timestamp>, Corrupt> {
        self.next::<Option<_>>()?.map(clock::loaded).transpose()
    }

    pub(crate) fn sealed_if_any(&mut self) -> Result<Option<Sealed>, Corrupt> {
        Ok(self.next::<Option<Vec<u8>>>()?.map(Sealed::from_bytes))
    }
}

fn now(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    draft.now = cells.moment()?;
    Ok(())
}

fn policy(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
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

fn answer(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let id: Uuid = cells.next()?;
    let tenant = cells.tenant()?;
    let user = cells
        .next::<Option<&str>>()?
        .map(|user| UserId::parse(user).ok_or(Corrupt));
    let (content, decided_at) = (cells.hash()?, cells.moment()?);
    let outcome: Option<(String, String)> = cells.next::<Option<_>>()?.zip(cells.next()?);
    let (secrets, had_secrets) = (cells.sealed_if_any()?, cells.next()?);
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

fn refusal(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let id = cells.next()?;
    // A later release may know more reasons; this one never asks for them.
    if let Some(reason) = RefusalReason::parse(cells.next()?) {
        let (outcome_type, public) = (cells.next()?, cells.next()?);
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
