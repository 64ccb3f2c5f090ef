//! The cells of a row, read from left to right, as the types of the contract and the rules.
//!
//! A value that this release cannot read is an error, which shows no value. It knows no statement.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use twofactor_contract::{TenantId, UserId, UserKey};
use twofactor_rules::keys::{Hash, Sealed};

use crate::clock;
use crate::error::Corrupt;

/// The cells of a row, read from left to right.
pub(crate) struct Cells<'a> {
    row: &'a Row,
    at: usize,
}

impl<'a> Cells<'a> {
    /// Reads from the first cell of a row.
    pub(crate) fn of(row: &'a Row) -> Self {
        Self { row, at: 0 }
    }

    pub(crate) fn next<T: FromSql<'a>>(&mut self) -> Result<T, Corrupt> {
        let cell = self.row.try_get(self.at).map_err(|_| Corrupt)?;
        self.at += 1;
        Ok(cell)
    }

    /// Reads from this cell on, counted from 0.
    pub(crate) fn go_to(&mut self, at: usize) {
        self.at = at;
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
