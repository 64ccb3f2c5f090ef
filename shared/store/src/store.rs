//! The way in: a pool of connections, and what is asked outside of a batch.

use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use rustls::ClientConfig;
use twofactor_rules::Needs;
use twofactor_rules::keys::Sealed;

use crate::connect;
use crate::connection::{Connection, Param, Request};
use crate::error::StoreError;
use crate::load;
use crate::sql;
use crate::turn::Turn;

/// The oldest schema that this release runs on. Migrations only add, so newer ones fit too.
pub const SCHEMA: i64 = 7;

/// The connections to the database at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Those that are open.
    pub open: usize,
    /// Those of them that somebody uses.
    pub used: usize,
    /// Who waits for one.
    pub waiting: usize,
}

/// The database of the workers. A clone shares the pool.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    /// For whoever connects to be shown the certificate.
    door: Option<Pool>,
}

impl Store {
    /// A store that will connect when it is first asked. Errors where `url` is no URL of a
    /// database, or none of the system's certificate authorities can be read.
    pub fn new(url: &str, pool_size: usize) -> Result<Self, StoreError> {
        Ok(Self {
            pool: connect::pool(url, pool_size, connect::tls)?,
            door: None,
        })
    }

    /// The same, whose encrypted connections speak TLS as given; errors where they must and
    /// nothing is given.
    pub fn with_tls(
        url: &str,
        pool_size: usize,
        tls: Option<ClientConfig>,
    ) -> Result<Self, StoreError> {
        let door = if connect::encrypts(url)? {
            Some(connect::bare(url, || tls.clone())?)
        } else {
            None
        };
        let pool = connect::pool(url, pool_size, || tls)?;
        Ok(Self { pool, door })
    }

    /// Connects once more and hangs up, where connections are encrypted as given: whoever watches
    /// the database's certificate then sees the present one.
    pub async fn knock(&self) -> Result<(), StoreError> {
        if let Some(door) = &self.door {
            let visitor = door.get().await;
            let visitor = visitor.map_err(|error| StoreError::of_pool(&error))?;
            drop(Object::take(visitor));
        }
        Ok(())
    }

    /// How its pool stands now.
    pub fn connections(&self) -> Connections {
        let pool = self.pool.status();
        Connections {
            open: pool.size,
            used: pool.size.saturating_sub(pool.available),
            waiting: pool.waiting,
        }
    }

    /// A store of one connection for whoever reads the trail and may do nothing else: it looks
    /// each statement up when it is first used.
    pub fn of_reader(url: &str) -> Result<Self, StoreError> {
        Ok(Self {
            pool: connect::bare(url, connect::tls)?,
            door: None,
        })
    }

    /// Opens a transaction, locks and loads what a batch needs: one round trip.
    pub async fn begin(&self, needs: &Needs) -> Result<Turn, StoreError> {
        let connection = self.connection().await?;
        let draft = load::begin(&connection, needs).await?;
        Ok(Turn::new(draft, connection))
    }

    /// The one sealed hash key of this database: `fresh`, if there was none before.
    pub async fn hash_key(&self, fresh: &Sealed) -> Result<Sealed, StoreError> {
        let connection = self.connection().await?;
        let params: Vec<Param<'_>> = vec![Box::new(fresh.as_bytes())];
        connection
            .tell(&Request {
                sql: &sql::KEEP_HASH_KEY,
                params,
            })
            .await?;
        let rows = connection.ask(&Request::plain(&sql::LOAD_HASH_KEY)).await?;
        let row = rows.first().ok_or(StoreError::corrupt("load_hash_key"))?;
        let sealed = row
            .try_get(0)
            .map_err(|_| StoreError::corrupt("load_hash_key"))?;
        connection.release();
        Ok(Sealed::from_bytes(sealed))
    }

    /// The number of the last migration; 0 where none ever ran. It fits from [`SCHEMA`] on.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        match self.one(&sql::SCHEMA_VERSION).await {
            Err(error) if error.is_unmigrated() => Ok(0),
            version => version,
        }
    }

    /// The database's clock.
    pub async fn clock(&self) -> Result<Timestamp, StoreError> {
        let now = self.one(&sql::CLOCK).await?;
        crate::clock::loaded(now).map_err(|_| StoreError::corrupt("clock"))
    }

    /// How many sealed values there are under each key. Reads whole tables.
    pub async fn key_rows(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let connection = self.connection().await?;
        let rows = connection.ask(&Request::plain(&sql::KEY_ROWS)).await?;
        connection.release();
        let read = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get(1)?));
        let read: Result<_, tokio_postgres::Error> = rows.iter().map(read).collect();
        read.map_err(|_| StoreError::corrupt("key_rows"))
    }

    pub(crate) async fn connection(&self) -> Result<Connection, StoreError> {
        Connection::take(&self.pool).await
    }

    pub(crate) async fn one<T>(&self, sql: &'static sql::Sql) -> Result<T, StoreError>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        let connection = self.connection().await?;
        let rows = connection.ask(&Request::plain(sql)).await?;
        connection.release();
        let row = rows.first().ok_or(StoreError::corrupt(sql.name))?;
        row.try_get(0).map_err(|_| StoreError::corrupt(sql.name))
    }
}
