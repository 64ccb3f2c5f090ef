//! Errors of the database, and what is to be done about each.
//!
//! An error carries its [`Fate`], so that callers need not know SQLSTATEs. It names the statement
//! and the SQLSTATE, and never repeats the database's own message, which can hold values.

use std::error::Error as _;
use std::io;

use deadpool::managed::PoolError;
use tokio_postgres::error::{DbError, SqlState};
use twofactor_settings::AddressError;

use crate::distrust::Distrust;
use crate::fate::Fate;
use crate::schema::SCHEMA;
use crate::sqlstate::{advice, fate_of};

/// Error of a statement, or of connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    statement: &'static str,
    problem: Problem,
}

/// Stored value that this release cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// Reason why a server that answers cannot be worked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is a standby, or is recovering.
    Recovering,
    /// Its transactions may not write.
    ReadOnly,
    /// It keeps strings in another encoding than UTF8, with this name.
    Encoding(String),
    /// It has this version of the schema; 0 if it has none.
    Schema(i64),
    /// The session is not the one that was opened: a pooler gives another to each transaction.
    Pooler,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Address(AddressError),
    Standby,
    Certificates,
    Distrusted(Distrust),
    Away,
    Silent,
    Stranger,
    Unfit(Unfit),
    Refused(SqlState),
    StalePlan,
    Rows,
    Unreadable,
    Unsendable,
}

/// SQLSTATE of `twofactor.expect_rows`.
const OTHER_ROWS: &str = "TF001";

impl StoreError {
    const fn while_connecting(problem: Problem) -> Self {
        Self {
            statement: "connect",
            problem,
        }
    }

    /// Makes the error of a URL that asks for a standby, for a task that writes.
    pub(crate) const fn standby() -> Self {
        Self::while_connecting(Problem::Standby)
    }

    /// Makes the error of a machine without authorities to check the database's certificate.
    pub(crate) const fn certificates() -> Self {
        Self::while_connecting(Problem::Certificates)
    }

    /// Makes the error of a server that cannot be reached, or not in time.
    pub(crate) const fn away() -> Self {
        Self::while_connecting(Problem::Away)
    }

    /// Makes the error of a server that took a statement and did not answer in time.
    pub(crate) const fn silent(statement: &'static str) -> Self {
        Self {
            statement,
            problem: Problem::Silent,
        }
    }

    /// Makes the error of a server that cannot be worked with.
    pub(crate) const fn unfit(unfit: Unfit) -> Self {
        Self::while_connecting(Problem::Unfit(unfit))
    }

    /// Makes the error of a stored value that cannot be read.
    pub(crate) const fn corrupt(statement: &'static str) -> Self {
        Self {
            statement,
            problem: Problem::Unreadable,
        }
    }

    /// Converts what the client library reports of a statement.
    pub(crate) fn of(statement: &'static str, error: &tokio_postgres::Error) -> Self {
        let problem = match error.as_db_error() {
            Some(refusal) if refusal.code().code() == OTHER_ROWS => Problem::Rows,
            Some(refusal) if is_of_stale_plan(refusal) => Problem::StalePlan,
            Some(refusal) => Problem::Refused(refusal.code().clone()),
            None => lost(statement, error),
        };
        Self { statement, problem }
    }

    /// Converts what the pool reports.
    pub(crate) fn of_pool(error: PoolError<Self>) -> Self {
        match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Self::away(),
        }
    }

    /// Returns what is to be done about it.
    pub fn fate(&self) -> Fate {
        match &self.problem {
            Problem::Rows | Problem::StalePlan => Fate::DecideAgain,
            Problem::Address(_)
            | Problem::Standby
            | Problem::Certificates
            | Problem::Distrusted(_)
            | Problem::Away
            | Problem::Silent
            | Problem::Stranger
            | Problem::Unfit(_) => Fate::Wait,
            Problem::Unreadable | Problem::Unsendable => Fate::Unsure,
            Problem::Refused(state) => fate_of(state.code()),
        }
    }

    /// Returns the SQLSTATE, if the database itself refused.
    pub fn code(&self) -> Option<&str> {
        match &self.problem {
            Problem::Refused(state) => Some(state.code()),
            Problem::Rows => Some(OTHER_ROWS),
            Problem::StalePlan => Some(SqlState::FEATURE_NOT_SUPPORTED.code()),
            Problem::Address(_)
            | Problem::Standby
            | Problem::Certificates
            | Problem::Distrusted(_)
            | Problem::Away
            | Problem::Silent
            | Problem::Stranger
            | Problem::Unfit(_)
            | Problem::Unreadable
            | Problem::Unsendable => None,
        }
    }

    /// Returns `true` if no server answers at all, so that only the way there can be checked.
    pub fn is_away(&self) -> bool {
        matches!(self.problem, Problem::Away | Problem::Silent)
    }

    /// Returns `true` if the database could not be reached, or serves nobody at present.
    pub fn is_unreachable(&self) -> bool {
        match &self.problem {
            Problem::Away
            | Problem::Silent
            | Problem::Stranger
            | Problem::Certificates
            | Problem::Distrusted(_)
            | Problem::Unfit(Unfit::Recovering | Unfit::ReadOnly) => true,
            Problem::Refused(state) => ["53", "57"]
                .iter()
                .any(|class| state.code().starts_with(class)),
            Problem::Address(_)
            | Problem::Standby
            | Problem::Unfit(Unfit::Encoding(_) | Unfit::Schema(_) | Unfit::Pooler)
            | Problem::StalePlan
            | Problem::Rows
            | Problem::Unreadable
            | Problem::Unsendable => false,
        }
    }

    /// Returns the version of the schema, if it does not fit this release; 0 if there is none.
    pub(crate) fn found_schema(&self) -> Option<i64> {
        if let Problem::Unfit(Unfit::Schema(version)) = &self.problem {
            return Some(*version);
        }
        matches!(self.code(), Some("42P01" | "42883" | "3F000")).then_some(0)
    }
}

/// Returns `true` if the plan of a prepared statement is older than a migration. Other statements
/// are refused with the same SQLSTATE; only the routine in the server's source, which no language
/// setting changes, tells them apart.
fn is_of_stale_plan(refusal: &DbError) -> bool {
    *refusal.code() == SqlState::FEATURE_NOT_SUPPORTED
        && refusal.routine() == Some("RevalidateCachedQuery")
}

/// Returns the problem of a statement that the database itself did not answer.
fn lost(statement: &'static str, error: &tokio_postgres::Error) -> Problem {
    let mut sources = std::iter::successors(error.source(), |source| (*source).source());
    if let Some(distrust) = sources.clone().find_map(Distrust::of) {
        return Problem::Distrusted(distrust);
    }
    if error.is_closed() || sources.any(<dyn std::error::Error>::is::<io::Error>) {
        Problem::Away
    } else if statement == "connect" {
        Problem::Stranger
    } else {
        Problem::Unsendable
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Recovering => f.write_str(
                "the database is in recovery: it is a standby, or not yet the primary; promote it, \
                 or point DATABASE_URL at the primary",
            ),
            Self::ReadOnly => f.write_str(
                "the database is read-only: see its default_transaction_read_only, which a \
                 provider sets when its disk is full",
            ),
            Self::Encoding(name) => write!(
                f,
                "the database has the encoding {name}, and names and reasons need UTF8; make one \
                 with: create database … encoding 'UTF8' template template0",
            ),
            Self::Schema(version) => write!(
                f,
                "the schema is version {version}, and this release needs {SCHEMA}: run \
                 twofactor-ctl migrate",
            ),
            Self::Pooler => f.write_str(
                "a pooler before the database gives each transaction another session; it must be \
                 in session mode, as PgBouncer is with pool_mode = session",
            ),
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let statement = self.statement;
        match &self.problem {
            Problem::Address(error) => error.fmt(f),
            Problem::Standby => f.write_str(
                "DATABASE_URL asks for a standby (target_session_attrs=read-only), and this \
                 writes; say read-write in it",
            ),
            Problem::Certificates => f.write_str(
                "no certificate authority is installed to check the database; install \
                 ca-certificates",
            ),
            Problem::Distrusted(distrust) => write!(f, "the database's certificate {distrust}"),
            Problem::Away => write!(
                f,
                "the database is away ({statement}); check that it runs and that its host can be \
                 reached",
            ),
            Problem::Silent => write!(
                f,
                "the database took {statement} and does not answer; check that it runs and what it \
                 waits for",
            ),
            Problem::Stranger => f.write_str(
                "what answers is no Postgres that DATABASE_URL fits; check its host and port, that \
                 it has TLS where sslmode=require, and that the URL has a password",
            ),
            Problem::Unfit(unfit) => unfit.fmt(f),
            Problem::Refused(state) => {
                let code = state.code();
                write!(
                    f,
                    "the database refused {statement} with SQLSTATE {code}; {}",
                    advice(code)
                )
            }
            Problem::StalePlan => {
                write!(
                    f,
                    "a migration came before {statement}; connect anew and decide again"
                )
            }
            Problem::Rows => write!(f, "{statement} met other rows than expected; decide again"),
            Problem::Unreadable => {
                write!(
                    f,
                    "{statement} found a value that this release cannot read; check its version"
                )
            }
            Problem::Unsendable => write!(f, "{statement} could not be sent; report this"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<AddressError> for StoreError {
    fn from(error: AddressError) -> Self {
        Self::while_connecting(Problem::Address(error))
    }
}
