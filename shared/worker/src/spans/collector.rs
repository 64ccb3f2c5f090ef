//! The client of a collector: one HTTP client, and a log line when spans do not arrive.
//!
//! It sends bytes and knows nothing of spans. The URL may hold credentials, so it is never logged,
//! and neither is the answer of the collector.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::{Client, header};
use rustls::ClientConfig;
use tokio::runtime::Handle;
use twofactor_contract::Secret;

use crate::caller;

/// Maximum time of one request.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Maximum time to connect.
const CONNECT_PATIENCE: Duration = Duration::from_secs(2);
/// Minimum time between two warnings.
const SILENCE: Duration = Duration::from_mins(1);
/// Maximum length of an answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Client of a collector that takes spans by OTLP.
#[derive(Debug)]
pub struct Collector {
    client: Client,
    url: Secret<String>,
    runtime: Handle,
    complaint: Mutex<Complaint>,
}

/// State of the warnings about spans that did not arrive.
#[derive(Debug, Default)]
struct Complaint {
    /// Time of the last warning.
    warned_at: Option<Instant>,
    /// `true` until spans arrive again.
    is_open: bool,
}

impl Collector {
    /// Makes the client of the collector at that URL, which runs on the present runtime.
    pub fn new(url: &Secret<String>, tls: Option<ClientConfig>) -> Result<Self, reqwest::Error> {
        let client = caller::client(tls)
            .timeout(PATIENCE)
            .connect_timeout(CONNECT_PATIENCE)
            .build()?;
        Ok(Self {
            client,
            url: url.clone(),
            runtime: Handle::current(),
            complaint: Mutex::default(),
        })
    }

    /// Sends a body; reads the whole answer, so that the connection can be used again.
    async fn post(client: Client, url: Secret<String>, body: Bytes) -> reqwest::Result<Answer> {
        let request = client.post(url.expose()).body(body);
        let request = request.header(header::CONTENT_TYPE, "application/x-protobuf");
        let mut answer = request.send().await?;
        let mut bytes = Vec::new();
        let mut is_short = true;
        while let (true, Some(chunk)) = (is_short, answer.chunk().await?) {
            bytes.extend_from_slice(&chunk);
            is_short = bytes.len() < LONGEST_ANSWER;
        }
        let mut whole = Response::new(Bytes::from(bytes));
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }

    fn note(&self, trouble: Option<&str>) {
        let complaint = self.complaint.lock();
        // Its members are set together.
        let mut complaint = complaint.unwrap_or_else(PoisonError::into_inner);
        complaint.note(trouble, Instant::now());
    }
}

type Answer = Response<Bytes>;

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Answer, HttpError> {
        let client = self.client.clone();
        let url = self.url.clone();
        // The caller runs on a thread of its own, without the runtime that the client needs.
        let sending = Self::post(client, url, request.into_body());
        let sent = self.runtime.spawn(sending).await?;
        match &sent {
            Ok(answer) if answer.status().is_success() => self.note(None),
            Ok(answer) => self.note(Some(answer.status().as_str())),
            Err(error) if error.is_timeout() => self.note(Some("no answer in time")),
            Err(error) if error.is_connect() => self.note(Some("no connection")),
            Err(_) => self.note(Some("no whole answer")),
        }
        Ok(sent.map_err(reqwest::Error::without_url)?)
    }
}

impl Complaint {
    /// Warns once a minute at most, and logs when spans arrive again.
    fn note(&mut self, trouble: Option<&str>, now: Instant) {
        match trouble {
            None if self.is_open => {
                self.is_open = false;
                tracing::info!("the collector takes spans again");
            }
            Some(trouble) if self.is_due(now) => {
                self.warned_at = Some(now);
                self.is_open = true;
                tracing::warn!(
                    trouble,
                    "spans are lost, events are not; check OTEL_EXPORTER_OTLP_ENDPOINT and its \
                     collector"
                );
            }
            None | Some(_) => {}
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.warned_at.is_none_or(|warned| now - warned >= SILENCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_logged_once_a_minute_and_its_end_once() {
        let mut complaint = Complaint::default();
        let begin = Instant::now();
        let mut note = |trouble, seconds| {
            complaint.note(trouble, begin + Duration::from_secs(seconds));
            let warned = complaint.warned_at.map(|warned| (warned - begin).as_secs());
            (warned, complaint.is_open)
        };
        assert_eq!(note(None, 0), (None, false));
        assert_eq!(note(Some("x"), 1), (Some(1), true));
        assert_eq!(note(Some("x"), 30), (Some(1), true), "no second warning");
        assert_eq!(note(None, 31), (Some(1), false), "its end is logged");
        assert_eq!(note(Some("x"), 32), (Some(1), false), "nor one at once");
        assert_eq!(note(None, 33), (Some(1), false), "so no end either");
        assert_eq!(note(Some("x"), 61), (Some(61), true));
    }

    #[tokio::test]
    async fn it_shows_no_credentials() {
        let url = Secret::new("http://me:hunter2@127.0.0.1:1/v1/traces".to_owned());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let collector = Collector::new(&url, None).expect("a client");
        assert!(!format!("{collector:?}").contains("hunter2"));
        let sent = collector.send_bytes(Request::new(Bytes::new())).await;
        let error = sent.expect_err("nobody listens");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
