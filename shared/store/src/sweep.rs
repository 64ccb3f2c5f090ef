//! Housekeeping: what is no longer needed goes, in bounded pieces that wait for nobody.
//!
//! Each piece is a transaction of its own and skips rows that somebody holds, so it neither
//! blocks a batch nor is blocked by one. The figures stand in the statements.

use crate::connection::Request;
use crate::error::StoreError;
use crate::sql::{self, Sql};
use crate::store::Store;

/// How much one sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Answers of over 8 days.
    pub answers: u64,
    /// Refusals of over 8 days.
    pub refusals: u64,
    /// Answers of over 15 minutes that lost their secrets.
    pub secrets: u64,
    /// Sessions of over 24 hours.
    pub sessions: u64,
    /// Texts of over 8 days.
    pub texts: u64,
    /// Texts of over 24 hours that a reset or an erasure voided: the throttle is done with them.
    pub void_texts: u64,
    /// Browsers that expired over 60 days ago.
    pub browsers: u64,
}

/// The rows of one piece; the statements have the same figure.
const PIECE: u64 = 1000;

impl Swept {
    /// Whether some piece was full, so that another sweep would find more.
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
        pieces.iter().any(|rows| *rows >= PIECE)
    }
}

impl Store {
    /// Takes one piece of each kind away.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        Ok(Swept {
            secrets: self.piece(&sql::SWEEP_SECRETS).await?,
            answers: self.piece(&sql::SWEEP_ANSWERS).await?,
            refusals: self.piece(&sql::SWEEP_REFUSALS).await?,
            sessions: self.piece(&sql::SWEEP_SESSIONS).await?,
            texts: self.piece(&sql::SWEEP_TEXTS).await?,
            void_texts: self.piece(&sql::SWEEP_VOID_TEXTS).await?,
            browsers: self.piece(&sql::SWEEP_BROWSERS).await?,
        })
    }

    async fn piece(&self, sql: &'static Sql) -> Result<u64, StoreError> {
        self.execute(&Request::plain(sql)).await
    }
}
