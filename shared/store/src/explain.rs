//! What the trail and the state say of one event, each fact with the row that it is from.
//!
//! It only reads, and guesses nothing: what no row tells, or what this role may not read, is a
//! fact that is not known. It shows no code, number or secret, for it asks for none.

use jiff::Timestamp;
use tokio_postgres::Row;
use twofactor_rules::facts::Facts;
use twofactor_rules::throttle::{Pace, Throttled};
use uuid::Uuid;

use crate::clock::{loaded, stored};
use crate::connection::{Param, Request};
use crate::error::{Corrupt, StoreError};
use crate::load::Cells;
use crate::sql::Sql;
use crate::store::Store;

macro_rules! sql {
    ($name:literal) => {
        Sql {
            name: $name,
            text: include_str!(concat!("../sql/", $name, ".sql")),
        }
    };
}

static EVENT: Sql = sql!("explain_event");
static POLICY: Sql = sql!("explain_policy");
static FAILURES: Sql = sql!("explain_failures");
static PROVIDER: Sql = sql!("explain_provider");
static THROTTLE: Sql = sql!("explain_throttle");
static OUTCOME: Sql = sql!("explain_outcome");
static FACTS: Sql = sql!("explain_facts");
static OUTCOME_ID: Sql = sql!("explain_outcome_id");

/// The row of a handled event.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The log that it is in.
    pub log: String,
    /// Its number in the trail.
    pub seq: i64,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// The event's own time.
    pub occurred_at: Option<Timestamp>,
    /// The event's source.
    pub source: Option<String>,
    /// The event's type.
    pub event_type: Option<String>,
    /// The outcome.
    pub outcome_id: Uuid,
    /// Its type.
    pub outcome_type: String,
    /// The institution.
    pub tenant_id: Option<String>,
    /// The user.
    pub user_id: Option<String>,
    /// The method that it was about.
    pub method: Option<String>,
    /// Why not.
    pub reason: Option<String>,
    /// What let the person in.
    pub via: Option<String>,
    /// Whether the policy required a second factor.
    pub policy_required: Option<bool>,
    /// What the decision saw, if that is kept.
    pub seen: Seen,
    /// What else is known, and what is not.
    pub facts: Vec<Fact>,
}

/// What a decision saw, or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is kept beside the answer.
    Kept(Facts),
    /// The answer is there, but an earlier release decided, which kept none of it.
    Earlier,
    /// There is no answer: it was a refusal, or is gone after 8 days.
    Gone,
    /// This role may not read answers.
    Closed,
}

/// The event that an outcome answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its id; none where it could not be read.
    pub event_id: Option<String>,
    /// Its source.
    pub source: Option<String>,
}

/// One thing that is known of an event, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub about: &'static str,
    /// What is known, and the row that says so; else why it is not known.
    pub known: Result<(String, String), &'static str>,
}

/// What it means that there is no row of a call.
const NO_CALL: &str = "it was not called";
/// Why a fact is not known that this role may not read.
const CLOSED: &str = "the role of DATABASE_URL may not read it; ask as the owner";

impl Store {
    /// What is known of the events with that id, of one source or of all, in their order.
    pub async fn explain(
        &self,
        event_id: &str,
        source: Option<&str>,
    ) -> Result<Vec<Explained>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(event_id), Box::new(source)];
        let rows = self.rows(&Request::new(&EVENT, params)).await?;
        let mut all = Vec::new();
        for row in &rows {
            let mut one = explained(row).map_err(|Corrupt| StoreError::corrupt(EVENT.name))?;
            one.seen = self.seen(one.outcome_id).await?;
            one.facts = self.facts(event_id, &one).await?;
            all.push(one);
        }
        Ok(all)
    }

    /// The event that the outcome with that id answers, as long as the outcome is kept: 8 days.
    pub async fn cause(&self, outcome_id: Uuid) -> Result<Option<Cause>, StoreError> {
        let Some(rows) = self.open(&OUTCOME_ID, vec![Box::new(outcome_id)]).await? else {
            return Ok(None);
        };
        let read = |row: &Row| {
            let (event_id, source) = (row.try_get(0)?, row.try_get(1)?);
            Ok(Cause { event_id, source })
        };
        let read = rows.first().map(read).transpose();
        read.map_err(|_: tokio_postgres::Error| StoreError::corrupt(OUTCOME_ID.name))
    }

    async fn seen(&self, outcome_id: Uuid) -> Result<Seen, StoreError> {
        let Some(rows) = self.open(&FACTS, vec![Box::new(outcome_id)]).await? else {
            return Ok(Seen::Closed);
        };
        let seen = rows.first().map(seen).transpose();
        let seen = seen.map_err(|Corrupt| StoreError::corrupt(FACTS.name))?;
        Ok(seen.unwrap_or(Seen::Gone))
    }

    async fn facts(&self, event_id: &str, one: &Explained) -> Result<Vec<Fact>, StoreError> {
        let (tenant, user) = (one.tenant_id.as_deref(), one.user_id.as_deref());
        let at = stored(one.recorded_at);
        let whose = || -> Vec<Param<'_>> { vec![Box::new(tenant), Box::new(user)] };
        let mut failures = whose();
        failures.push(Box::new(one.seq));
        let mut provider = whose();
        provider.push(Box::new(event_id));
        let mut throttle = whose();
        throttle.push(Box::new(at));
        throttle.push(Box::new(one.outcome_id));
        let policy: Vec<Param<'_>> = vec![Box::new(tenant), Box::new(one.seq)];
        let reason = one.reason.as_deref();
        let outcome: Vec<Param<'_>> = vec![Box::new(one.outcome_id), Box::new(reason)];
        let gone = "outcomes are kept for 8 days";
        let mut facts = vec![self.fact("what was said", &OUTCOME, outcome, gone).await?];
        let none = "no policy of the institution is in the trail before it";
        facts.push(self.fact("policy then", &POLICY, policy, none).await?);
        if one.log == "login_log" && one.seen.failures_before().is_none() {
            let fact = self.fact("wrong codes before", &FAILURES, failures, "no row tells");
            facts.push(fact.await?);
        }
        let event_type = one.event_type.as_deref().unwrap_or_default();
        if one.log == "sms_log" || event_type.starts_with("enrollment.sms.started.") {
            let none = "no text to this user before it is kept; they are for 8 days";
            facts.push(self.fact("text before", &THROTTLE, throttle, none).await?);
            let answer = self.fact("provider's answer", &PROVIDER, provider, NO_CALL);
            let mut answer = answer.await?;
            if answer.known == Err(NO_CALL) {
                // A call has its row from the moment that the event has its own.
                let (fact, source) = (NO_CALL.to_owned(), "audit.text_log, which has no row of it");
                answer.known = Ok((fact, source.to_owned()));
            }
            facts.push(answer);
        }
        Ok(facts)
    }

    async fn fact(
        &self,
        about: &'static str,
        sql: &'static Sql,
        params: Vec<Param<'_>>,
        otherwise: &'static str,
    ) -> Result<Fact, StoreError> {
        let rows = self.open(sql, params).await?;
        let read = |row: &Row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?));
        let known = match rows {
            Some(rows) => rows.first().and_then(read).ok_or(otherwise),
            None => Err(CLOSED),
        };
        Ok(Fact { about, known })
    }

    /// The rows of a question; none where this role may not ask it.
    async fn open(
        &self,
        sql: &'static Sql,
        params: Vec<Param<'_>>,
    ) -> Result<Option<Vec<Row>>, StoreError> {
        match self.rows(&Request::new(sql, params)).await {
            Err(error) if error.code() == Some("42501") => Ok(None),
            rows => rows.map(Some),
        }
    }
}

impl Seen {
    /// Wrong codes in a row before the event, where that is kept.
    pub fn failures_before(&self) -> Option<u32> {
        match self {
            Self::Kept(facts) => facts.failures_before,
            Self::Earlier | Self::Gone | Self::Closed => None,
        }
    }
}

fn seen(row: &Row) -> Result<Seen, Corrupt> {
    let mut cells = Cells::of(row);
    let offset: Option<i16> = cells.next()?;
    let failures: Option<i64> = cells.next()?;
    let waits_until = cells.moment_if_any()?;
    let throttled = (cells.moment_if_any()?, cells.next::<Option<&str>>()?);
    let facts = Facts {
        totp_offset: offset.map(i8::try_from).transpose().map_err(|_| Corrupt)?,
        failures_before: failures
            .map(u32::try_from)
            .transpose()
            .map_err(|_| Corrupt)?,
        waits_until,
        // A limit of a later release is none that this one knows.
        throttled: throttled
            .0
            .zip(throttled.1.and_then(Pace::parse))
            .map(|(until, by)| Throttled { until, by }),
    };
    Ok(if facts.failures_before.is_some() {
        Seen::Kept(facts)
    } else {
        Seen::Earlier
    })
}

fn explained(row: &Row) -> Result<Explained, Corrupt> {
    let mut cells = Cells::of(row);
    Ok(Explained {
        log: cells.next()?,
        seq: cells.next()?,
        recorded_at: loaded(cells.next()?)?,
        occurred_at: cells.moment_if_any()?,
        source: cells.next()?,
        event_type: cells.next()?,
        outcome_id: cells.next()?,
        outcome_type: cells.next()?,
        tenant_id: cells.next()?,
        user_id: cells.next()?,
        method: cells.next()?,
        reason: cells.next()?,
        via: cells.next()?,
        policy_required: cells.next()?,
        seen: Seen::Gone,
        facts: Vec::new(),
    })
}
