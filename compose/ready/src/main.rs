//! Asks a part for one page and reports by its exit status whether it is healthy: the health check
//! of an image that has no shell.
//!
//! It knows an address and a path, and nothing about the part that answers. With a path alone it
//! asks `METRICS_ADDR` for it; with no argument, for `/readyz`.

use std::env;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// A worker itself gives its database two seconds.
const PATIENCE: Duration = Duration::from_secs(4);
/// Bytes of an answer that are read at most.
const LONGEST_ANSWER: u64 = 1024;

fn main() -> ExitCode {
    match target(env::args().nth(1), setting()) {
        Ok((address, path)) => match ask(address, &path) {
            Ok(answer) => judge(&answer),
            Err(error) => not_ready(&format!("{address} does not answer: {}", error.kind())),
        },
        Err(sentence) => not_ready(&sentence),
    }
}

/// `METRICS_ADDR`; if it is set to nothing it counts as not set, as for a worker.
fn setting() -> Option<String> {
    let address = env::var("METRICS_ADDR").ok();
    address.filter(|address| !address.is_empty())
}

fn not_ready(sentence: &str) -> ExitCode {
    eprintln!("twofactor-ready: {sentence}");
    ExitCode::FAILURE
}

/// Returns the address and the path to ask: the argument, such as `127.0.0.1:8025/`, or
/// `METRICS_ADDR`, for the path that the argument may be.
fn target(
    argument: Option<String>,
    setting: Option<String>,
) -> Result<(SocketAddr, String), String> {
    let (target, default) = match (argument, setting) {
        (Some(path), Some(setting)) if path.starts_with('/') => (setting + &path, "/"),
        (Some(argument), _) => (argument, "/"),
        (None, Some(setting)) => (setting, "/readyz"),
        (None, None) => return Err("set METRICS_ADDR, or name an address".to_owned()),
    };
    let (address, path) = match target.split_once('/') {
        Some((address, path)) => (address, format!("/{path}")),
        None => (target.as_str(), default.to_owned()),
    };
    let mut address: SocketAddr = address
        .parse()
        .map_err(|_| "the address must be such as 127.0.0.1:9101".to_owned())?;
    // A part that listens on every address is asked on this machine.
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok((address, path))
}

fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A part is ready if it answers with status 200; otherwise its own words say why not.
fn judge(answer: &str) -> ExitCode {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        return ExitCode::SUCCESS;
    }
    let words = answer
        .split_once("\r\n\r\n")
        .map_or("", |(_, body)| body.trim());
    not_ready(&format!("{status} {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(argument: Option<&str>, setting: Option<&str>) -> Result<(String, String), String> {
        let owned = |target: Option<&str>| target.map(str::to_owned);
        target(owned(argument), owned(setting)).map(|(address, path)| (address.to_string(), path))
    }

    #[test]
    fn it_asks_the_address_that_it_is_given() {
        let table = [
            (None, Some("127.0.0.1:9101"), "127.0.0.1:9101", "/readyz"),
            (None, Some("0.0.0.0:9101"), "127.0.0.1:9101", "/readyz"),
            (None, Some("[::]:9101"), "[::1]:9101", "/readyz"),
            (
                Some("/readyz"),
                Some("0.0.0.0:9101"),
                "127.0.0.1:9101",
                "/readyz",
            ),
            (
                Some("127.0.0.1:8025"),
                Some("0.0.0.0:1"),
                "127.0.0.1:8025",
                "/",
            ),
            (
                Some("127.0.0.1:8025/healthz"),
                None,
                "127.0.0.1:8025",
                "/healthz",
            ),
        ];
        for (argument, setting, address, path) in table {
            let expected = (address.to_owned(), path.to_owned());
            assert_eq!(of(argument, setting), Ok(expected));
        }
        assert!(of(None, None).is_err());
        assert!(of(Some("/readyz"), None).is_err());
        assert!(of(Some("login:9101"), None).is_err());
    }
}
