//! One connection of the pool, in use. It returns to the pool only if its user releases it as
//! clean; else it is closed, and the database rolls back its open transaction.
//!
//! Who waits? Each connection serves one batch at a time, and batches share a pool, so a wait
//! here can delay all events of a worker. Each wait has an end:
//!
//! - for a connection of the pool, or for a host: 10 s, and 4 s for each of several hosts;
//! - for a lock that somebody else holds: 5 s, and 1 s for events that failed before. The batch is
//!   then taken apart, so that others do not wait. The server ends a worker's session that holds locks
//!   after 30 s if it is idle, and after 25 s if its machine is gone;
//! - for an answer to a batch: [`ANSWER`], measured here, since a server that hangs keeps its side
//!   of the network alive. Then the connection is closed and the events wait; whether the batch was
//!   committed is seen from the answers when it is loaded again;
//! - for a seal or a count, which may read much: longer, but on a connection of its own.
//!
//! The server ends nothing while it commits: a commit that waits for a synchronous standby would
//! then be reported as done.

use std::future::Future;
use std::time::Duration;

use deadpool::managed::Object;
use futures::future::{BoxFuture, FutureExt, TryFutureExt, join_all};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::connect::{Pool, Servers};
use crate::db_session::{DbSession, LockWait};
use crate::error::StoreError;
use crate::one_row;
use crate::sql::{self, Sql};

/// Maximum wait for an answer of the database to a batch.
pub(crate) const ANSWER: Duration = Duration::from_mins(1);

/// Parameter of a statement.
pub(crate) type Param<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// Future of a statement without parameters or rows.
type Plain<'a> = BoxFuture<'a, Result<(), StoreError>>;

/// Answer to a statement: its rows, if it has any.
type Answer = Result<Option<Vec<Row>>, StoreError>;

/// Statement with its parameters, ready to send.
pub(crate) struct Request<'a> {
    pub sql: &'static Sql,
    pub params: Vec<Param<'a>>,
    /// `true` if no array among the parameters has more than one element.
    is_of_one: bool,
}

impl<'a> Request<'a> {
    /// Makes the request of a statement without parameters.
    pub(crate) fn plain(sql: &'static Sql) -> Self {
        Self::new(sql, Vec::new())
    }

    /// Makes the request of a statement with its parameters, `$1` first.
    pub(crate) fn new(sql: &'static Sql, params: Vec<Param<'a>>) -> Self {
        Self {
            sql,
            params,
            is_of_one: false,
        }
    }

    /// Notes the count of elements of the longest array among the parameters.
    #[must_use]
    pub(crate) fn of_rows(mut self, rows: usize) -> Self {
        self.is_of_one = rows <= 1;
        self
    }

    /// Returns the form of its statement for one row, if it has one and no more are given.
    pub(crate) fn sql_of_one(&self) -> Option<&'static Sql> {
        self.is_of_one.then(|| one_row::of(self.sql)).flatten()
    }

    /// Takes the form of its statement for one row where that will do.
    #[must_use]
    pub(crate) fn for_its_rows(mut self) -> Self {
        self.sql = self.sql_of_one().unwrap_or(self.sql);
        self
    }
}

/// Connection that is closed when dropped, unless it was released.
pub(crate) struct Connection {
    session: Option<Object<Servers>>,
    /// Maximum wait for an answer. None for operators' commands, which an operator can interrupt.
    patience: Option<Duration>,
}

impl Connection {
    /// Takes a connection from the pool, or opens one.
    pub(crate) async fn take(pool: &Pool) -> Result<Self, StoreError> {
        let session = pool.get().await.map_err(StoreError::of_pool)?;
        let patience = session.works().then_some(ANSWER);
        Ok(Self {
            session: Some(session),
            patience,
        })
    }

    /// Sets the maximum wait for an answer.
    #[must_use]
    pub(crate) fn with_patience(mut self, patience: Option<Duration>) -> Self {
        self.patience = patience;
        self
    }

    /// Returns a clean connection to the pool.
    pub(crate) fn release(mut self) {
        drop(self.session.take());
    }

    /// Begins a transaction and sends the requests, in one round trip; returns the rows of each.
    /// An unfit server is reported before any other error.
    pub(crate) async fn begin(
        &self,
        requests: &[Request<'_>],
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let begin = self.session().begin().boxed();
        rows_of(self.pipeline(Some(begin), requests, None).await?)
    }

    /// Begins the transaction of a batch: as [`Self::begin`], with the statement that takes its locks
    /// as the first request, whose answer also shows the server.
    pub(crate) async fn begin_locked(
        &self,
        requests: &[Request<'_>],
        waits: LockWait,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let session = self.session();
        let begin = session.begin_unchecked(waits).boxed();
        let answers = self.pipeline(Some(begin), requests, None).await?;
        if let [Ok(_), locked, ..] = &answers[..] {
            let checked = session.check_locked(locked);
            self.within(sql::LOCK.name, checked).await?;
        }
        rows_of(answers)
    }

    /// Sends the requests and commits, in one round trip.
    pub(crate) async fn commit(&self, requests: &[Request<'_>]) -> Result<(), StoreError> {
        let commit = self.session().run("commit", "COMMIT").boxed();
        rows_of(self.pipeline(None, requests, Some(commit)).await?).map(drop)
    }

    /// Rolls a transaction back.
    pub(crate) async fn roll_back(&self) -> Result<(), StoreError> {
        self.within("roll_back", self.session().roll_back()).await
    }

    /// Returns the rows of one statement, in a transaction of its own; releases the connection.
    pub(crate) async fn rows(self, request: &Request<'_>) -> Result<Vec<Row>, StoreError> {
        let mut answers = self.begin(std::slice::from_ref(request)).await?;
        self.commit(&[]).await?;
        self.release();
        Ok(answers.pop().unwrap_or_default())
    }

    /// Sends one statement and waits for its rows.
    pub(crate) async fn query(&self, request: &Request<'_>) -> Result<Vec<Row>, StoreError> {
        let queried = async {
            let statement = self.prepare(request.sql).await?;
            self.send(&statement, request).await
        };
        self.within(request.sql.name, queried).await
    }

    /// Sends one statement and returns the count of rows that it touched.
    pub(crate) async fn execute(&self, request: &Request<'_>) -> Result<u64, StoreError> {
        let executed = async {
            let statement = self.prepare(request.sql).await?;
            let client = &self.session().client;
            let touched = client.execute_raw(&statement, references(request)).await;
            touched.map_err(|error| StoreError::of(request.sql.name, &error))
        };
        self.within(request.sql.name, executed).await
    }

    /// Sends one statement without parameters or rows.
    pub(crate) async fn run(&self, name: &'static str, sql: &str) -> Result<(), StoreError> {
        self.within(name, self.session().run(name, sql)).await
    }

    /// Sends `before`, the requests and `after` in this order and at once, waits for all, and
    /// returns the answer to each.
    ///
    /// The order holds because a request is sent when its future is first polled, which
    /// `join_all` does in order, and because every statement was prepared before.
    async fn pipeline(
        &self,
        before: Option<Plain<'_>>,
        requests: &[Request<'_>],
        after: Option<Plain<'_>>,
    ) -> Result<Vec<Answer>, StoreError> {
        let mut statements = Vec::with_capacity(requests.len());
        for request in requests {
            let prepared = self.prepare(request.sql);
            statements.push(self.within(request.sql.name, prepared).await?);
        }
        let sent = requests
            .iter()
            .zip(&statements)
            .map(|(request, statement)| self.send(statement, request).map_ok(Some).boxed());
        let all: Vec<_> = before
            .map(without_rows)
            .into_iter()
            .chain(sent)
            .chain(after.map(without_rows))
            .collect();
        let last = requests.last().map_or("commit", |request| request.sql.name);
        self.within(last, async { Ok(join_all(all).await) }).await
    }

    /// Waits for an answer, up to the maximum wait.
    async fn within<T>(
        &self,
        statement: &'static str,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let Some(patience) = self.patience else {
            return answer.await;
        };
        let answered = tokio::time::timeout(patience, answer).await;
        answered.unwrap_or(Err(StoreError::silent(statement)))
    }

    async fn send(
        &self,
        statement: &Statement,
        request: &Request<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let params: Vec<&(dyn ToSql + Sync)> = references(request).collect();
        let rows = self.session().client.query(statement, &params).await;
        rows.map_err(|error| StoreError::of(request.sql.name, &error))
    }

    /// Returns a prepared statement. Those of workers are prepared when a connection opens, so
    /// nothing is sent.
    async fn prepare(&self, sql: &'static Sql) -> Result<Statement, StoreError> {
        let statement = self.session().client.prepare_cached(sql.text).await;
        statement.map_err(|error| StoreError::of(sql.name, &error))
    }

    fn session(&self) -> &DbSession {
        self.session
            .as_ref()
            .expect("a connection is there until it is released")
    }
}

/// Returns the rows of the answers that have some. The error is that of the first statement that
/// failed: later ones only say that something failed, and a COMMIT not even that.
fn rows_of(answers: Vec<Answer>) -> Result<Vec<Vec<Row>>, StoreError> {
    let answers: Result<Vec<_>, _> = answers.into_iter().collect();
    Ok(answers?.into_iter().flatten().collect())
}

fn without_rows(sent: Plain<'_>) -> BoxFuture<'_, Answer> {
    sent.map_ok(|()| None).boxed()
}

fn references<'a>(
    request: &'a Request<'_>,
) -> impl ExactSizeIterator<Item = &'a (dyn ToSql + Sync)> {
    request
        .params
        .iter()
        .map(|param| &**param as &(dyn ToSql + Sync))
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            drop(Object::take(session));
        }
    }
}
