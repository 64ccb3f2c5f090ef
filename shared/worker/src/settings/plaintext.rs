//! Connections that are not encrypted: allowed to this machine, or with `ALLOW_PLAINTEXT=1`.

use std::net::IpAddr;

use lapin::uri::{AMQPScheme, AMQPUri};
use reqwest::Url;
use twofactor_store::Route;

use super::environment::Environment;

const ALLOW: &str = "ALLOW_PLAINTEXT";

/// Refuses `amqp://` to another machine.
pub(super) fn check_amqp(nodes: &[AMQPUri], env: &mut Environment) {
    let is_plain =
        |uri: &AMQPUri| matches!(uri.scheme, AMQPScheme::AMQP) && !is_loopback(&uri.authority.host);
    if nodes.iter().any(is_plain) {
        refuse("AMQP_URL", "amqps://", env);
    }
}

/// Refuses a database on another machine whose URL does not insist on TLS.
pub(super) fn check_database(url: &str, env: &mut Environment) {
    match twofactor_store::route(url) {
        Ok(Route::Local | Route::Encrypted) => {}
        Ok(Route::Plain) => refuse("DATABASE_URL", "sslmode=require", env),
        Err(_) => env.refuse(
            "DATABASE_URL",
            "must be such as postgres://user:password@host/name",
        ),
    }
}

/// Refuses `http://` to another machine.
pub(super) fn check_url(name: &str, url: &Url, env: &mut Environment) {
    let host = url.host_str().unwrap_or_default();
    if url.scheme() == "http" && !is_loopback(host) {
        refuse(name, "https://", env);
    }
}

fn refuse(name: &str, instead: &str, env: &mut Environment) {
    if !env.is_on(ALLOW) {
        let what = format!(
            "would send secrets unencrypted to another machine; use {instead}, or set {ALLOW}=1 \
             where the network is trusted"
        );
        env.refuse(name, &what);
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
