//! The rows of one login, loaded and written by a statement each.
//!
//! The tables are the product's. A login by an app's code reads a user, a policy, a session and an
//! earlier answer; it changes the user and adds a session, an answer and a row of the trail.

use std::collections::BTreeSet;
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use twofactor_bench::deciding::Decided;
use twofactor_contract::{AdminId, Incoming, Method, SessionId, UserKey, Via};
use twofactor_rules::failures::Failures;
use twofactor_rules::keys::Sealed;
use twofactor_rules::policy::Policy;
use twofactor_rules::state::{Session, Totp};
use twofactor_rules::{State, User};

const USER: &str = "select clock_timestamp(), first_login_at, ever_set_up, login_failures, \
    login_failed_at, totp_secret, totp_set_up_at, totp_spent_steps from twofactor.users \
    where tenant_id = $1 and user_id = $2 for update";
const POLICY: &str = "select required, grace_days, required_since, set_by, set_at \
    from twofactor.policies where tenant_id = $1";
const SESSION: &str = "select accepted_at, remembered_at, set_up_at from twofactor.sessions \
    where tenant_id = $1 and user_id = $2 and session_id = $3";
const ANSWER: &str = "select content from twofactor.answers where outcome_id = $1";
const CHANGE_USER: &str = "update twofactor.users set first_login_at = $3, login_failures = $4, \
    login_failed_at = $5, totp_spent_steps = $6 where tenant_id = $1 and user_id = $2";
const KEEP_SESSION: &str = "insert into twofactor.sessions (tenant_id, user_id, session_id, \
    accepted_at, remembered_at, set_up_at, written_at) \
    values ($1, $2, $3, $4, $5, $6, clock_timestamp()) \
    on conflict (tenant_id, user_id, session_id) do update set accepted_at = $4, \
    remembered_at = $5, set_up_at = $6, written_at = excluded.written_at";
const KEEP_ANSWER: &str = "insert into twofactor.answers (outcome_id, tenant_id, user_id, content, \
    decided_at, outcome_type, outcome, had_secrets, totp_offset, failures_before) \
    values ($1, $2, $3, $4::bytea, $5, $6, $7, $8, $9, $10)";
const TRAIL: &str = "insert into audit.login_log (occurred_at, event_id, source, event_type, \
    outcome_id, outcome_type, tenant_id, user_id, actor_id, session_id, method, ip, via, \
    policy_required) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// What a login is decided from.
pub struct Loaded {
    /// The database's clock.
    pub now: Timestamp,
    /// The user and the policy.
    pub state: State,
    user: UserKey,
    session: SessionId,
}

/// Loads what a login needs: four statements.
pub async fn load(transaction: &Transaction<'_>, incoming: &Incoming) -> Result<Loaded> {
    let user = incoming.event.user().context("a login names a user")?;
    let session = incoming.event.session();
    let session = session.context("a login names a session")?.clone();
    let tenant = user.tenant.as_str();
    let row = one(transaction, USER, &[&tenant, &user.user.as_str()]).await?;
    let row = row.context("the user is unheard of")?;
    let now = moment(row.get(0))?;
    let spent: Vec<i64> = row.get(7);
    let mut known = User {
        first_login_at: moment_if_any(row.get(1))?,
        ever_set_up: row.get(2),
        login_failures: Failures {
            count: u32::try_from(row.get::<_, i64>(3))?,
            last_at: moment_if_any(row.get(4))?,
        },
        totp: Some(Totp {
            secret: Sealed::from_bytes(row.get(5)),
            set_up_at: moment(row.get(6))?,
            spent_steps: BTreeSet::from_iter(spent),
        }),
        ..User::default()
    };
    let mut state = State::default();
    let row = one(transaction, POLICY, &[&tenant]).await?;
    let row = row.context("the institution is unheard of")?;
    let policy = Policy {
        required: row.get(0),
        grace_days: u8::try_from(row.get::<_, i16>(1))?,
        required_since: moment_if_any(row.get(2))?,
        set_by: AdminId::parse(row.get::<_, &str>(3)).context("no administrator")?,
        set_at: moment(row.get(4))?,
    };
    state.policies.insert(user.tenant.clone(), policy);
    let key: [&(dyn ToSql + Sync); 3] = [&tenant, &user.user.as_str(), &session.as_str()];
    if let Some(row) = one(transaction, SESSION, &key).await? {
        let kept = Session {
            accepted_at: moment_if_any(row.get(0))?,
            remembered_at: moment_if_any(row.get(1))?,
            set_up_at: moment_if_any(row.get(2))?,
        };
        known.sessions.insert(session.clone(), kept);
    }
    state.users.insert(user.clone(), known);
    let earlier = one(transaction, ANSWER, &[&incoming.outcome_id()]).await?;
    ensure!(earlier.is_none(), "the login is a repeat");
    Ok(Loaded {
        now,
        state,
        user,
        session,
    })
}

/// Writes what was decided: four statements.
pub async fn write(
    transaction: &Transaction<'_>,
    incoming: &Incoming,
    loaded: &Loaded,
    decided: &Decided,
) -> Result<()> {
    let tenant = loaded.user.tenant.as_str();
    let name = loaded.user.user.as_str();
    let user = loaded.state.users.get(&loaded.user);
    let user = user.context("the user was loaded")?;
    let totp = user.totp.as_ref().context("the user has an app")?;
    let spent: Vec<i64> = totp.spent_steps.iter().copied().collect();
    let first_login = user.first_login_at.map(stored);
    let failures = i64::from(user.login_failures.count);
    let failed_at = user.login_failures.last_at.map(stored);
    let change: [&(dyn ToSql + Sync); 6] =
        [&tenant, &name, &first_login, &failures, &failed_at, &spent];
    execute(transaction, CHANGE_USER, &change).await?;
    let session = user.sessions.get(&loaded.session);
    let session = session.context("an accepted login has a session")?;
    let accepted = session.accepted_at.map(stored);
    let remembered = session.remembered_at.map(stored);
    let set_up = session.set_up_at.map(stored);
    let id = loaded.session.as_str();
    let keep: [&(dyn ToSql + Sync); 6] = [&tenant, &name, &id, &accepted, &remembered, &set_up];
    execute(transaction, KEEP_SESSION, &keep).await?;
    let keep: [&(dyn ToSql + Sync); 10] = [
        &decided.outcome.id,
        &tenant,
        &name,
        &&decided.content[..],
        &stored(loaded.now),
        &&*decided.kept.outcome_type,
        &&*decided.kept.public,
        &decided.kept.had_secrets,
        &decided.facts.totp_offset.map(i16::from),
        &decided.facts.failures_before.map(i64::from),
    ];
    execute(transaction, KEEP_ANSWER, &keep).await?;
    let row = &decided.row;
    let trail: [&(dyn ToSql + Sync); 14] = [
        &stored(incoming.envelope.time),
        &row.event_id.as_deref(),
        &row.source.as_deref(),
        &row.event_type.as_deref(),
        &row.outcome_id,
        &&*row.outcome_type,
        &row.tenant_id.as_deref(),
        &row.user_id.as_deref(),
        &row.actor_id.as_deref(),
        &row.session_id.as_deref(),
        &row.notes.method.map(Method::as_str),
        &row.notes.ip,
        &row.notes.via.map(Via::as_str),
        &row.notes.policy_required,
    ];
    execute(transaction, TRAIL, &trail).await
}

async fn one(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Option<tokio_postgres::Row>> {
    let statement = transaction.prepare_cached(sql).await?;
    Ok(transaction.query_opt(&statement, parameters).await?)
}

async fn execute(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<()> {
    let statement = transaction.prepare_cached(sql).await?;
    let touched = transaction.execute(&statement, parameters).await?;
    if touched != 1 {
        bail!("a statement touched {touched} rows: {sql}");
    }
    Ok(())
}

fn moment(time: SystemTime) -> Result<Timestamp> {
    Ok(Timestamp::try_from(time)?)
}

fn moment_if_any(time: Option<SystemTime>) -> Result<Option<Timestamp>> {
    time.map(moment).transpose()
}

fn stored(moment: Timestamp) -> SystemTime {
    SystemTime::try_from(moment).expect("every moment of jiff is a system time on Unix")
}
