//! The database as other crates use it: a pool of connections, the batches, and the statements that
//! belong to no batch.

use deadpool::managed::Object;
use jiff::Timestamp;
use rustls::ClientConfig;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use twofactor_rules::Needs;
use twofactor_rules::keys::Sealed;

use crate::connect::{self, Pool};
use crate::connection::{Connection, Param, Request};
use crate::db_session::{LockWait, Task};
use crate::error::{StoreError, Unfit};
use crate::load;
use crate::schema::SCHEMA;
use crate::sealing::Sealing;
use crate::sql;
use crate::turn::Turn;

/// Counts of connections to the database at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Connections that are open.
    pub open: usize,
    /// Open connections that are in use.
    pub used: usize,
    /// Tasks that wait for a connection.
    pub waiting: usize,
}

/// The database of the workers. A clone shares the pool.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    /// Pool of the probes of the server's certificate; none where nothing is encrypted.
    probe: Option<Pool>,
    pub(crate) sealing: Sealing,
}

impl Store {
    /// Makes a store that connects at its first use. Errors where `url` is not the URL of a
    /// database that may be written to, or where no certificate authority of the machine can be
    /// read.
    pub fn new(url: &str, pool_size: usize) -> Result<Self, StoreError> {
        let pool = connect::pool(url, pool_size, Task::Work, connect::tls)?;
        Ok(Self::of(pool, None))
    }

    /// Makes a store that encrypts with `tls`. Errors where connections must be encrypted and `tls`
    /// is none.
    pub fn with_tls(
        url: &str,
        pool_size: usize,
        tls: Option<ClientConfig>,
    ) -> Result<Self, StoreError> {
        let probe = if connect::encrypts(url)? {
            Some(connect::pool(url, 1, Task::Probe, || tls.clone())?)
        } else {
            None
        };
        let pool = connect::pool(url, pool_size, Task::Work, || tls)?;
        Ok(Self::of(pool, probe))
    }

    /// Makes a store of one connection for a role that only reads the trail, on a standby too. It
    /// prepares each statement at its first use.
    pub fn of_reader(url: &str) -> Result<Self, StoreError> {
        let task = Task::Read { primary: false };
        let pool = connect::pool(url, 1, task, connect::tls)?;
        Ok(Self::of(pool, None))
    }

    fn of(pool: Pool, probe: Option<Pool>) -> Self {
        let sealing = Sealing::default();
        Self {
            pool,
            probe,
            sealing,
        }
    }

    /// Connects once more and disconnects, where connections are encrypted with a given `tls`: its
    /// verifier then sees the present certificate of the database.
    pub async fn probe(&self) -> Result<(), StoreError> {
        if let Some(probe) = &self.probe {
            let connection = probe.get().await.map_err(StoreError::of_pool)?;
            drop(Object::take(connection));
        }
        Ok(())
    }

    /// Returns the present counts of connections in the pool.
    pub fn connections(&self) -> Connections {
        let pool = self.pool.status();
        Connections {
            open: pool.size,
            used: pool.size.saturating_sub(pool.available),
            waiting: pool.waiting,
        }
    }

    /// Checks that an event could be decided and kept now: the database answers, it is the primary,
    /// takes writes, keeps UTF8 and has a schema that fits. The error is one plain sentence that
    /// says which of these fails and what to do; it holds no value and no password. Two round
    /// trips. It waits as long as a batch would, so the caller should set a time-out.
    pub async fn standing(&self) -> Result<(), StoreError> {
        let version: i64 = self.one(&sql::SCHEMA_VERSION).await?;
        if version < SCHEMA {
            return Err(StoreError::unfit(Unfit::Schema(version)));
        }
        Ok(())
    }

    /// Opens a transaction, locks and loads what a batch needs: one round trip.
    pub async fn begin(&self, needs: &Needs) -> Result<Turn, StoreError> {
        self.begin_with(needs, LockWait::Usual).await
    }

    /// The same, with a maximum wait for locks.
    pub async fn begin_with(&self, needs: &Needs, waits: LockWait) -> Result<Turn, StoreError> {
        let connection = self.connection().await?;
        let draft = load::begin(&connection, needs, waits).await?;
        Ok(Turn::new(draft, connection))
    }

    /// The one sealed hash key of this database: `fresh`, if there was none before.
    pub async fn hash_key(&self, fresh: &Sealed) -> Result<Sealed, StoreError> {
        let params: Vec<Param<'_>> = vec![Box::new(fresh.as_bytes())];
        let keep = Request::new(&sql::KEEP_HASH_KEY, params);
        self.execute(&keep).await?;
        self.one(&sql::LOAD_HASH_KEY).await.map(Sealed::from_bytes)
    }

    /// Returns the version of the last migration, 0 if none ever ran. It fits from [`SCHEMA`] on.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        match self.one(&sql::SCHEMA_VERSION).await {
            Err(error) => error.found_schema().ok_or(error),
            version => version,
        }
    }

    /// Reads the database's clock.
    pub async fn clock(&self) -> Result<Timestamp, StoreError> {
        let now = self.one(&sql::CLOCK).await?;
        crate::clock::loaded(now).map_err(|_| StoreError::corrupt("clock"))
    }

    pub(crate) async fn connection(&self) -> Result<Connection, StoreError> {
        Connection::take(&self.pool).await
    }

    /// Returns the rows of one statement, in a transaction of its own: two round trips.
    pub(crate) async fn rows(&self, request: &Request<'_>) -> Result<Vec<Row>, StoreError> {
        self.connection().await?.rows(request).await
    }

    /// Returns the count of rows that one statement touched, in a transaction of its own.
    pub(crate) async fn execute(&self, request: &Request<'_>) -> Result<u64, StoreError> {
        let connection = self.connection().await?;
        connection.begin(&[]).await?;
        let touched = connection.execute(request).await?;
        connection.commit(&[]).await?;
        connection.release();
        Ok(touched)
    }

    /// Returns the one cell that a statement without parameters reads.
    pub(crate) async fn one<T>(&self, sql: &'static sql::Sql) -> Result<T, StoreError>
    where
        T: for<'a> FromSql<'a>,
    {
        let rows = self.rows(&Request::plain(sql)).await?;
        let row = rows.first().ok_or(StoreError::corrupt(sql.name))?;
        row.try_get(0).map_err(|_| StoreError::corrupt(sql.name))
    }
}
