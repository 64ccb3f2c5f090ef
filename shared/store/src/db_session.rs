//! A session with a database server, and the checks at its opening and in every transaction: that
//! the server is the primary, that it is fit, and that the session is still the one that was
//! opened.
//!
//! After a failover, or behind a proxy that lags, the same address may be a standby, or another
//! database altogether. Meanwhile all events wait and no failure is counted. The session is marked
//! when it is opened: a pooler in transaction mode gives the next transaction another server
//! session, which has another mark or none, and other statements under the names of ours.
//!
//! The checks are simple queries, which need no prepared statement, so any server answers them.
//! Those of a batch are part of the statement that takes its locks, since each statement has its price.
//! Another server session may have no such statement, or another one under its name: then that statement
//! fails, or its row has another shape or another mark.

use deadpool_postgres::ClientWrapper;
use futures::future::try_join_all;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Row, SimpleQueryMessage, SimpleQueryRow};

use crate::error::{StoreError, Unfit};
use crate::schema::SCHEMA;
use crate::sql::{self, Sql};

/// Purpose of a session, which decides what its server must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Events: on the primary, in UTF8, with the schema of this release; all statements are
    /// prepared.
    Work,
    /// Migrations: on the primary, in UTF8.
    Own,
    /// Reading the trail, also on a standby, unless the URL says otherwise.
    Read {
        /// `true` if the server must be the primary.
        primary: bool,
    },
    /// Reading the certificate: no statement is sent.
    Probe,
}

impl Task {
    fn needs_primary(self) -> bool {
        match self {
            Self::Work | Self::Own => true,
            Self::Read { primary } => primary,
            Self::Probe => false,
        }
    }

    fn needs_utf8(self) -> bool {
        matches!(self, Self::Work | Self::Own)
    }
}

/// Maximum wait of a batch for a lock that somebody else holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWait {
    /// 5 s: another worker needs milliseconds.
    Usual,
    /// 1 s, if an event of the batch failed before for an unknown reason.
    Short,
}

/// Session whose server was found fit for its task.
#[derive(Debug)]
pub(crate) struct DbSession {
    pub client: ClientWrapper,
    task: Task,
    mark: String,
}

/// Begins a transaction, marks the session and queries what the checks need.
const OPEN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
    SELECT pg_is_in_recovery(), current_setting('transaction_read_only'), \
    set_config('twofactor.session', gen_random_uuid()::text, false), \
    current_setting('server_encoding')";

/// Begins the transaction of a batch. Not `READ WRITE`: a standby would refuse it with a SQLSTATE of
/// many meanings. `transaction_read_only` shows a standby, where every transaction is read-only, and
/// a read-only default too.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The same for a batch with an event that failed for an unknown reason, perhaps for want of a lock:
/// others must not wait for it again.
const BEGIN_BRIEFLY: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '1s'";

/// Begins any other transaction and shows what the checks need; a query would be planned each time.
const BEGIN_AND_SHOW: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
    SHOW transaction_read_only; SHOW twofactor.session";

/// Queries why a transaction is read-only.
const WHY_READ_ONLY: &str = "SELECT pg_is_in_recovery()";

/// Name of these statements in errors.
const NAME: &str = "begin";

/// Settings of the sessions of workers, unless the URL says otherwise.
///
/// Every statement finds its rows by a key. A plan that was made while the tables were empty would
/// read them whole, and be kept when they have grown; so such plans are excluded. The server ends a
/// session that holds locks and is idle or gone. Those that wait for a lock give up before, since
/// other events wait for them.
const SETTINGS: &str = "SELECT set_config(name, value, false) FROM (VALUES \
    ('plan_cache_mode', 'force_generic_plan'), \
    ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), \
    ('jit', 'off'), ('idle_in_transaction_session_timeout', '30s'), ('lock_timeout', '5s'), \
    ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), \
    ('tcp_keepalives_count', '3')) AS wanted (name, value) \
    JOIN pg_catalog.pg_settings USING (name) WHERE source <> 'client'";

impl DbSession {
    /// Checks the server, and prepares the session for its task.
    pub(crate) async fn open(client: ClientWrapper, task: Task) -> Result<Self, StoreError> {
        let mut session = Self {
            client,
            task,
            mark: String::new(),
        };
        if task == Task::Probe {
            return Ok(session);
        }
        let answer = session.query(OPEN).await?;
        session.must_be_primary(cell(&answer, 0)? == "t", cell(&answer, 1)? == "on")?;
        session.mark = cell(&answer, 2)?.to_owned();
        let encoding = cell(&answer, 3)?;
        if task.needs_utf8() && encoding != "UTF8" {
            let encoding = encoding.to_owned();
            return Err(StoreError::unfit(Unfit::Encoding(encoding)));
        }
        if task == Task::Work {
            session.prepare_to_work().await?;
        }
        session.run("commit", "COMMIT").await?;
        Ok(session)
    }

    /// Begins a transaction. Errors if another session answers, or if the server is not fit.
    /// Statements that follow in the same round trip are part of that transaction.
    pub(crate) async fn begin(&self) -> Result<(), StoreError> {
        let shown = self.rows(BEGIN_AND_SHOW).await.map_err(|error| {
            let has_no_mark = error.code() == Some(SqlState::UNDEFINED_OBJECT.code());
            if has_no_mark {
                StoreError::unfit(Unfit::Pooler)
            } else {
                error
            }
        })?;
        let [read_only, mark] = &shown[..] else {
            return Err(StoreError::corrupt(NAME));
        };
        self.check(cell(read_only, 0)? == "on", Some(cell(mark, 0)?))
            .await
    }

    /// Begins the transaction of a batch, which [`Self::check_locked`] checks.
    pub(crate) async fn begin_unchecked(&self, waits: LockWait) -> Result<(), StoreError> {
        let begin = match waits {
            LockWait::Usual => BEGIN,
            LockWait::Short => BEGIN_BRIEFLY,
        };
        self.run(NAME, begin).await
    }

    /// Checks the session and its server by the answer to the statement that takes the locks. Errors
    /// as [`Self::begin`].
    pub(crate) async fn check_locked(
        &self,
        locked: &Result<Option<Vec<Row>>, StoreError>,
    ) -> Result<(), StoreError> {
        let another = || StoreError::unfit(Unfit::Pooler);
        let row = match locked {
            Ok(rows) => rows.as_deref().and_then(<[_]>::first),
            Err(error) if error.code().is_some_and(is_of_another_statement) => None,
            // The caller reports it.
            Err(_) => return Ok(()),
        };
        let row = row.ok_or_else(another)?;
        let column = |at| row.try_get::<_, Option<&str>>(at).map_err(|_| another());
        self.check(column(1)? == Some("on"), column(2)?).await
    }

    async fn check(&self, is_read_only: bool, mark: Option<&str>) -> Result<(), StoreError> {
        if mark != Some(&self.mark) {
            return Err(StoreError::unfit(Unfit::Pooler));
        }
        let is_recovering = is_read_only && cell(&self.query(WHY_READ_ONLY).await?, 0)? == "t";
        self.must_be_primary(is_recovering, is_read_only)
    }

    /// Rolls a transaction back.
    pub(crate) async fn roll_back(&self) -> Result<(), StoreError> {
        self.run("roll_back", "ROLLBACK").await
    }

    /// Sends statements without parameters or rows.
    pub(crate) async fn run(&self, name: &'static str, sql: &str) -> Result<(), StoreError> {
        let done = self.client.batch_execute(sql).await;
        done.map_err(|error| StoreError::of(name, &error))
    }

    /// Returns `true` if the session is for events.
    pub(crate) fn works(&self) -> bool {
        self.task == Task::Work
    }

    /// Applies the settings, checks the schema and prepares the statements. All in the transaction
    /// that marked the session, so that one server session has the mark and the statements, even
    /// behind a pooler.
    async fn prepare_to_work(&self) -> Result<(), StoreError> {
        self.run("settings", SETTINGS).await?;
        let version = self.query(sql::SCHEMA_VERSION.text).await;
        let version = match version {
            Ok(row) => cell(&row, 0)?.parse().unwrap_or(0),
            Err(error) => error.found_schema().ok_or(error)?,
        };
        if version < SCHEMA {
            return Err(StoreError::unfit(Unfit::Schema(version)));
        }
        let prepare = |sql: &'static Sql| async {
            let prepared = self.client.prepare_cached(sql.text).await;
            prepared.map_err(|error| StoreError::of(sql.name, &error))
        };
        try_join_all(sql::OF_WORKERS.iter().map(|sql| prepare(sql))).await?;
        Ok(())
    }

    fn must_be_primary(&self, is_recovering: bool, is_read_only: bool) -> Result<(), StoreError> {
        if !self.task.needs_primary() {
            return Ok(());
        }
        if is_recovering {
            return Err(StoreError::unfit(Unfit::Recovering));
        }
        if is_read_only {
            return Err(StoreError::unfit(Unfit::ReadOnly));
        }
        Ok(())
    }

    async fn query(&self, sql: &str) -> Result<SimpleQueryRow, StoreError> {
        let rows = self.rows(sql).await?;
        rows.into_iter().next().ok_or(StoreError::corrupt(NAME))
    }

    async fn rows(&self, sql: &str) -> Result<Vec<SimpleQueryRow>, StoreError> {
        let answer = self.client.simple_query(sql).await;
        let answer = answer.map_err(|error| StoreError::of(NAME, &error))?;
        let rows = answer.into_iter().filter_map(|message| {
            if let SimpleQueryMessage::Row(row) = message {
                Some(row)
            } else {
                None
            }
        });
        Ok(rows.collect())
    }
}

/// Returns `true` if a statement with this SQLSTATE was not the one that was prepared: it had no such
/// name, other parameters, or other rights. That one takes what this worker itself has sorted.
fn is_of_another_statement(code: &str) -> bool {
    let of_data = ["22", "26", "42"]
        .iter()
        .any(|class| code.starts_with(class));
    of_data || code == SqlState::PROTOCOL_VIOLATION.code()
}

fn cell(row: &SimpleQueryRow, at: usize) -> Result<&str, StoreError> {
    let cell = row.try_get(at).ok().flatten();
    cell.ok_or(StoreError::corrupt(NAME))
}
