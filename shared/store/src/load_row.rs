//! From a row of `load` to what it has: a user with a login session, a policy, an earlier answer. The
//! columns of each begin at a place that is named here. And from a row of `load_refusals`.

use twofactor_contract::{AdminId, RefusalReason, SessionId, TenantId, UserId, UserKey};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::policy::Policy;
use twofactor_rules::state::Session;
use uuid::Uuid;

use crate::cells::Cells;
use crate::draft::Draft;
use crate::error::Corrupt;
use crate::load_users::read_user;

/// First columns of the parts in `load.sql`, counted from 0; the user's own follow its key.
const SESSION: usize = 27;
const POLICY: usize = 31;
const ANSWER: usize = 36;

/// Reads a row of `load`: each part that is there, and was not in an earlier row.
pub(crate) fn read_row(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    if let Some(tenant) = cells.next::<Option<&str>>()? {
        let tenant = TenantId::parse(tenant).ok_or(Corrupt)?;
        if let Some(user) = cells.next::<Option<&str>>()? {
            let user = UserId::parse(user).ok_or(Corrupt)?;
            let tenant = tenant.clone();
            read_user_in_session(UserKey { tenant, user }, draft, cells)?;
        }
        cells.go_to(POLICY);
        read_policy(tenant, draft, cells)?;
    }
    cells.go_to(ANSWER);
    read_answer(draft, cells)
}

fn read_user_in_session(
    key: UserKey,
    draft: &mut Draft,
    cells: &mut Cells<'_>,
) -> Result<(), Corrupt> {
    if !draft.state.users.contains_key(&key) {
        let user = read_user(cells)?;
        if user.is_some() {
            draft.known.insert(key.clone());
        }
        draft
            .state
            .users
            .insert(key.clone(), user.unwrap_or_default());
    }
    cells.go_to(SESSION);
    if let Some(id) = cells.next::<Option<&str>>()? {
        let id = SessionId::parse(id).ok_or(Corrupt)?;
        let session = Session {
            accepted_at: cells.moment_if_any()?,
            remembered_at: cells.moment_if_any()?,
            set_up_at: cells.moment_if_any()?,
        };
        draft.known_sessions.insert((key.clone(), id.clone()));
        draft.user_mut(key).sessions.insert(id, session);
    }
    Ok(())
}

fn read_policy(tenant: TenantId, draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    if draft.state.policies.contains_key(&tenant) {
        return Ok(());
    }
    if let Some(required) = cells.next()? {
        let policy = Policy {
            required,
            grace_days: u8::try_from(cells.next::<i16>()?).map_err(|_| Corrupt)?,
            required_since: cells.moment_if_any()?,
            set_by: AdminId::parse(cells.next::<&str>()?).ok_or(Corrupt)?,
            set_at: cells.moment()?,
        };
        draft.state.policies.insert(tenant, policy);
    }
    Ok(())
}

fn read_answer(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let Some(id) = cells.next::<Option<Uuid>>()? else {
        return Ok(());
    };
    let tenant = cells.tenant()?;
    let user = cells
        .next::<Option<&str>>()?
        .map(|user| UserId::parse(user).ok_or(Corrupt));
    let content = cells.hash()?;
    let decided_at = cells.moment()?;
    let outcome_type: Option<String> = cells.next()?;
    let public: Option<&str> = cells.next()?;
    let secrets = cells.sealed_if_any()?;
    let had_secrets = cells.next()?;
    let outcome = outcome_type
        .zip(public)
        .map(|(outcome_type, public)| KeptOutcome {
            outcome_type: outcome_type.into(),
            public: public.into(),
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

/// Reads a row of `load_refusals`.
pub(crate) fn read_refusal(draft: &mut Draft, cells: &mut Cells<'_>) -> Result<(), Corrupt> {
    let id: Uuid = cells.next()?;
    // A later release may know more reasons; this one never asks for them.
    if let Some(reason) = RefusalReason::parse(cells.next()?) {
        let outcome_type: String = cells.next()?;
        let public: &str = cells.next()?;
        let outcome = KeptOutcome {
            outcome_type: outcome_type.into(),
            public: public.into(),
            secrets: None,
            had_secrets: false,
        };
        draft.refusals.insert((id, reason), outcome);
    }
    Ok(())
}
