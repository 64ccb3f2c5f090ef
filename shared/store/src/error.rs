//! What can go wrong with the database, and what is to be done about it.
//!
//! An error carries its fate, so that callers need not know SQLSTATEs. It names the statement and
//! the SQLSTATE, and never repeats the database's own text, which can hold values.

use std::io;

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::SqlState;

/// What a caller does about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Another worker came between: load again and decide again.
    DecideAgain,
    /// The database is away or not ready: wait and try again; it is no event's fault.
    Wait,
    /// It is the fault of what was asked: set the event aside.
    SetAside,
}

/// What went wrong, and in which statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    statement: &'static str,
    cause: Cause,
}

/// A stored value that this release cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Address,
    Certificates,
    Away,
    Refused(SqlState),
    Rows,
    Unreadable,
    Unsendable,
}

/// The SQLSTATE of `twofactor.expect_rows`.
const OTHER_ROWS: &str = "TF001";

impl StoreError {
    /// The URL of the database is none.
    pub(crate) const fn address() -> Self {
        Self {
            statement: "connect",
            cause: Cause::Address,
        }
    }

    /// No certificate authority can be found to check the database's certificate.
    pub(crate) const fn certificates() -> Self {
        Self {
            statement: "connect",
            cause: Cause::Certificates,
        }
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
        let io =
            std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<io::Error>);
        let cause = match error.code() {
            Some(code) if code.code() == OTHER_ROWS => Cause::Rows,
            Some(code) => Cause::Refused(code.clone()),
            None if error.is_closed() || io || statement == "connect" => Cause::Away,
            None => Cause::Unsendable,
        };
        Self { statement, cause }
    }

    /// What the pool reports.
    pub(crate) fn of_pool(error: &PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::of("connect", error)
            }
            PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(HookError::Message(_)) => Self {
                statement: "connect",
                cause: Cause::Away,
            },
        }
    }

    /// What is to be done about it.
    pub fn fate(&self) -> Fate {
        match &self.cause {
            Cause::Rows => Fate::DecideAgain,
            Cause::Away | Cause::Address | Cause::Certificates => Fate::Wait,
            Cause::Unreadable | Cause::Unsendable => Fate::SetAside,
            Cause::Refused(state) => fate_of(state.code()),
        }
    }

    /// The SQLSTATE, if the database itself refused.
    pub fn code(&self) -> Option<&str> {
        match &self.cause {
            Cause::Refused(state) => Some(state.code()),
            Cause::Rows => Some(OTHER_ROWS),
            Cause::Address
            | Cause::Certificates
            | Cause::Away
            | Cause::Unreadable
            | Cause::Unsendable => None,
        }
    }

    /// Whether the database could not be reached, or is not ready for anybody.
    pub fn is_unreachable(&self) -> bool {
        match &self.cause {
            Cause::Away | Cause::Certificates => true,
            Cause::Refused(state) => ["53", "57"]
                .iter()
                .any(|class| state.code().starts_with(class)),
            Cause::Address | Cause::Rows | Cause::Unreadable | Cause::Unsendable => false,
        }
    }

    /// Whether the tables are not there yet.
    pub(crate) fn is_unmigrated(&self) -> bool {
        matches!(self.code(), Some("42P01" | "42883" | "3F000"))
    }
}

/// Class 22 and 23 speak of values, so of an event; most others speak of the database's state.
fn fate_of(state: &str) -> Fate {
    match state {
        // Unique or exclusion violation, serialization failure, deadlock, a transaction that idled too long,
        // a plan that a migration made void.
        "23505" | "23P01" | "40001" | "40P01" | "25P03" | "0A000" => Fate::DecideAgain,
        // Cancelled, locked, read-only.
        "57014" | "55P03" | "25006" => Fate::Wait,
        _ => match state.get(..2) {
            // Connection, authorization, missing database or schema, resources, operator, system,
            // and what a missing migration or right looks like.
            Some("08" | "28" | "3D" | "3F" | "42" | "53" | "57" | "58") => Fate::Wait,
            _ => Fate::SetAside,
        },
    }
}

/// What an operator can do about a SQLSTATE.
fn advice(state: &str) -> &'static str {
    match state {
        "28000" | "28P01" => "check the user and the password of DATABASE_URL",
        "3D000" => "check the database name of DATABASE_URL",
        "42P01" | "42703" | "42883" | "3F000" => "run twofactor-ctl migrate",
        "42501" => "run twofactor-ctl migrate as the owner, and check the role of DATABASE_URL",
        "25006" => "point DATABASE_URL at the primary",
        "53100" => "free some disk space",
        "53300" => "raise max_connections or lower DB_POOL",
        _ => "look the code up in the database's log",
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let statement = self.statement;
        match &self.cause {
            Cause::Address => {
                f.write_str("DATABASE_URL must look like postgres://user:password@host/database")
            }
            Cause::Certificates => f.write_str(
                "no certificate authority is installed to check the database; install ca-certificates",
            ),
            Cause::Away => write!(
                f,
                "the database is away ({statement}); check that it runs and that its host can be reached",
            ),
            Cause::Refused(state) => {
                let code = state.code();
                write!(f, "the database refused {statement} with SQLSTATE {code}; {}", advice(code))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_follow_from_the_sqlstate() {
        let table = [
            ("23505", Fate::DecideAgain),
            ("23P01", Fate::DecideAgain),
            ("40001", Fate::DecideAgain),
            ("40P01", Fate::DecideAgain),
            ("57P01", Fate::Wait),
            ("57P03", Fate::Wait),
            ("53300", Fate::Wait),
            ("53100", Fate::Wait),
            ("25006", Fate::Wait),
            ("08006", Fate::Wait),
            ("28P01", Fate::Wait),
            ("42P01", Fate::Wait),
            ("22021", Fate::SetAside),
            ("23514", Fate::SetAside),
            ("54000", Fate::SetAside),
            ("XX000", Fate::SetAside),
        ];
        for (state, fate) in table {
            assert_eq!(fate_of(state), fate, "{state}");
        }
    }
}
