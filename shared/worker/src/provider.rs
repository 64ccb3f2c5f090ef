//! The provider of texts: one call, and what its answer means for the slot and the code.
//!
//! A definite refusal gives the slot back, so only what surely sent nothing counts as one. The
//! rest is unknown, and counts as sent. It knows no event, state or queue; nothing that is sent
//! or answered is ever logged, but for the codes of errors.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url};
use rustls::ClientConfig;
use serde::Deserialize;
use twofactor_contract::Secret;
use twofactor_rules::Limits;
use twofactor_rules::text::{ProviderAnswer, TextOrder};

use crate::caller;
use crate::settings::TwilioSettings;

/// For the whole call.
const PATIENCE: Duration = Limits::PROVIDER_PATIENCE.unsigned_abs();
/// To connect; shorter than the whole, so that a call that times out later was surely sent.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// A connection that was idle for longer may be closing at the other end.
const IDLE: Duration = Duration::from_secs(2);
/// No answer of a provider is longer.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Twilio's codes for a number that gets no texts: not a number, no mobile, unsubscribed, or in
/// a region that the account may not reach (twilio.com/docs/api/errors).
const NUMBER_REJECTED: [u32; 13] = [
    21211, 21214, 21217, 21265, 21401, 21407, 21408, 21421, 21601, 21610, 21612, 21614, 21635,
];

/// A provider of texts.
pub enum Provider {
    /// Twilio, or what speaks like it.
    Twilio(Twilio),
}

/// Twilio's API for messages.
pub struct Twilio {
    client: Client,
    url: Url,
    account_sid: String,
    auth_token: Secret<String>,
    from: String,
}

#[derive(Deserialize)]
struct Taken {
    sid: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    code: Option<u32>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// What it means for the text.
    pub answer: ProviderAnswer,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// Why the call failed: a word, or the HTTP status. A number that gets no texts is no failure.
    pub error: Option<String>,
}

impl Called {
    /// A call that ended in a fault of ours.
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
    /// The provider that the settings name. Without a way to speak TLS it is reached in clear or
    /// not at all.
    pub fn new(
        settings: TwilioSettings,
        tls: Option<ClientConfig>,
    ) -> Result<Self, reqwest::Error> {
        Twilio::new(settings, tls).map(Self::Twilio)
    }

    /// The name in metrics and in the trail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Twilio(_) => "twilio",
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
            from: settings.from,
        })
    }

    async fn send(&self, order: &TextOrder) -> Called {
        let form = [
            ("To", order.to.expose()),
            ("From", &self.from),
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
    let body = body(response).await;
    let answer = meaning(status, body.as_deref());
    if !status.is_success() {
        let code = body.as_deref().and_then(error_code);
        tracing::warn!(text = %order.id, status = status.as_u16(), code, "a text was not taken");
    }
    let error = match &answer {
        ProviderAnswer::Accepted { .. } | ProviderAnswer::NumberRejected => None,
        _ if status.is_success() => Some("unreadable".to_owned()),
        _ => Some(status.as_u16().to_string()),
    };
    let status = Some(status.as_u16());
    Called {
        answer,
        status,
        error,
    }
}

/// What a status and a body say; no body where it broke off.
fn meaning(status: StatusCode, body: Option<&[u8]>) -> ProviderAnswer {
    if status.is_success() {
        return match body.and_then(|body| serde_json::from_slice::<Taken>(body).ok()) {
            Some(taken) => ProviderAnswer::Accepted {
                provider_ref: taken.sid.filter(is_sid),
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

fn error_code(body: &[u8]) -> Option<u32> {
    serde_json::from_slice::<Refused>(body).ok()?.code
}

#[expect(
    clippy::ptr_arg,
    reason = "Option::filter hands over a reference to the String"
)]
fn is_sid(sid: &String) -> bool {
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
