//! The hosts of a database, each with a configuration of its own.
//!
//! They are tried one at a time, so that a host that takes a connection and never answers does not
//! keep the caller from the next. Nothing here connects, or reads a URL.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Returns the same configuration for each host alone, in their order.
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

/// Copies everything but the hosts, their addresses and their ports: those can only be added.
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
    use twofactor_settings::DatabaseAddress;

    use super::*;

    fn config(url: &str) -> Config {
        DatabaseAddress::parse(url).expect("a URL").into_config()
    }

    #[test]
    fn every_host_has_a_configuration_with_its_port() {
        let several = "postgres://u:p@a.example:5433,b.example:5434/d?target_session_attrs=primary";
        let each = each_host(&config(several));
        let alone = [
            "postgres://u:p@a.example:5433/d",
            "postgres://u:p@b.example:5434/d",
        ];
        assert_eq!(each, alone.map(|url| each_host(&config(url)).remove(0)));
        let shared = each_host(&config("host=a.example,b.example port=6432 user=u"));
        assert!(shared.iter().all(|config| config.get_ports() == [6432]));
    }

    #[test]
    fn everything_else_of_a_url_goes_with_each_host() {
        let rest = "sslmode=require&channel_binding=require&application_name=x&keepalives_idle=7\
            &keepalives_interval=8&keepalives_retries=9&connect_timeout=3&tcp_user_timeout=4\
            &options=-c%20work_mem%3D8MB";
        let config = config(&format!("postgres://u:p@a.example:5433/d?{rest}"));
        assert_eq!(each_host(&config), [config]);
    }
}
