//! What the trail and the state hold about one event, in columns, for whoever explains it.
//!
//! It only reads, and decides and words nothing: which of it matters for which event, and how an
//! operator is told, is the caller's. It reads no code, number or secret. What this role may not
//! read is [`Access::Closed`].

use jiff::Timestamp;
use tokio_postgres::Row;
use twofactor_contract::Service;
use twofactor_rules::facts::Facts;
use twofactor_rules::throttle::{Pace, Throttled};
use uuid::Uuid;

use crate::cells::Cells;
use crate::clock::stored;
use crate::connection::{Param, Request};
use crate::error::{Corrupt, StoreError};
use crate::sql::{self, Sql};
use crate::store::Store;

/// What a role may read, or that it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<T> {
    /// What was read.
    Open(T),
    /// This role may not read it.
    Closed,
}

/// The row of a handled event.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The service whose log it is in.
    pub log: Service,
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
    /// The outcome's id.
    pub outcome_id: Uuid,
    /// The outcome's type.
    pub outcome_type: String,
    /// The institution.
    pub tenant_id: Option<String>,
    /// The user.
    pub user_id: Option<String>,
    /// The method that it was about.
    pub method: Option<String>,
    /// The reason, where it was rejected or refused.
    pub reason: Option<String>,
    /// What let the person in.
    pub via: Option<String>,
    /// Whether the policy required a second factor.
    pub policy_required: Option<bool>,
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

impl Seen {
    /// Wrong codes in a row before the event, where that is kept.
    pub fn failures_before(&self) -> Option<u32> {
        match self {
            Self::Kept(facts) => facts.failures_before,
            Self::Earlier | Self::Gone | Self::Closed => None,
        }
    }
}

/// The event that an outcome answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The event's id; none where it could not be read.
    pub event_id: Option<String>,
    /// The event's source.
    pub source: Option<String>,
}

/// What the outcome itself says, besides its secret members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The table of the schema `twofactor` that keeps it.
    pub kept_in: String,
    /// Its `message`.
    pub message: Option<String>,
    /// Its `retry_after_seconds`.
    pub retry_after_seconds: Option<String>,
    /// The `field` of a refusal.
    pub field: Option<String>,
}

/// A policy, by its row of `audit.policy_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyThen {
    /// The number of that row in the trail.
    pub seq: i64,
    /// When it was set.
    pub recorded_at: Timestamp,
    /// Who set it.
    pub actor_id: String,
    /// Whether it required a second factor.
    pub required: bool,
    /// Days of grace.
    pub grace_days: i16,
}

/// A login or a reset, by its row of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginOrReset {
    /// The number of that row in the trail.
    pub seq: i64,
    /// The outcome's type.
    pub outcome_type: String,
    /// The method that it was about.
    pub method: Option<String>,
    /// The reason, where it was rejected or refused.
    pub reason: Option<String>,
    /// What let the person in.
    pub via: Option<String>,
}

/// A call of the provider, by its row of `audit.text_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextCallThen {
    /// The number of that row in the trail.
    pub seq: i64,
    /// What the provider said.
    pub result: String,
    /// The provider.
    pub provider: String,
    /// What the text was for.
    pub purpose: String,
    /// The number's country, ISO 3166.
    pub country: String,
    /// The provider's own name for the text.
    pub provider_ref: Option<String>,
}

/// A text that is still kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptText {
    /// Its id.
    pub id: Uuid,
    /// What it was for.
    pub purpose: String,
    /// When its slot was taken.
    pub taken_at: Timestamp,
    /// What became of it.
    pub fate: String,
}

/// Reads one row.
type Read<T> = fn(&mut Cells<'_>) -> Result<T, Corrupt>;

impl Store {
    /// The rows of the events with that id, of one source or of all, in their order.
    pub async fn explain(
        &self,
        event_id: &str,
        source: Option<&str>,
    ) -> Result<Vec<Explained>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(event_id), Box::new(source)];
        let rows = self
            .rows(&Request::new(&sql::EXPLAIN_EVENT, params))
            .await?;
        read(&sql::EXPLAIN_EVENT, &rows, explained)
    }

    /// The event that the outcome with that id answers, as long as the outcome is kept: 8 days.
    pub async fn cause(&self, outcome_id: Uuid) -> Result<Access<Option<Cause>>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(outcome_id)];
        self.first(&sql::EXPLAIN_CAUSE, params, cause).await
    }

    /// What the decision of that outcome saw.
    pub async fn seen(&self, outcome_id: Uuid) -> Result<Seen, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(outcome_id)];
        match self.first(&sql::EXPLAIN_FACTS, params, seen).await? {
            Access::Open(seen) => Ok(seen.unwrap_or(Seen::Gone)),
            Access::Closed => Ok(Seen::Closed),
        }
    }

    /// What the outcome of that event said, as long as it is kept: 8 days.
    pub async fn said(&self, one: &Explained) -> Result<Access<Option<Said>>, StoreError> {
        let reason = one.reason.as_deref();
        let params: Vec<Param<'_>> = vec![Box::new(one.outcome_id), Box::new(reason)];
        self.first(&sql::EXPLAIN_OUTCOME, params, said).await
    }

    /// The policy that held when that event was decided.
    pub async fn policy_then(
        &self,
        one: &Explained,
    ) -> Result<Access<Option<PolicyThen>>, StoreError> {
        let tenant = one.tenant_id.as_deref();
        let params: Vec<Param<'_>> = vec![Box::new(tenant), Box::new(one.seq)];
        self.first(&sql::EXPLAIN_POLICY, params, policy).await
    }

    /// The logins and resets of the same user before the number `seq` of the trail, newest first;
    /// `limit` at most.
    pub async fn logins_and_resets(
        &self,
        one: &Explained,
        seq: i64,
        limit: i64,
    ) -> Result<Access<Vec<LoginOrReset>>, StoreError> {
        let mut params = user_params(one);
        params.push(Box::new(seq));
        params.push(Box::new(limit));
        let sql = &sql::EXPLAIN_LOGINS_AND_RESETS;
        self.readable(sql, params, login_or_reset).await
    }

    /// The provider's answer to the text of that event.
    pub async fn text_call(
        &self,
        one: &Explained,
        event_id: &str,
    ) -> Result<Access<Option<TextCallThen>>, StoreError> {
        let mut params = user_params(one);
        params.push(Box::new(event_id));
        self.first(&sql::EXPLAIN_TEXT_CALL, params, text_call).await
    }

    /// The last text to the same user before that event, as long as it is kept: 8 days.
    pub async fn text_before(
        &self,
        one: &Explained,
    ) -> Result<Access<Option<KeptText>>, StoreError> {
        let mut params = user_params(one);
        params.push(Box::new(stored(one.recorded_at)));
        params.push(Box::new(one.outcome_id));
        self.first(&sql::EXPLAIN_TEXT_BEFORE, params, kept_text)
            .await
    }

    async fn first<T>(
        &self,
        sql: &'static Sql,
        params: Vec<Param<'_>>,
        take: Read<T>,
    ) -> Result<Access<Option<T>>, StoreError> {
        Ok(match self.readable(sql, params, take).await? {
            Access::Open(rows) => Access::Open(rows.into_iter().next()),
            Access::Closed => Access::Closed,
        })
    }

    async fn readable<T>(
        &self,
        sql: &'static Sql,
        params: Vec<Param<'_>>,
        take: Read<T>,
    ) -> Result<Access<Vec<T>>, StoreError> {
        match self.rows(&Request::new(sql, params)).await {
            Err(error) if error.code() == Some("42501") => Ok(Access::Closed),
            Err(error) => Err(error),
            Ok(rows) => read(sql, &rows, take).map(Access::Open),
        }
    }
}

fn user_params(one: &Explained) -> Vec<Param<'_>> {
    let tenant = one.tenant_id.as_deref();
    let user = one.user_id.as_deref();
    vec![Box::new(tenant), Box::new(user)]
}

fn read<T>(sql: &Sql, rows: &[Row], take: Read<T>) -> Result<Vec<T>, StoreError> {
    let read: Result<_, Corrupt> = rows.iter().map(|row| take(&mut Cells::of(row))).collect();
    read.map_err(|Corrupt| StoreError::corrupt(sql.name))
}

fn explained(cells: &mut Cells<'_>) -> Result<Explained, Corrupt> {
    let log: &str = cells.next()?;
    let mut services = Service::ALL.into_iter();
    Ok(Explained {
        log: services
            .find(|service| service.name() == log)
            .ok_or(Corrupt)?,
        seq: cells.next()?,
        recorded_at: cells.moment()?,
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
    })
}

fn cause(cells: &mut Cells<'_>) -> Result<Cause, Corrupt> {
    Ok(Cause {
        event_id: cells.next()?,
        source: cells.next()?,
    })
}

fn seen(cells: &mut Cells<'_>) -> Result<Seen, Corrupt> {
    let offset: Option<i16> = cells.next()?;
    let failures: Option<i64> = cells.next()?;
    let waits_until = cells.moment_if_any()?;
    let throttled_until = cells.moment_if_any()?;
    let throttled_by: Option<&str> = cells.next()?;
    let failures = failures.map(u32::try_from).transpose();
    let facts = Facts {
        totp_offset: offset.map(i8::try_from).transpose().map_err(|_| Corrupt)?,
        failures_before: failures.map_err(|_| Corrupt)?,
        waits_until,
        // A limit of a later release is none that this one knows.
        throttled: throttled_until
            .zip(throttled_by.and_then(Pace::parse))
            .map(|(until, by)| Throttled { until, by }),
    };
    Ok(if facts.failures_before.is_some() {
        Seen::Kept(facts)
    } else {
        Seen::Earlier
    })
}

fn said(cells: &mut Cells<'_>) -> Result<Said, Corrupt> {
    Ok(Said {
        kept_in: cells.next()?,
        message: cells.next()?,
        retry_after_seconds: cells.next()?,
        field: cells.next()?,
    })
}

fn policy(cells: &mut Cells<'_>) -> Result<PolicyThen, Corrupt> {
    Ok(PolicyThen {
        seq: cells.next()?,
        recorded_at: cells.moment()?,
        actor_id: cells.next()?,
        required: cells.next()?,
        grace_days: cells.next()?,
    })
}

fn login_or_reset(cells: &mut Cells<'_>) -> Result<LoginOrReset, Corrupt> {
    Ok(LoginOrReset {
        seq: cells.next()?,
        outcome_type: cells.next()?,
        method: cells.next()?,
        reason: cells.next()?,
        via: cells.next()?,
    })
}

fn text_call(cells: &mut Cells<'_>) -> Result<TextCallThen, Corrupt> {
    Ok(TextCallThen {
        seq: cells.next()?,
        result: cells.next()?,
        provider: cells.next()?,
        purpose: cells.next()?,
        country: cells.next()?,
        provider_ref: cells.next()?,
    })
}

fn kept_text(cells: &mut Cells<'_>) -> Result<KeptText, Corrupt> {
    Ok(KeptText {
        id: cells.next()?,
        purpose: cells.next()?,
        taken_at: cells.moment()?,
        fate: cells.next()?,
    })
}
