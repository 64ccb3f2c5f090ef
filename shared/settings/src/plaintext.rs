//! Connections that are not encrypted: allowed to this machine, or with `ALLOW_PLAINTEXT=1`.

use std::net::IpAddr;

use amq_protocol::uri::{AMQPScheme, AMQPUri};
use url::Url;

use crate::database_address::Route;
use crate::environment::Environment;
use crate::setting::Setting;
use crate::table::{ALLOW_PLAINTEXT, AMQP_URL, DATABASE_URL};

/// Reads whether a connection to another host may be in clear: `ALLOW_PLAINTEXT`.
pub fn allows_plaintext(env: &mut Environment) -> bool {
    env.switch(&ALLOW_PLAINTEXT)
}

/// Refuses `amqp://` to another machine.
pub(crate) fn check_amqp(nodes: &[AMQPUri], env: &mut Environment) {
    let is_plain =
        |uri: &AMQPUri| matches!(uri.scheme, AMQPScheme::AMQP) && !is_loopback(&uri.authority.host);
    check(&AMQP_URL, nodes.iter().any(is_plain), "amqps://", env);
}

/// Refuses a database on another machine whose URL does not insist on TLS.
pub(crate) fn check_database(route: Route, env: &mut Environment) {
    let is_plain = route == Route::Plain;
    check(&DATABASE_URL, is_plain, "sslmode=require", env);
}

/// Refuses `http://` to another machine.
pub(crate) fn check_url(setting: &Setting, url: &Url, env: &mut Environment) {
    let host = url.host_str().unwrap_or_default();
    let is_plain = url.scheme() == "http" && !is_loopback(host);
    check(setting, is_plain, "https://", env);
}

/// The switch is read in any case, so that a wrong value is reported where it is not needed too.
fn check(setting: &Setting, is_plain: bool, instead: &str, env: &mut Environment) {
    if !allows_plaintext(env) && is_plain {
        let allow = ALLOW_PLAINTEXT.name;
        let what = format!(
            "would send secrets unencrypted to another machine; use {instead}, or set {allow}=1 \
             where the network is trusted"
        );
        env.refuse(setting.name, &what);
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
