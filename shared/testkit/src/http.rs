//! Plain HTTP to programs on loopback: the sandbox, the broker's management API, metrics.
//!
//! It knows no path and no meaning of an answer.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_mins(1);

/// Returns a client without proxy and redirects; everything is on this machine.
pub fn client() -> Client {
    // The library needs a provider of ciphers even where no connection is encrypted. Another
    // client of this process may have chosen one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .expect("a client without special wishes")
}

/// Returns the body of a 2xx answer.
pub async fn get(client: &Client, url: &str) -> Result<String> {
    send(client, Method::GET, url, None).await
}

/// Sends a request with a JSON body, where there is one; returns the body of a 2xx answer.
pub async fn send(
    client: &Client,
    method: Method,
    url: &str,
    body: Option<&Value>,
) -> Result<String> {
    let shown = without_credentials(url);
    let mut request = client.request(method.clone(), url);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request
        .send()
        .await
        .map_err(reqwest::Error::without_url)
        .with_context(|| format!("no answer to {method} {shown}"))?;
    let status = answer.status();
    let body = answer.text().await.map_err(reqwest::Error::without_url)?;
    ensure!(
        status.is_success(),
        "{method} {shown} was answered {status}: {body}"
    );
    Ok(body)
}

/// Returns the URL as an error may show it.
fn without_credentials(url: &str) -> String {
    match (url.split_once("://"), url.split_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_no_password() {
        let shown = without_credentials("http://stack:word@127.0.0.1:1/api");
        assert_eq!(shown, "http://127.0.0.1:1/api");
        assert_eq!(without_credentials("http://a:1/b"), "http://a:1/b");
    }
}
