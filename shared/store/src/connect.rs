//! From a URL to a pool of connections: encryption, time-outs, statements.
//!
//! On this machine a connection may be plain. To any other host it is encrypted, and certificate
//! and name checked, where the URL says `sslmode=require`. What is merely preferred, as without
//! `sslmode`, could be talked out of it by whoever sits between, so it counts as plain.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use futures::future::try_join_all;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StoreError;
use crate::sql;

/// How a database is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// On this machine.
    Local,
    /// On another machine, encrypted.
    Encrypted,
    /// On another machine, in clear or perhaps so, because the URL does not insist.
    Plain,
}

/// How a URL would have the database reached. Errors where it is no URL of a database.
pub fn route(url: &str) -> Result<Route, StoreError> {
    parse(url).map(|config| route_of(&config))
}

/// Which database a URL names, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the database.
    pub database: String,
    /// The host, or the folder of the socket.
    pub host: String,
}

/// Which database a URL names. Errors where it is no URL of a database.
pub fn place(url: &str) -> Result<Place, StoreError> {
    let config = parse(url)?;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => config
            .get_hostaddrs()
            .first()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    let user = config.get_user().unwrap_or_default();
    Ok(Place {
        database: config.get_dbname().unwrap_or(user).to_owned(),
        host,
    })
}

/// A pool whose connections know every statement. How to speak TLS is asked where it is needed.
pub(crate) fn pool(
    url: &str,
    size: usize,
    tls: impl FnOnce() -> Option<ClientConfig>,
) -> Result<Pool, StoreError> {
    let mut config = parse(url)?;
    let given = config.get_options().map(str::to_owned).unwrap_or_default();
    config.options(format!("{SESSION} {given}"));
    let prepare = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move {
            let all = sql::ALL.iter().map(|sql| client.prepare_cached(sql.text));
            try_join_all(all)
                .await
                .map(drop)
                .map_err(HookError::Backend)
        })
    });
    build(config, size, tls, Some(prepare))
}

/// Whether connections to that database may be encrypted. Errors where it is no URL of a database.
pub(crate) fn encrypts(url: &str) -> Result<bool, StoreError> {
    parse(url).map(|config| tries_tls(&config))
}

/// A pool of one connection that knows no statement.
pub(crate) fn bare(
    url: &str,
    tls: impl FnOnce() -> Option<ClientConfig>,
) -> Result<Pool, StoreError> {
    build(parse(url)?, 1, tls, None)
}

/// Every statement finds its rows by a key. A plan that was made while the tables were empty
/// would read them whole, and be kept when they have grown; so such plans are not considered.
const SESSION: &str = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off \
    -c jit=off -c idle_in_transaction_session_timeout=30s -c lock_timeout=60s";

/// The longest wait for a connection, be it of the pool or of the network.
const PATIENCE: Duration = Duration::from_secs(10);

fn build(
    mut config: Config,
    size: usize,
    tls: impl FnOnce() -> Option<ClientConfig>,
    prepare: Option<Hook>,
) -> Result<Pool, StoreError> {
    config.connect_timeout(PATIENCE).keepalives_idle(PATIENCE);
    config.tcp_user_timeout(Duration::from_secs(30));
    if config.get_application_name().is_none() {
        config.application_name("twofactor");
    }
    let ways = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let insists = config.get_ssl_mode() == SslMode::Require;
    let manager = match tries_tls(&config).then(tls).flatten() {
        Some(tls) => Manager::from_config(config, MakeRustlsConnect::new(tls), ways),
        None if insists => return Err(StoreError::certificates()),
        None => Manager::from_config(config, NoTls, ways),
    };
    let mut pool = Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE));
    if let Some(prepare) = prepare {
        pool = pool.post_create(prepare);
    }
    Ok(pool
        .build()
        .expect("a pool with time-outs has the runtime that they need"))
}

fn parse(url: &str) -> Result<Config, StoreError> {
    // Certificate and name are always checked, so it means the same here.
    let url = url.replace("sslmode=verify-full", "sslmode=require");
    let config: Config = url.parse().map_err(|_| StoreError::address())?;
    let names_a_host = !config.get_hosts().is_empty() || !config.get_hostaddrs().is_empty();
    if names_a_host {
        Ok(config)
    } else {
        Err(StoreError::address())
    }
}

fn route_of(config: &Config) -> Route {
    let hosts_are_local = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        Host::Unix(_) => true,
    });
    if hosts_are_local && config.get_hostaddrs().iter().all(IpAddr::is_loopback) {
        Route::Local
    } else if config.get_ssl_mode() == SslMode::Require {
        Route::Encrypted
    } else {
        Route::Plain
    }
}

/// Whether TLS is tried; where it is merely preferred, the server decides.
fn tries_tls(config: &Config) -> bool {
    let mode = config.get_ssl_mode();
    let is_preferred = mode == SslMode::Prefer && route_of(config) == Route::Plain;
    mode == SslMode::Require || is_preferred
}

/// How to speak TLS where nobody says otherwise: the machine's authorities are trusted.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_hosts_are_encrypted_where_the_url_insists() {
        let table = [
            ("postgres://u:p@127.0.0.1/d", Route::Local),
            (
                "postgres://u:p@localhost:5433/d?sslmode=disable",
                Route::Local,
            ),
            ("postgres://u:p@[::1]/d", Route::Local),
            ("postgres://u:p@%2Frun%2Fpostgresql/d", Route::Local),
            ("postgres://u:p@db.example/d", Route::Plain),
            ("postgres://u:p@db.example/d?sslmode=prefer", Route::Plain),
            (
                "postgres://u:p@db.example/d?sslmode=require",
                Route::Encrypted,
            ),
            (
                "postgres://u:p@db.example/d?sslmode=verify-full",
                Route::Encrypted,
            ),
            ("postgres://u:p@db.example/d?sslmode=disable", Route::Plain),
            (
                "postgres://u:p@127.0.0.1,db.example/d?sslmode=disable",
                Route::Plain,
            ),
            (
                "postgres://u:p@localhost/d?hostaddr=192.0.2.1&sslmode=disable",
                Route::Plain,
            ),
        ];
        for (url, expected) in table {
            assert_eq!(route(url), Ok(expected), "{url}");
        }
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
            let refused = bare(url, || None).err();
            let reason = expected.then(StoreError::certificates);
            assert_eq!(refused, reason, "{url}");
        }
        let preferred = "postgres://u:p@db.example/d";
        assert_eq!(encrypts(preferred), Ok(true));
        assert_eq!(bare(preferred, || None).err(), None, "in clear then");
    }

    #[test]
    fn what_is_no_url_is_refused_without_showing_it() {
        for url in [
            "",
            "postgres://",
            "hunter2",
            "postgres://u:hunter2@h/d?colour=red",
        ] {
            let error = route(url).expect_err("no URL");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
