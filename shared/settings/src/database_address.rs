//! Address of a database: what its URL says of its hosts, its name, and the way there.
//!
//! On this machine a connection may be plain. To any other host it is encrypted, and certificate
//! and name checked, where the URL says `sslmode=require`. A server or a proxy could turn
//! encryption off where it is merely preferred, as it is without `sslmode`; that counts as plain.
//! A URL may name several hosts, and every rule holds for each of them. Nothing here connects.

use std::net::IpAddr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Way to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// On this machine.
    Local,
    /// On another machine, encrypted.
    Encrypted,
    /// On another machine, perhaps unencrypted: the URL does not insist on TLS.
    Plain,
}

/// Fault of a URL of a database, as a sentence without its full stop. It shows no part of the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is not a URL of a database, or names no host.
    #[error("DATABASE_URL must look like postgres://user:password@host/database")]
    Malformed,
    /// The count of ports or addresses differs from the count of hosts.
    #[error(
        "DATABASE_URL names several hosts, but not as many ports or addresses; give each host its \
         own, or one port for all"
    )]
    Uneven,
}

/// Address of a database, with the user and the password of its URL.
#[derive(Clone)]
pub struct DatabaseAddress(Config);

impl DatabaseAddress {
    /// Reads a URL. Errors where it is not one of a database.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        // Certificate and name are always checked, and a standby is never written to, so these mean
        // the same here.
        let url = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace(
                "target_session_attrs=primary",
                "target_session_attrs=read-write",
            );
        let config: Config = url.parse().map_err(|_| AddressError::Malformed)?;
        let hosts = config.get_hosts().len();
        let addresses = config.get_hostaddrs().len();
        if hosts == 0 && addresses == 0 {
            return Err(AddressError::Malformed);
        }
        let every = hosts.max(addresses);
        let fits = |count: usize| count == 0 || count == every;
        let ports = config.get_ports().len();
        if fits(hosts) && fits(addresses) && (ports == 1 || fits(ports)) {
            Ok(Self(config))
        } else {
            Err(AddressError::Uneven)
        }
    }

    /// Returns the way there; of several hosts, that of the least protected one.
    pub fn route(&self) -> Route {
        let hosts_are_local = self.0.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => {
                name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            }
            Host::Unix(_) => true,
        });
        if hosts_are_local && self.0.get_hostaddrs().iter().all(IpAddr::is_loopback) {
            Route::Local
        } else if self.0.get_ssl_mode() == SslMode::Require {
            Route::Encrypted
        } else {
            Route::Plain
        }
    }

    /// Returns `true` where TLS is tried; where it is merely preferred, the server decides.
    pub fn tries_tls(&self) -> bool {
        let mode = self.0.get_ssl_mode();
        let is_preferred = mode == SslMode::Prefer && self.route() == Route::Plain;
        mode == SslMode::Require || is_preferred
    }

    /// Returns the name of the database.
    pub fn database(&self) -> &str {
        let user = self.0.get_user().unwrap_or_default();
        self.0.get_dbname().unwrap_or(user)
    }

    /// Returns all hosts, separated by commas; of a socket, its folder.
    pub fn hosts(&self) -> String {
        let named = self.0.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let mut hosts: Vec<String> = named.collect();
        if hosts.is_empty() {
            let addresses = self.0.get_hostaddrs().iter();
            hosts.extend(addresses.map(ToString::to_string));
        }
        hosts.join(", ")
    }

    /// Returns what the client library needs to connect, with the password.
    pub fn into_config(self) -> Config {
        self.0
    }
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
            ("postgres://u:p@127.0.0.1:1,localhost:2/d", Route::Local),
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
            (
                "postgres://u:p@a.example,b.example/d?sslmode=require",
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
            let address = DatabaseAddress::parse(url).expect("a URL");
            assert_eq!(address.route(), expected, "{url}");
        }
    }

    #[test]
    fn every_host_is_named() {
        let of = |url| DatabaseAddress::parse(url).expect("a URL");
        let several = of("postgres://u:p@a.example:5433,b.example:5434/d");
        assert_eq!(several.hosts(), "a.example, b.example");
        assert_eq!(several.database(), "d");
        let bare = of("hostaddr=192.0.2.1 user=u");
        assert_eq!(bare.hosts(), "192.0.2.1");
        assert_eq!(bare.database(), "u", "as Postgres does");
    }

    #[test]
    fn what_is_no_url_is_refused_without_showing_it() {
        for url in [
            "",
            "postgres://",
            "hunter2",
            "postgres://u:hunter2@h/d?colour=red",
            "postgres://u:hunter2@a,b,c/d?port=1,2",
            "postgres://u:hunter2@a,b/d?hostaddr=192.0.2.1",
        ] {
            let error = DatabaseAddress::parse(url).err().expect("no URL");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
