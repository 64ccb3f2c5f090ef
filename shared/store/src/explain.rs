//! Rows of the trail and the state about one event, for the command that explains it.
//!
//! It only reads, and decides and words nothing: the caller knows which rows matter for which
//! event, and how to say so. It reads no code, number or secret. A table that this role may not
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

/// Rows that a role may read, or the fact that it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access<T> {
    /// Rows that were read.
    Open(T),
    /// This role may not read it.
    Closed,
}

/// Row of the trail about a handled event.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Service whose log has the row.
    pub log: Service,
    /// Its `seq` in the trail.
    pub seq: i64,
    /// Time of writing, by the database's clock.
    pub recorded_at: Timestamp,
    /// Time of the event, by the CRM's clock.
    pub occurred_at: Option<Timestamp>,
    /// Source of the event.
    pub source: Option<String>,
    /// Type of the event.
    pub event_type: Option<String>,
    /// Id of the outcome.
    pub outcome_id: Uuid,
    /// Type of the outcome.
    pub outcome_type: String,
    /// Institution.
    pub tenant_id: Option<String>,
    /// User.
    pub user_id: Option<String>,
    /// Method that it was about.
    pub method: Option<String>,
    /// Reason, if it was rejected or refused.
    pub reason: Option<String>,
    /// Proof or waiver by which the person was let in.
    pub via: Option<String>,
    /// `true` if the policy required a second factor.
    pub policy_required: Option<bool>,
}

/// Facts that a decision saw, or the reason why they are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordedFacts {
    /// They are kept with the answer.
    Kept(Facts),
    /// The answer is there, but an earlier release decided, which kept no facts.
    Earlier,
    /// There is no answer: it was a refusal, or was deleted after 8 days.
    Gone,
    /// This role may not read answers.
    Closed,
}

impl RecordedFacts {
    /// Returns the count of wrong codes in a row before the event, if that is kept.
    pub fn failures_before(&self) -> Option<u32> {
        match self {
            Self::Kept(facts) => facts.failures_before,
            Self::Earlier | Self::Gone | Self::Closed => None,
        }
    }
}

/// Event that an outcome answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredEvent {
    /// Id of the event; none if it could not be read.
    pub event_id: Option<String>,
    /// Source of the event.
    pub source: Option<String>,
}

/// Members of a kept outcome that explain it; none of them is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeMembers {
    /// Table of the schema `twofactor` that keeps the outcome.
    pub kept_in: String,
    /// Its `message`.
    pub message: Option<String>,
    /// Its `retry_after_seconds`.
    pub retry_after_seconds: Option<String>,
    /// The `field` of a refusal.
    pub field: Option<String>,
}

/// Policy, by its row of `audit.policy_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyThen {
    /// `seq` of that row in the trail.
    pub seq: i64,
    /// Time of the change, by the database's clock.
    pub recorded_at: Timestamp,
    /// Administrator who set it.
    pub actor_id: String,
    /// `true` if it required a second factor.
    pub required: bool,
    /// Grace period, in days.
    pub grace_days: i16,
}

/// Login or reset, by its row of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginOrReset {
    /// `seq` of that row in the trail.
    pub seq: i64,
    /// Type of the outcome.
    pub outcome_type: String,
    /// Method that it was about.
    pub method: Option<String>,
    /// Reason, if it was rejected or refused.
    pub reason: Option<String>,
    /// Proof or waiver by which the person was let in.
    pub via: Option<String>,
}

/// Call of the provider, by its row of `audit.text_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextCallThen {
    /// `seq` of that row in the trail.
    pub seq: i64,
    /// Result of the call, as a word.
    pub result: String,
    /// Name of the provider.
    pub provider: String,
    /// Purpose of the text: `login` or `enrollment`.
    pub purpose: String,
    /// Country of the number, ISO 3166.
    pub country: String,
    /// Id of the text at the provider.
    pub provider_ref: Option<String>,
}

/// Text that is still kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptText {
    /// Id of the outcome that it belongs to.
    pub id: Uuid,
    /// Purpose: `login` or `enrollment`.
    pub purpose: String,
    /// Time at which its slot was taken, by the database's clock.
    pub taken_at: Timestamp,
    /// Fate: `held`, `accepted`, `unknown` or `refused`.
    pub fate: String,
}

/// First row of a statement, if there is one.
type FirstRow<T> = Result<Access<Option<T>>, StoreError>;

/// Function that reads one row.
type Read<T> = fn(&mut Cells<'_>) -> Result<T, Corrupt>;

impl Store {
    /// Returns the rows of the events with that id, of one source or of all, in their order.
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

    /// Returns the event that an outcome answers, as long as the outcome is kept: 8 days.
    pub async fn answered_event(&self, outcome_id: Uuid) -> FirstRow<AnsweredEvent> {
        let params: Vec<Param<'_>> = vec![Box::new(outcome_id)];
        self.first(&sql::EXPLAIN_CAUSE, params, answered_event)
            .await
    }

    /// Returns the facts that the decision of an outcome saw.
    pub async fn recorded_facts(&self, outcome_id: Uuid) -> Result<RecordedFacts, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(outcome_id)];
        match self
            .first(&sql::EXPLAIN_FACTS, params, recorded_facts)
            .await?
        {
            Access::Open(facts) => Ok(facts.unwrap_or(RecordedFacts::Gone)),
            Access::Closed => Ok(RecordedFacts::Closed),
        }
    }

    /// Returns the members of the outcome of that event, as long as it is kept: 8 days.
    pub async fn outcome_members(&self, one: &Explained) -> FirstRow<OutcomeMembers> {
        let reason = one.reason.as_deref();
        let params: Vec<Param<'_>> = vec![Box::new(one.outcome_id), Box::new(reason)];
        self.first(&sql::EXPLAIN_OUTCOME, params, outcome_members)
            .await
    }

    /// Returns the policy at the time when that event was decided.
    pub async fn policy_then(&self, one: &Explained) -> FirstRow<PolicyThen> {
        let tenant = one.tenant_id.as_deref();
        let params: Vec<Param<'_>> = vec![Box::new(tenant), Box::new(one.seq)];
        self.first(&sql::EXPLAIN_POLICY, params, policy).await
    }

    /// Returns at most `limit` logins and resets of the same user before `seq`, newest first.
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

    /// Returns the call of the provider for the text of that event.
    pub async fn text_call(&self, one: &Explained, event_id: &str) -> FirstRow<TextCallThen> {
        let mut params = user_params(one);
        params.push(Box::new(event_id));
        self.first(&sql::EXPLAIN_TEXT_CALL, params, text_call).await
    }

    /// Returns the last text to the same user before that event, as long as it is kept: 8 days.
    pub async fn text_before(&self, one: &Explained) -> FirstRow<KeptText> {
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
    ) -> FirstRow<T> {
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

fn answered_event(cells: &mut Cells<'_>) -> Result<AnsweredEvent, Corrupt> {
    Ok(AnsweredEvent {
        event_id: cells.next()?,
        source: cells.next()?,
    })
}

fn recorded_facts(cells: &mut Cells<'_>) -> Result<RecordedFacts, Corrupt> {
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
        // A later release may have a limit that this one does not know.
        throttled: throttled_until
            .zip(throttled_by.and_then(Pace::parse))
            .map(|(until, by)| Throttled { until, by }),
    };
    Ok(if facts.failures_before.is_some() {
        RecordedFacts::Kept(facts)
    } else {
        RecordedFacts::Earlier
    })
}

fn outcome_members(cells: &mut Cells<'_>) -> Result<OutcomeMembers, Corrupt> {
    Ok(OutcomeMembers {
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
