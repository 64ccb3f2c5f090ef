//! Plain HTTP requests to programs on loopback.
//!
//! It knows no path and no meaning of an answer.

use std::time::Duration;

use anyhow::{Context, Result};
use data_encoding::BASE64;
use ureq::Agent;

const PATIENCE: Duration = Duration::from_secs(5);

/// Returns the body of a 2xx answer; a name and password in the URL become Basic credentials.
pub fn get(url: &str) -> Result<String> {
    ask(url, true)
}

/// Returns the body of any answer, good or not.
pub fn get_any(url: &str) -> Result<String> {
    ask(url, false)
}

fn ask(url: &str, must_be_good: bool) -> Result<String> {
    let (url, credentials) = split_credentials(url);
    // Never through a proxy that the environment names: everything is on this machine.
    let configuration = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .http_status_as_error(must_be_good)
        .build();
    let agent: Agent = configuration.into();
    let mut request = agent.get(&url);
    if let Some(credentials) = credentials {
        let value = format!("Basic {}", BASE64.encode(credentials.as_bytes()));
        request = request.header("authorization", value);
    }
    let mut response = request
        .call()
        .with_context(|| format!("no good answer from {url}"))?;
    response
        .body_mut()
        .read_to_string()
        .with_context(|| format!("a broken answer from {url}"))
}

fn split_credentials(url: &str) -> (String, Option<&str>) {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (credentials, rest) = rest.split_once('@')?;
        Some((format!("{scheme}://{rest}"), credentials))
    });
    match parts {
        Some((url, credentials)) => (url, Some(credentials)),
        None => (url.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_url() {
        let (url, credentials) = split_credentials("http://a:b@127.0.0.1:1/api");
        assert_eq!(
            (url.as_str(), credentials),
            ("http://127.0.0.1:1/api", Some("a:b"))
        );
        let (url, credentials) = split_credentials("http://127.0.0.1:1/api");
        assert_eq!(
            (url.as_str(), credentials),
            ("http://127.0.0.1:1/api", None)
        );
    }
}
