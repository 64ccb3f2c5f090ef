//! What the trail and the state say of one event, each fact with the row that it is from.
//!
//! It only reads, and guesses nothing: what no row tells, or what this role may not read, is a
//! fact that is not known. It shows no code, number or secret, for it asks for none.

use jiff::Timestamp;
use tokio_postgres::Row;
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
    /// What else is known, and what is not.
    pub facts: Vec<Fact>,
}

/// One thing that is known of an event, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub about: &'static str,
    /// What is known, and the row that says so.
    pub known: Option<(String, String)>,
}

impl Store {
    /// What is known of the events with that id, of one source or of all, in their order.
    pub async fn explain(
        &self,
        event_id: &str,
        source: Option<&str>,
    ) -> Result<Vec<Explained>, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(event_id), Box::new(source)];
        let connection = self.connection().await?;
        let rows = connection.ask(&Request::new(&EVENT, params)).await?;
        connection.release();
        let mut all = Vec::new();
        for row in &rows {
            let mut one = explained(row).map_err(|Corrupt| StoreError::corrupt(EVENT.name))?;
            one.facts = self.facts(event_id, &one).await?;
            all.push(one);
        }
        Ok(all)
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
        let outcome: Vec<Param<'_>> = vec![Box::new(one.outcome_id)];
        let mut facts = vec![self.fact("what was said", &OUTCOME, outcome).await?];
        facts.push(self.fact("policy then", &POLICY, policy).await?);
        if one.log == "login_log" {
            facts.push(self.fact("wrong codes before", &FAILURES, failures).await?);
        }
        if one.log == "sms_log" || one.log == "enrollment_log" {
            facts.push(self.fact("text before", &THROTTLE, throttle).await?);
            facts.push(self.fact("provider's answer", &PROVIDER, provider).await?);
        }
        Ok(facts)
    }

    async fn fact(
        &self,
        about: &'static str,
        sql: &'static Sql,
        params: Vec<Param<'_>>,
    ) -> Result<Fact, StoreError> {
        let connection = self.connection().await?;
        let rows = match connection.ask(&Request::new(sql, params)).await {
            // This role may not read it: then it is not known.
            Err(error) if error.code() == Some("42501") => Vec::new(),
            rows => rows?,
        };
        connection.release();
        let read = |row: &Row| Some((row.try_get(0).ok()?, row.try_get(1).ok()?));
        let known = rows.first().and_then(read);
        Ok(Fact { about, known })
    }
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
        facts: Vec::new(),
    })
}
