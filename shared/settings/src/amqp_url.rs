//! `AMQP_URL`: one broker, or the nodes of a cluster.

use std::net::Ipv6Addr;

use amq_protocol::uri::AMQPUri;

use crate::environment::Environment;
use crate::plaintext;
use crate::table::AMQP_URL;

/// Returns the nodes of the broker; `None` where something is wrong, which is noted.
pub fn amqp_url(env: &mut Environment) -> Option<Vec<AMQPUri>> {
    plaintext::allows_plaintext(env);
    let value = env.required(&AMQP_URL)?;
    let Some(nodes) = amqp_urls(value.expose()) else {
        env.refuse_value(&AMQP_URL);
        return None;
    };
    plaintext::check_amqp(&nodes, env);
    Some(nodes)
}

/// Returns the URL of each broker that `AMQP_URL` names, in its order, or `None` where it is none.
///
/// Hosts are separated by commas, as in a URL of Postgres; whole URLs may be as well.
pub fn amqp_urls(value: &str) -> Option<Vec<AMQPUri>> {
    let scheme_end = value.find("://")? + 3;
    if value[scheme_end..].contains("://") {
        return value.split(',').map(|url| one(url.trim())).collect();
    }
    let (before, hosts, after) = around_hosts(value)?;
    let hosts: Vec<&str> = hosts.split(',').collect();
    if hosts.len() > 1 && hosts.contains(&"") {
        return None;
    }
    let urls = hosts.iter().map(|host| format!("{before}{host}{after}"));
    urls.map(|url| one(&url)).collect()
}

/// Reads one URL. The client library takes an IPv6 address for `localhost`, so that is corrected.
fn one(url: &str) -> Option<AMQPUri> {
    let mut uri: AMQPUri = url.parse().ok()?;
    let (_, host, _) = around_hosts(url)?;
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let address: Ipv6Addr = address.parse().ok()?;
        uri.authority.host = address.to_string();
    }
    Some(uri)
}

/// Splits a URL into the part before its hosts, the hosts with their ports, and the part after.
fn around_hosts(url: &str) -> Option<(&str, &str, &str)> {
    let start = url.find("://")? + 3;
    let end = url[start..]
        .find(['/', '?'])
        .map_or(url.len(), |at| start + at);
    let hosts = url[start..end]
        .rfind('@')
        .map_or(start, |at| start + at + 1);
    Some((&url[..hosts], &url[hosts..end], &url[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(value: &str) -> Option<Vec<String>> {
        let place = |uri: &AMQPUri| {
            let authority = &uri.authority;
            let user = &authority.userinfo.username;
            format!("{user}@{}:{}/{}", authority.host, authority.port, uri.vhost)
        };
        Some(amqp_urls(value)?.iter().map(place).collect())
    }

    #[test]
    fn one_url_is_one_broker() {
        for (value, place) in [
            ("amqp://u:p@localhost:5672/v", "u@localhost:5672/v"),
            ("amqps://u:p@h/%2f?heartbeat=10", "u@h:5671//"),
            ("amqp://u:p@[::1]:5672/v", "u@::1:5672/v"),
            ("amqp://u:a%2Cb%40@h/v", "u@h:5672/v"),
        ] {
            assert_eq!(places(value), Some(vec![place.to_owned()]), "{value}");
        }
    }

    #[test]
    fn several_hosts_share_all_else_and_keep_their_order() {
        for value in [
            "amqps://u:p@one,two:5673/v?heartbeat=10",
            "amqps://u:p@one/v?heartbeat=10,amqps://u:p@two:5673/v?heartbeat=10",
        ] {
            let expected = ["u@one:5671/v".to_owned(), "u@two:5673/v".to_owned()];
            assert_eq!(places(value), Some(expected.to_vec()), "{value}");
        }
        let urls = amqp_urls("amqp://u:p@one,[::1]:5673/v?heartbeat=10").expect("two");
        assert!(urls.iter().all(|uri| uri.query.heartbeat == Some(10)));
        assert_eq!(urls[1].authority.userinfo.password, "p");
    }

    #[test]
    fn what_is_no_url_is_none() {
        for value in [
            "",
            "hunter2",
            "http://u:p@h/v",
            "amqp://u:p@one,/v",
            "amqp://u:p@,two/v",
            "amqp://u:p@one:x,two/v",
            "amqp://u:p@one/v,http://u:p@two/v",
        ] {
            assert_eq!(amqp_urls(value), None, "{value}");
        }
    }
}
