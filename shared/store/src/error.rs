//! What can go wrong with the database, and what is to be done about it.
//!
//! An error carries its [`Fate`], so that callers need not know SQLSTATEs. It names the statement
//! and the SQLSTATE, and never repeats the database's own text, which can hold values.

use std::error::Error as _;
use std::io;

use deadpool::managed::PoolError;
use tokio_postgres::error::{DbError, SqlState};
use twofactor_settings::AddressError;

use crate::distrust::Distrust;
use crate::fate::Fate;
use crate::schema::SCHEMA;
use crate::sqlstate::{advice, fate_of};

/// What went wrong, and in which statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    statement: &'static str,
    cause: Cause,
}

/// A stored value that this release cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// Why what answers is not the database to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is a standby, or recovers.
    Recovering,
    /// Transactions may not write there.
    ReadOnly,
    /// It keeps texts in another encoding, which it has this name for.
    Encoding(String),
    /// It has this schema, or none: 0.
    Schema(i64),
    /// The session is not the one that was opened: a pooler gives another to each transaction.
    Pooler,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
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

/// The SQLSTATE of `twofactor.expect_rows`.
const OTHER_ROWS: &str = "TF001";

impl StoreError {
    const fn while_connecting(cause: Cause) -> Self {
        Self {
            statement: "connect",
            cause,
        }
    }

    /// The URL asks for a standby, where something is to be written.
    pub(crate) const fn standby() -> Self {
        Self::while_connecting(Cause::Standby)
    }

    /// No certificate authority can be found to check the database's certificate.
    pub(crate) const fn certificates() -> Self {
        Self::while_connecting(Cause::Certificates)
    }

    /// Nobody answers there, or not in time.
    pub(crate) const fn away() -> Self {
        Self::while_connecting(Cause::Away)
    }

    /// It took a statement and gave no answer in time.
    pub(crate) const fn silent(statement: &'static str) -> Self {
        Self {
            statement,
            cause: Cause::Silent,
        }
    }

    /// What answers is not the database to work on.
    pub(crate) const fn unfit(unfit: Unfit) -> Self {
        Self::while_connecting(Cause::Unfit(unfit))
    }

    /// A stored value cannot be read.
    pub(crate) const fn corrupt(statement: &'static str) -> Self {
        Self {
            statement,
            cause: Cause::Unreadable,
        }
    }

    /// What the client library reports of a statement.
    pub(crate) fn of(statement: &'static str, error: &tokio_postgres::Error) -> Self {
        let cause = match error.as_db_error() {
            Some(refusal) if refusal.code().code() == OTHER_ROWS => Cause::Rows,
            Some(refusal) if is_of_stale_plan(refusal) => Cause::StalePlan,
            Some(refusal) => Cause::Refused(refusal.code().clone()),
            None => lost(statement, error),
        };
        Self { statement, cause }
    }

    /// What the pool reports.
    pub(crate) fn of_pool(error: PoolError<Self>) -> Self {
        match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Self::away(),
        }
    }

    /// What is to be done about it.
    pub fn fate(&self) -> Fate {
        match &self.cause {
            Cause::Rows | Cause::StalePlan => Fate::DecideAgain,
            Cause::Address(_)
            | Cause::Standby
            | Cause::Certificates
            | Cause::Distrusted(_)
            | Cause::Away
            | Cause::Silent
            | Cause::Stranger
            | Cause::Unfit(_) => Fate::Wait,
            Cause::Unreadable | Cause::Unsendable => Fate::Unsure,
            Cause::Refused(state) => fate_of(state.code()),
        }
    }

    /// The SQLSTATE, if the database itself refused.
    pub fn code(&self) -> Option<&str> {
        match &self.cause {
            Cause::Refused(state) => Some(state.code()),
            Cause::Rows => Some(OTHER_ROWS),
            Cause::StalePlan => Some(SqlState::FEATURE_NOT_SUPPORTED.code()),
            Cause::Address(_)
            | Cause::Standby
            | Cause::Certificates
            | Cause::Distrusted(_)
            | Cause::Away
            | Cause::Silent
            | Cause::Stranger
            | Cause::Unfit(_)
            | Cause::Unreadable
            | Cause::Unsendable => None,
        }
    }

    /// Whether nobody answers at all, so that only the way there can be checked.
    pub fn is_away(&self) -> bool {
        matches!(self.cause, Cause::Away | Cause::Silent)
    }

    /// Whether the database could not be reached, or is not ready for anybody.
    pub fn is_unreachable(&self) -> bool {
        match &self.cause {
            Cause::Away
            | Cause::Silent
            | Cause::Stranger
            | Cause::Certificates
            | Cause::Distrusted(_)
            | Cause::Unfit(Unfit::Recovering | Unfit::ReadOnly) => true,
            Cause::Refused(state) => ["53", "57"]
                .iter()
                .any(|class| state.code().starts_with(class)),
            Cause::Address(_)
            | Cause::Standby
            | Cause::Unfit(Unfit::Encoding(_) | Unfit::Schema(_) | Unfit::Pooler)
            | Cause::StalePlan
            | Cause::Rows
            | Cause::Unreadable
            | Cause::Unsendable => false,
        }
    }

    /// The schema that was found, where it does not fit this release; 0 where there is none.
    pub(crate) fn found_schema(&self) -> Option<i64> {
        if let Cause::Unfit(Unfit::Schema(version)) = &self.cause {
            return Some(*version);
        }
        matches!(self.code(), Some("42P01" | "42883" | "3F000")).then_some(0)
    }
}

/// A prepared statement of before a migration. Other statements are refused with the same code,
/// and only the place in the server's source, which no language changes, tells them apart.
fn is_of_stale_plan(refusal: &DbError) -> bool {
    *refusal.code() == SqlState::FEATURE_NOT_SUPPORTED
        && refusal.routine() == Some("RevalidateCachedQuery")
}

/// Why there is no answer of the database itself.
fn lost(statement: &'static str, error: &tokio_postgres::Error) -> Cause {
    let mut sources = std::iter::successors(error.source(), |source| (*source).source());
    if let Some(distrust) = sources.clone().find_map(Distrust::of) {
        return Cause::Distrusted(distrust);
    }
    if error.is_closed() || sources.any(<dyn std::error::Error>::is::<io::Error>) {
        Cause::Away
    } else if statement == "connect" {
        Cause::Stranger
    } else {
        Cause::Unsendable
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
                "a pooler before the database gives each transaction another session; it must be in \
                 session mode, as PgBouncer is with pool_mode = session",
            ),
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let statement = self.statement;
        match &self.cause {
            Cause::Address(error) => error.fmt(f),
            Cause::Standby => f.write_str(
                "DATABASE_URL asks for a standby (target_session_attrs=read-only), and this \
                 writes; say read-write in it",
            ),
            Cause::Certificates => f.write_str(
                "no certificate authority is installed to check the database; install ca-certificates",
            ),
            Cause::Distrusted(distrust) => write!(f, "the database's certificate {distrust}"),
            Cause::Away => write!(
                f,
                "the database is away ({statement}); check that it runs and that its host can be reached",
            ),
            Cause::Silent => write!(
                f,
                "the database took {statement} and does not answer; check that it runs and what it \
                 waits for",
            ),
            Cause::Stranger => f.write_str(
                "what answers is no Postgres that DATABASE_URL fits; check its host and port, that it \
                 has TLS where sslmode=require, and that the URL has a password",
            ),
            Cause::Unfit(unfit) => unfit.fmt(f),
            Cause::Refused(state) => {
                let code = state.code();
                write!(f, "the database refused {statement} with SQLSTATE {code}; {}", advice(code))
            }
            Cause::StalePlan => {
                write!(f, "a migration came before {statement}; connect anew and decide again")
            }
            Cause::Rows => write!(f, "{statement} met other rows than expected; decide again"),
            Cause::Unreadable => {
                write!(f, "{statement} found a value that this release cannot read; check its version")
            }
            Cause::Unsendable => write!(f, "{statement} could not be sent as it stands; report this"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<AddressError> for StoreError {
    fn from(error: AddressError) -> Self {
        Self::while_connecting(Cause::Address(error))
    }
}
