//! One connection of the pool, in use. It returns to the pool only if somebody says that it is
//! clean; else it is closed, and the database rolls back what it had open.

use deadpool_postgres::{Client, Object, Pool};
use futures::future::{FutureExt, TryFutureExt, join_all};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::error::StoreError;
use crate::sql::Sql;

/// A parameter of a statement.
pub(crate) type Param<'a> = Box<dyn ToSql + Sync + Send + 'a>;

/// A statement with its parameters, ready to send.
pub(crate) struct Request<'a> {
    pub sql: &'static Sql,
    pub params: Vec<Param<'a>>,
}

impl<'a> Request<'a> {
    /// A statement without parameters.
    pub(crate) fn plain(sql: &'static Sql) -> Self {
        Self {
            sql,
            params: Vec::new(),
        }
    }

    /// A statement with one parameter for each column; `rows` gives one array for each.
    pub(crate) fn new(sql: &'static Sql, params: Vec<Param<'a>>) -> Self {
        Self { sql, params }
    }
}

/// A connection that is closed when dropped, unless it was released.
pub(crate) struct Connection(Option<Client>);

impl Connection {
    /// Takes a connection from the pool, or opens one.
    pub(crate) async fn take(pool: &Pool) -> Result<Self, StoreError> {
        let client = pool
            .get()
            .await
            .map_err(|error| StoreError::of_pool(&error))?;
        Ok(Self(Some(client)))
    }

    /// Gives a clean connection back.
    pub(crate) fn release(mut self) {
        drop(self.0.take());
    }

    /// Sends one statement and waits for its rows.
    pub(crate) async fn ask(&self, request: &Request<'_>) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(request.sql).await?;
        self.send(&statement, request).await
    }

    /// Sends one statement and waits for how many rows it touched.
    pub(crate) async fn tell(&self, request: &Request<'_>) -> Result<u64, StoreError> {
        let statement = self.prepare(request.sql).await?;
        let touched = self
            .client()
            .execute_raw(&statement, references(request))
            .await;
        touched.map_err(|error| StoreError::of(request.sql.name, &error))
    }

    /// Sends one statement without parameters or rows.
    pub(crate) async fn run(&self, name: &'static str, sql: &str) -> Result<(), StoreError> {
        let done = self.client().batch_execute(sql).await;
        done.map_err(|error| StoreError::of(name, &error))
    }

    /// Sends `before`, the requests and `after` in this order and at once, waits for all, and
    /// returns the rows of each request. The error is that of the first that failed: those
    /// behind it only say that something failed, and a COMMIT not even that.
    ///
    /// The order holds because a request is sent when its future is first polled, which
    /// `join_all` does in order, and because every statement was looked up before.
    pub(crate) async fn pipeline(
        &self,
        before: Option<&'static str>,
        requests: &[Request<'_>],
        after: Option<&'static str>,
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let mut statements = Vec::with_capacity(requests.len());
        for request in requests {
            statements.push(self.prepare(request.sql).await?);
        }
        let plain =
            |sql: &'static str| async move { self.run(sql, sql).await.map(|()| None) }.boxed();
        let asked = requests
            .iter()
            .zip(&statements)
            .map(|(request, statement)| self.send(statement, request).map_ok(Some).boxed());
        let all: Vec<_> = before
            .map(plain)
            .into_iter()
            .chain(asked)
            .chain(after.map(plain))
            .collect();
        let answers: Result<Vec<_>, _> = join_all(all).await.into_iter().collect();
        Ok(answers?.into_iter().flatten().collect())
    }

    async fn send(
        &self,
        statement: &Statement,
        request: &Request<'_>,
    ) -> Result<Vec<Row>, StoreError> {
        let params: Vec<&(dyn ToSql + Sync)> = references(request).collect();
        let rows = self.client().query(statement, &params).await;
        rows.map_err(|error| StoreError::of(request.sql.name, &error))
    }

    /// Looks a statement up. All are prepared when a connection opens, so this asks nothing.
    async fn prepare(&self, sql: &'static Sql) -> Result<Statement, StoreError> {
        let statement = self.client().prepare_cached(sql.text).await;
        statement.map_err(|error| StoreError::of(sql.name, &error))
    }

    fn client(&self) -> &Client {
        self.0
            .as_ref()
            .expect("a connection is there until it is released")
    }
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
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}
