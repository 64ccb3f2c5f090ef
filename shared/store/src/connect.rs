//! From a URL to a pool of connections: encryption, time-outs, and the choice of the server.
//!
//! A URL may name several hosts. They are tried in turn, beginning with the one that served last,
//! and the first that is fit serves, so a failover needs no more than the URL. Each host has a
//! time-out of its own: one that takes a connection and never answers, as a frozen machine does,
//! does not keep the caller from the next. `target_session_attrs` and `load_balance_hosts` change
//! nothing for a task that writes: it always takes the primary.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{self, Metrics, QueueMode, RecycleError, RecycleResult};
use deadpool_postgres::{ClientWrapper, ConfigConnectImpl, Connect};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use twofactor_settings::DatabaseAddress;

use crate::db_session::{DbSession, Task};
use crate::each_host::each_host;
use crate::error::{StoreError, Unfit};

/// Connections to one database.
pub(crate) type Pool = managed::Pool<Servers>;

/// Maximum wait for a connection, from the pool or over the network.
const PATIENCE: Duration = Duration::from_secs(10);
/// Maximum wait for each of several hosts.
const OF_SEVERAL: Duration = Duration::from_secs(4);
/// Maximum wait for the second session that reveals a pooler; without one the check is skipped.
const OF_POOLER: Duration = Duration::from_secs(2);

/// Makes a pool of `size` connections for that task. `tls` is called where they are encrypted.
pub(crate) fn pool(
    url: &str,
    size: usize,
    task: Task,
    tls: impl FnOnce() -> Option<ClientConfig>,
) -> Result<Pool, StoreError> {
    let servers = Servers::new(DatabaseAddress::parse(url)?, task, tls)?;
    let create = servers.patience() + OF_POOLER * 2;
    Ok(Pool::builder(servers)
        .max_size(size)
        // The session that was used last is used next, so that its server process stays warm.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(create))
        .build()
        .expect("a pool with time-outs has the runtime that they need"))
}

/// Makes a pool of one connection for the role that migrates.
pub(crate) fn owner(url: &str) -> Result<Pool, StoreError> {
    pool(url, 1, Task::Own, tls)
}

/// Returns `true` if TLS is tried. Errors where it is not a URL of a database.
pub(crate) fn encrypts(url: &str) -> Result<bool, StoreError> {
    Ok(DatabaseAddress::parse(url)?.tries_tls())
}

/// Makes the TLS configuration of commands: it trusts the machine's authorities. None where there
/// are none.
pub(crate) fn tls() -> Option<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return None;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring serves the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(config)
}

/// The servers of one database, and how to connect to them.
pub(crate) struct Servers {
    each: Vec<Config>,
    connect: Box<dyn Connect>,
    task: Task,
    /// Index of the host that served last, which is tried first.
    latest: AtomicUsize,
    /// `true` once it is known that no pooler shares sessions between connections.
    has_sessions: AtomicBool,
}

impl Servers {
    fn new(
        address: DatabaseAddress,
        task: Task,
        tls: impl FnOnce() -> Option<ClientConfig>,
    ) -> Result<Self, StoreError> {
        let tries_tls = address.tries_tls();
        let mut config = address.into_config();
        let task = match (task, config.get_target_session_attrs()) {
            (Task::Work | Task::Own, TargetSessionAttrs::ReadOnly) => {
                return Err(StoreError::standby());
            }
            (Task::Read { .. }, attributes) => Task::Read {
                primary: attributes == TargetSessionAttrs::ReadWrite,
            },
            (task, _) => task,
        };
        config.connect_timeout(PATIENCE).keepalives_idle(PATIENCE);
        config.tcp_user_timeout(Duration::from_secs(30));
        if config.get_application_name().is_none() {
            config.application_name("twofactor");
        }
        let insists = config.get_ssl_mode() == SslMode::Require;
        let connect: Box<dyn Connect> = match tries_tls.then(tls).flatten() {
            Some(tls) => Box::new(ConfigConnectImpl {
                tls: MakeRustlsConnect::new(tls),
            }),
            None if insists => return Err(StoreError::certificates()),
            None => Box::new(ConfigConnectImpl { tls: NoTls }),
        };
        Ok(Self {
            each: each_host(&config),
            connect,
            task,
            latest: AtomicUsize::new(0),
            has_sessions: AtomicBool::new(false),
        })
    }

    /// Returns the maximum wait for all hosts together.
    fn patience(&self) -> Duration {
        let hosts = u32::try_from(self.each.len()).unwrap_or(u32::MAX);
        PATIENCE.max(OF_SEVERAL.saturating_mul(hosts))
    }

    /// Opens a session with the first host that is fit; returns its index too. The error is that of
    /// the first host that answered and is unfit, rather than of one that is away.
    async fn first_fit(&self) -> Result<(DbSession, usize), StoreError> {
        let hosts = self.each.len();
        let patience = if hosts == 1 { PATIENCE } else { OF_SEVERAL };
        let first = self.latest.load(Ordering::Relaxed);
        let mut refused: Option<StoreError> = None;
        for step in 0..hosts {
            let at = (first + step) % hosts;
            let opened = timeout(patience, self.open(at, self.task)).await;
            match opened.unwrap_or(Err(StoreError::away())) {
                Ok(session) => {
                    self.latest.store(at, Ordering::Relaxed);
                    return Ok((session, at));
                }
                Err(error) if refused.as_ref().is_none_or(StoreError::is_away) => {
                    refused = Some(error);
                }
                Err(_) => {}
            }
        }
        Err(refused.unwrap_or(StoreError::away()))
    }

    async fn open(&self, at: usize, task: Task) -> Result<DbSession, StoreError> {
        let (client, driver) = self
            .connect
            .connect(&self.each[at])
            .await
            .map_err(|error| StoreError::of("connect", &error))?;
        DbSession::open(ClientWrapper::new(client, driver), task).await
    }

    /// Checks that a session keeps its server while another one works. A pooler in transaction mode
    /// would hand that server to the other. Where no second session can be opened, each
    /// transaction still checks.
    async fn look_for_pooler(&self, session: &DbSession, at: usize) -> Result<(), StoreError> {
        let other = timeout(OF_POOLER, self.open(at, Task::Read { primary: false })).await;
        let Ok(Ok(other)) = other else {
            return Ok(());
        };
        let between = async {
            other.begin().await?;
            session.begin().await?;
            session.roll_back().await
        };
        let kept = timeout(OF_POOLER, between).await;
        kept.unwrap_or(Err(StoreError::unfit(Unfit::Pooler)))
    }
}

impl managed::Manager for Servers {
    type Type = DbSession;
    type Error = StoreError;

    async fn create(&self) -> Result<DbSession, StoreError> {
        let (session, at) = self.first_fit().await?;
        if self.task != Task::Probe && !self.has_sessions.load(Ordering::Relaxed) {
            self.look_for_pooler(&session, at).await?;
            self.has_sessions.store(true, Ordering::Relaxed);
        }
        Ok(session)
    }

    async fn recycle(&self, session: &mut DbSession, _: &Metrics) -> RecycleResult<StoreError> {
        if session.client.is_closed() {
            Err(RecycleError::message("it was closed"))
        } else {
            Ok(())
        }
    }
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the hosts' configuration: it has the password.
        f.debug_struct("Servers")
            .field("hosts", &self.each.len())
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, task: Task) -> Option<StoreError> {
        pool(url, 1, task, || None).err()
    }

    #[test]
    fn a_way_to_speak_tls_is_needed_where_connections_are_encrypted() {
        let table = [
            ("postgres://u:p@127.0.0.1/d", false),
            ("postgres://u:p@127.0.0.1/d?sslmode=require", true),
            ("postgres://u:p@db.example/d?sslmode=require", true),
            ("postgres://u:p@db.example/d?sslmode=disable", false),
        ];
        for (url, expected) in table {
            assert_eq!(encrypts(url), Ok(expected), "{url}");
            let reason = expected.then(StoreError::certificates);
            assert_eq!(refused(url, Task::Own), reason, "{url}");
        }
        let preferred = "postgres://u:p@db.example/d";
        assert_eq!(encrypts(preferred), Ok(true));
        assert_eq!(refused(preferred, Task::Own), None, "in clear then");
    }

    #[test]
    fn a_task_that_writes_refuses_a_url_that_asks_for_a_standby() {
        let of = |attributes| format!("postgres://u:p@a,b/d?target_session_attrs={attributes}");
        for task in [Task::Work, Task::Own] {
            assert_eq!(refused(&of("read-only"), task), Some(StoreError::standby()));
            for attributes in ["any", "read-write", "primary"] {
                assert_eq!(refused(&of(attributes), task), None, "{attributes}");
            }
        }
        let reader = Task::Read { primary: false };
        assert_eq!(refused(&of("read-only"), reader), None);
        let balanced = "postgres://u:p@a,b/d?load_balance_hosts=random";
        assert_eq!(refused(balanced, Task::Work), None, "the primary is one");
    }
}
