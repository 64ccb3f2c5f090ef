//! What a URL says of a database: its hosts, its name, and whether the way there is encrypted.
//!
//! On this machine a connection may be plain. To any other host it is encrypted, and certificate
//! and name checked, where the URL says `sslmode=require`. What is merely preferred, as without
//! `sslmode`, could be talked out of it by whoever sits between, so it counts as plain. A URL may
//! name several hosts, and every rule holds for each of them. Nothing here connects.

use std::net::IpAddr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::error::StoreError;

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
    /// The host, or the folder of the socket; where there are several, all of them.
    pub host: String,
}

/// Which database a URL names. Errors where it is no URL of a database.
pub fn place(url: &str) -> Result<Place, StoreError> {
    let config = parse(url)?;
    let named = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let mut hosts: Vec<String> = named.collect();
    if hosts.is_empty() {
        let addresses = config.get_hostaddrs().iter();
        hosts.extend(addresses.map(ToString::to_string));
    }
    let user = config.get_user().unwrap_or_default();
    Ok(Place {
        database: config.get_dbname().unwrap_or(user).to_owned(),
        host: hosts.join(", "),
    })
}

pub(crate) fn parse(url: &str) -> Result<Config, StoreError> {
    // Certificate and name are always checked, and a standby is never written to, so these mean
    // the same here.
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace(
            "target_session_attrs=primary",
            "target_session_attrs=read-write",
        );
    let config: Config = url.parse().map_err(|_| StoreError::address())?;
    let hosts = config.get_hosts().len();
    let addresses = config.get_hostaddrs().len();
    if hosts == 0 && addresses == 0 {
        return Err(StoreError::address());
    }
    let every = hosts.max(addresses);
    let fits = |count: usize| count == 0 || count == every;
    let ports = config.get_ports().len();
    if fits(hosts) && fits(addresses) && (ports == 1 || fits(ports)) {
        Ok(config)
    } else {
        Err(StoreError::hosts())
    }
}

pub(crate) fn route_of(config: &Config) -> Route {
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
pub(crate) fn tries_tls(config: &Config) -> bool {
    let mode = config.get_ssl_mode();
    let is_preferred = mode == SslMode::Prefer && route_of(config) == Route::Plain;
    mode == SslMode::Require || is_preferred
}

/// The same for each host alone, in their order, so that one that takes a connection and says
/// nothing does not keep anybody from the next.
pub(crate) fn each_host(config: &Config) -> Vec<Config> {
    let hosts = config.get_hosts();
    let addresses = config.get_hostaddrs();
    let ports = config.get_ports();
    let alone = |at: usize| {
        let mut one = without_hosts(config);
        match hosts.get(at) {
            Some(Host::Tcp(name)) => drop(one.host(name)),
            Some(Host::Unix(path)) => drop(one.host_path(path)),
            None => {}
        }
        if let Some(address) = addresses.get(at) {
            one.hostaddr(*address);
        }
        if let Some(port) = ports.get(at).or_else(|| ports.first()) {
            one.port(*port);
        }
        one
    };
    (0..hosts.len().max(addresses.len())).map(alone).collect()
}

/// Everything but the hosts, their addresses and their ports, which can only be added.
fn without_hosts(config: &Config) -> Config {
    let mut one = Config::new();
    if let Some(user) = config.get_user() {
        one.user(user);
    }
    if let Some(password) = config.get_password() {
        one.password(password);
    }
    if let Some(name) = config.get_dbname() {
        one.dbname(name);
    }
    if let Some(options) = config.get_options() {
        one.options(options);
    }
    if let Some(name) = config.get_application_name() {
        one.application_name(name);
    }
    one.ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .channel_binding(config.get_channel_binding())
        .keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle());
    if let Some(interval) = config.get_keepalives_interval() {
        one.keepalives_interval(interval);
    }
    if let Some(retries) = config.get_keepalives_retries() {
        one.keepalives_retries(retries);
    }
    if let Some(timeout) = config.get_connect_timeout() {
        one.connect_timeout(*timeout);
    }
    if let Some(timeout) = config.get_tcp_user_timeout() {
        one.tcp_user_timeout(*timeout);
    }
    one
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
            assert_eq!(route(url), Ok(expected), "{url}");
        }
    }

    #[test]
    fn every_host_is_named_and_stands_alone_with_its_port() {
        let several = "postgres://u:p@a.example:5433,b.example:5434/d?target_session_attrs=primary";
        let place = place(several).expect("a URL");
        assert_eq!(place.host, "a.example, b.example");
        let one = |url: &str| parse(url).expect("a URL");
        let each = each_host(&one(several));
        let alone = [
            "postgres://u:p@a.example:5433/d",
            "postgres://u:p@b.example:5434/d",
        ];
        assert_eq!(each, alone.map(|url| each_host(&one(url)).remove(0)));
        let shared = each_host(&one("host=a.example,b.example port=6432 user=u"));
        assert!(shared.iter().all(|config| config.get_ports() == [6432]));
    }

    #[test]
    fn everything_else_of_a_url_goes_with_each_host() {
        let rest = "sslmode=require&channel_binding=require&application_name=x&keepalives_idle=7\
            &keepalives_interval=8&keepalives_retries=9&connect_timeout=3&tcp_user_timeout=4\
            &options=-c%20work_mem%3D8MB";
        let config = parse(&format!("postgres://u:p@a.example:5433/d?{rest}")).expect("a URL");
        assert_eq!(each_host(&config), [config]);
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
            let error = route(url).expect_err("no URL");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
