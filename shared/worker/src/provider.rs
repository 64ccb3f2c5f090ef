//! The provider of texts: one call, and what its answer means for the slot and the code.
//!
//! A definite refusal gives the slot back, so only a call that surely sent nothing counts as one.
//! Any other failure is unknown, and counts as sent. It knows no event, state or queue. Of a
//! request and its answer only error codes are ever logged.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};
use rustls::ClientConfig;
use serde_json::{Map, Value};
use twofactor_contract::Secret;
use twofactor_rules::Limits;
use twofactor_rules::text::{ProviderAnswer, TextOrder};

use crate::caller;
use crate::settings::{TwilioSender, TwilioSettings};

/// Name of Twilio in metrics and in the trail.
pub const TWILIO: &str = "twilio";
/// Maximum time of a whole call.
const PATIENCE: Duration = Limits::PROVIDER_PATIENCE.unsigned_abs();
/// Maximum time to connect; shorter than the whole, so that a later time-out means: was sent.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// Maximum idle time of a connection; after that the provider may be closing it.
const IDLE: Duration = Duration::from_secs(2);
/// Maximum length of an answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Error codes of Twilio for a number that cannot get texts: invalid, no mobile, unsubscribed, or
/// in a region that the account may not reach (twilio.com/docs/api/errors).
const NUMBER_REJECTED: [u32; 13] = [
    21211, 21214, 21217, 21265, 21401, 21407, 21408, 21421, 21601, 21610, 21612, 21614, 21635,
];

/// Provider of texts.
pub enum Provider {
    /// Twilio, or a service with the same API.
    Twilio(Twilio),
}

/// Twilio's API for messages.
pub struct Twilio {
    client: Client,
    url: Url,
    account_sid: String,
    auth_token: Secret<String>,
    sender: TwilioSender,
}

/// Result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Meaning for the text.
    pub answer: ProviderAnswer,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// Error, if the call failed: a word, or the HTTP status. A rejected number is no failure.
    pub error: Option<String>,
}

impl Called {
    /// Makes the result of a call that panicked.
    pub fn panicked() -> Self {
        Self::failed(ProviderAnswer::Unknown, "panic")
    }

    fn failed(answer: ProviderAnswer, error: &str) -> Self {
        Self {
            answer,
            status: None,
            error: Some(error.to_owned()),
        }
    }
}

impl Provider {
    /// Makes the provider that the settings name. Without `tls` it is reached unencrypted or not at
    /// all.
    pub fn new(
        settings: TwilioSettings,
        tls: Option<ClientConfig>,
    ) -> Result<Self, reqwest::Error> {
        Twilio::new(settings, tls).map(Self::Twilio)
    }

    /// Returns the name in metrics and in the trail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Twilio(_) => TWILIO,
        }
    }

    /// Sends a text. Ends within ten seconds.
    pub async fn send(&self, order: &TextOrder) -> Called {
        match self {
            Self::Twilio(twilio) => twilio.send(order).await,
        }
    }
}

impl Twilio {
    fn new(settings: TwilioSettings, tls: Option<ClientConfig>) -> Result<Self, reqwest::Error> {
        let client = caller::client(tls)
            .timeout(PATIENCE)
            .connect_timeout(CONNECT_PATIENCE)
            .pool_idle_timeout(IDLE)
            .build()?;
        let path = format!(
            "/2010-04-01/Accounts/{}/Messages.json",
            settings.account_sid
        );
        let mut url = settings.base_url;
        url.set_path(&path);
        Ok(Self {
            client,
            url,
            account_sid: settings.account_sid,
            auth_token: settings.auth_token,
            sender: settings.sender,
        })
    }

    /// Returns the form parameter that names the sender.
    fn sender(&self) -> (&str, &String) {
        match &self.sender {
            TwilioSender::From(from) => ("From", from),
            TwilioSender::MessagingService(sid) => ("MessagingServiceSid", sid),
        }
    }

    async fn send(&self, order: &TextOrder) -> Called {
        let form = [
            ("To", order.to.expose()),
            self.sender(),
            ("Body", order.body.expose()),
        ];
        let request = self
            .client
            .post(self.url.clone())
            .basic_auth(&self.account_sid, Some(self.auth_token.expose()))
            .form(&form);
        match request.send().await {
            Ok(response) => read(response, order).await,
            Err(error) if error.is_connect() || error.is_builder() => {
                tracing::warn!(text = %order.id, "the provider could not be reached");
                Called::failed(ProviderAnswer::Unavailable, "unreachable")
            }
            Err(error) => {
                let timed_out = error.is_timeout();
                tracing::warn!(text = %order.id, timed_out, "the provider did not answer a text");
                let what = if timed_out { "timeout" } else { "no_answer" };
                Called::failed(ProviderAnswer::Unknown, what)
            }
        }
    }
}

async fn read(response: Response, order: &TextOrder) -> Called {
    let status = response.status();
    let body = body(response).await.as_deref().and_then(object);
    let answer = meaning(status, body.as_ref());
    let code = body.as_ref().and_then(error_code);
    let ended = body.as_ref().and_then(ended);
    if !status.is_success() || ended.is_some() {
        let id = order.id;
        let http = status.as_u16();
        tracing::warn!(text = %id, status = http, code, ended, "a text was not taken");
    }
    let error = match &answer {
        ProviderAnswer::Accepted { .. } | ProviderAnswer::NumberRejected => None,
        _ if status.is_success() => Some(ended.unwrap_or("unreadable").to_owned()),
        _ => Some(status.as_u16().to_string()),
    };
    let status = Some(status.as_u16());
    Called {
        answer,
        status,
        error,
    }
}

/// Returns the meaning of a status and a body; the body is none if it broke off or is not a JSON
/// object.
fn meaning(status: StatusCode, body: Option<&Map<String, Value>>) -> ProviderAnswer {
    if status.is_success() {
        return match body {
            // It took the text and gave it up at once. That is not a refusal that gives the slot
            // back: something may have been sent.
            Some(body) if ended(body).is_some() => ProviderAnswer::Unknown,
            Some(body) => ProviderAnswer::Accepted {
                provider_ref: string_member(body, "sid")
                    .filter(|sid| is_sid(sid))
                    .map(str::to_owned),
            },
            None => ProviderAnswer::Unknown,
        };
    }
    if status.is_client_error() {
        return match body.and_then(error_code) {
            Some(code) if NUMBER_REJECTED.contains(&code) => ProviderAnswer::NumberRejected,
            _ => ProviderAnswer::Unavailable,
        };
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return ProviderAnswer::Unavailable;
    }
    ProviderAnswer::Unknown
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(body).ok()
}

fn string_member<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

/// Returns the error code: `code` of a refusal, `error_code` of a text that failed. It is an
/// integer; services with the same API may write it as a string.
fn error_code(body: &Map<String, Value>) -> Option<u32> {
    let code = ["code", "error_code"]
        .into_iter()
        .find_map(|name| body.get(name));
    match code? {
        Value::String(code) => code.trim().parse().ok(),
        code => code.as_u64().and_then(|code| code.try_into().ok()),
    }
}

/// Returns the status of a text that will not arrive, in the words of Twilio.
fn ended(body: &Map<String, Value>) -> Option<&'static str> {
    let status = string_member(body, "status")?;
    let mut ended = ["failed", "undelivered", "canceled"].into_iter();
    ended.find(|ended| status.eq_ignore_ascii_case(ended))
}

fn is_sid(sid: &str) -> bool {
    let (kind, hex) = sid.split_at_checked(2).unwrap_or_default();
    kind.bytes().all(|b| b.is_ascii_uppercase())
        && hex.len() == 32
        && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return None;
        }
    }
    Some(body)
}

#[cfg(test)]
mod tests;
