//! `SMS_PROVIDER` and the `TWILIO_…` settings, which only the workers that send texts need.

use reqwest::Url;
use twofactor_contract::Secret;

use super::environment::Environment;
use super::plaintext;

/// How to reach Twilio, or what speaks like it.
pub struct TwilioSettings {
    /// Where its API is, without a path.
    pub base_url: Url,
    /// The account's SID.
    pub account_sid: String,
    /// The account's password.
    pub auth_token: Secret<String>,
    /// The sender that people see.
    pub sender: TwilioSender,
}

/// Who sends a text, by Twilio's parameter for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TwilioSender {
    /// `From`: a number, a short code or a name.
    From(String),
    /// `MessagingServiceSid`: a service, which chooses one of its senders.
    MessagingService(String),
}

/// Reads them, or notes what is wrong.
pub(super) fn read(env: &mut Environment) -> Option<TwilioSettings> {
    if env
        .required("SMS_PROVIDER")
        .is_some_and(|provider| provider.expose() != "twilio")
    {
        env.refuse("SMS_PROVIDER", "must be twilio, the one provider there is");
    }
    let base_url = base_url(env);
    let account_sid = account_sid(env);
    let auth_token = env.required("TWILIO_AUTH_TOKEN");
    let sender = sender(env);
    Some(TwilioSettings {
        base_url: base_url?,
        account_sid: account_sid?,
        auth_token: auth_token?,
        sender: sender?,
    })
}

fn base_url(env: &mut Environment) -> Option<Url> {
    let name = "TWILIO_BASE_URL";
    let text = env
        .optional(name)
        .unwrap_or_else(|| "https://api.twilio.com".to_owned());
    let url = Url::parse(&text).ok().filter(|url| {
        let has_host = url.host().is_some() && matches!(url.scheme(), "http" | "https");
        let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        has_host && is_bare
    });
    match &url {
        Some(url) => plaintext::check_url(name, url, env),
        None => env.refuse(
            name,
            "must be a URL without a path, such as https://api.twilio.com",
        ),
    }
    url
}

fn account_sid(env: &mut Environment) -> Option<String> {
    let sid = env.required("TWILIO_ACCOUNT_SID")?;
    if !is_sid("AC", sid.expose()) {
        env.refuse("TWILIO_ACCOUNT_SID", "must be AC and 32 hexadecimal digits");
        return None;
    }
    Some(sid.expose().clone())
}

/// `TWILIO_FROM`: an E.164 number, a short code, a name (up to 11 ASCII letters, digits, spaces and
/// `+ - _ &`, not digits alone), or a messaging service.
fn sender(env: &mut Environment) -> Option<TwilioSender> {
    let sender = env.required("TWILIO_FROM")?;
    let text = sender.expose();
    if is_sid("MG", text) {
        return Some(TwilioSender::MessagingService(text.clone()));
    }
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_number = text
        .strip_prefix('+')
        .is_some_and(|n| (7..=15).contains(&n.len()) && digits(n));
    let is_short_code = (3..=8).contains(&text.len()) && digits(text);
    let is_name = (1..=11).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b" +-_&".contains(&b))
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    if !(is_number || is_short_code || is_name) {
        let what = "must be a number such as +441632960000, a short code, a name of up to 11 \
                    letters, digits, spaces and + - _ &, or the SID of a messaging service, MG \
                    and 32 hexadecimal digits";
        env.refuse("TWILIO_FROM", what);
        return None;
    }
    Some(TwilioSender::From(text.clone()))
}

fn is_sid(kind: &str, text: &str) -> bool {
    let hex = text.strip_prefix(kind);
    hex.is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
