//! Housekeeping: deletes what is no longer needed, in bounded pieces that wait for no lock, and brings
//! policies back to a clock that was set back.
//!
//! Each piece is a transaction of its own and skips rows that somebody holds, so it neither
//! blocks a batch nor is blocked by one.

use jiff::SignedDuration;
use twofactor_rules::Limits;

use crate::connection::Request;
use crate::error::StoreError;
use crate::kept;
use crate::sql::{self, Sql};
use crate::store::Store;

/// Counts of rows that one sweep deleted or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Answers over 8 days old.
    pub answers: u64,
    /// Refusals over 8 days old.
    pub refusals: u64,
    /// Answers over 15 minutes old whose secrets were wiped.
    pub secrets: u64,
    /// Login sessions over 24 hours old.
    pub sessions: u64,
    /// Texts over 8 days old.
    pub texts: u64,
    /// Texts over 24 hours old that a reset or an erasure voided: the throttle no longer counts
    /// them.
    pub void_texts: u64,
    /// Browsers that expired over 60 days ago.
    pub browsers: u64,
}

/// Maximum count of rows in one piece.
const PIECE: u32 = 1000;

impl Swept {
    /// Returns `true` if some piece was full, so that another sweep would find more.
    pub fn is_unfinished(&self) -> bool {
        let pieces = [
            self.answers,
            self.refusals,
            self.secrets,
            self.sessions,
            self.texts,
            self.void_texts,
            self.browsers,
        ];
        pieces.iter().any(|rows| *rows >= u64::from(PIECE))
    }
}

impl Store {
    /// Deletes one piece of each kind.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        Ok(Swept {
            secrets: self.piece(&sql::SWEEP_SECRETS, kept::SECRETS).await?,
            answers: self.piece(&sql::SWEEP_ANSWERS, kept::OUTCOMES).await?,
            refusals: self.piece(&sql::SWEEP_REFUSALS, kept::OUTCOMES).await?,
            sessions: self.piece(&sql::SWEEP_SESSIONS, kept::SESSIONS).await?,
            texts: self.piece(&sql::SWEEP_TEXTS, kept::OUTCOMES).await?,
            void_texts: self.piece(&sql::SWEEP_VOID_TEXTS, kept::THROTTLED).await?,
            browsers: self.piece(&sql::SWEEP_BROWSERS, kept::BROWSERS).await?,
        })
    }

    /// Brings the policies to now that became required in the future, because the database's clock was
    /// set back: grace would last longer by as much. Returns their count.
    pub async fn bring_back_policies(&self) -> Result<u64, StoreError> {
        let params = vec![kept::seconds(Limits::CLOCK_LEAD)];
        self.execute(&Request::new(&sql::BRING_BACK_POLICIES, params))
            .await
    }

    async fn piece(&self, sql: &'static Sql, kept: SignedDuration) -> Result<u64, StoreError> {
        let params = vec![kept::seconds(kept), Box::new(i64::from(PIECE))];
        self.execute(&Request::new(sql, params)).await
    }
}
