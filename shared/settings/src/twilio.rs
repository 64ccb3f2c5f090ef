//! `SMS_PROVIDER` and the `TWILIO_…` settings, for workers that send texts and for the sandbox that
//! takes them in Twilio's place.

use twofactor_contract::Secret;
use url::Url;

use crate::environment::Environment;
use crate::plaintext;
use crate::setting::Unset;
use crate::table::{
    SMS_PROVIDER, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_BASE_URL, TWILIO_FROM,
};

/// The settings for Twilio, or for a server with the same API.
pub struct TwilioSettings {
    /// The URL of its API, without a path.
    pub base_url: Url,
    /// The account's SID.
    pub account_sid: String,
    /// The account's password.
    pub auth_token: Secret<String>,
    /// The sender that people see.
    pub sender: TwilioSender,
}

/// The sender of a text, by Twilio's parameter for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TwilioSender {
    /// `From`: a number, a short code or a name.
    From(String),
    /// `MessagingServiceSid`: a service, which chooses one of its senders.
    MessagingService(String),
}

/// The account at Twilio, as far as it is set.
pub struct TwilioAccount {
    /// The account's SID.
    pub sid: Option<String>,
    /// The account's password.
    pub auth_token: Option<Secret<String>>,
}

/// Reads all of them; `None` where something is missing or wrong, which is noted.
pub fn twilio(env: &mut Environment) -> Option<TwilioSettings> {
    if env
        .required(&SMS_PROVIDER)
        .is_some_and(|provider| provider.expose() != "twilio")
    {
        env.refuse_value(&SMS_PROVIDER);
    }
    let base_url = base_url(env);
    let sid = env.required(&TWILIO_ACCOUNT_SID);
    let sid = sid.and_then(|sid| account_sid(sid.expose(), env));
    let auth_token = env.required(&TWILIO_AUTH_TOKEN);
    let sender = sender(env);
    Some(TwilioSettings {
        base_url: base_url?,
        account_sid: sid?,
        auth_token: auth_token?,
        sender: sender?,
    })
}

/// Reads the account alone, for the sandbox that takes texts in Twilio's place. Notes problems.
pub fn twilio_account(env: &mut Environment) -> TwilioAccount {
    let sid = env.optional(TWILIO_ACCOUNT_SID.name);
    TwilioAccount {
        sid: sid.and_then(|sid| account_sid(&sid, env)),
        auth_token: env.value_or_file(&TWILIO_AUTH_TOKEN),
    }
}

fn base_url(env: &mut Environment) -> Option<Url> {
    let Unset::Default(default) = TWILIO_BASE_URL.unset else {
        unreachable!("the table gives a default");
    };
    let value = env.optional(TWILIO_BASE_URL.name);
    let url = Url::parse(value.as_deref().unwrap_or(default));
    let url = url.ok().filter(|url| {
        let has_host = url.host().is_some() && matches!(url.scheme(), "http" | "https");
        let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        has_host && is_bare
    });
    match &url {
        Some(url) => plaintext::check_url(&TWILIO_BASE_URL, url, env),
        None => env.refuse_value(&TWILIO_BASE_URL),
    }
    url
}

fn account_sid(sid: &str, env: &mut Environment) -> Option<String> {
    if !is_sid("AC", sid) {
        env.refuse_value(&TWILIO_ACCOUNT_SID);
        return None;
    }
    Some(sid.to_owned())
}

/// `TWILIO_FROM`: an E.164 number, a short code, a name (up to 11 ASCII letters, digits, spaces and
/// `+ - _ &`, not digits alone), or a messaging service.
fn sender(env: &mut Environment) -> Option<TwilioSender> {
    let sender = env.required(&TWILIO_FROM)?;
    let sender = sender.expose();
    if is_sid("MG", sender) {
        return Some(TwilioSender::MessagingService(sender.clone()));
    }
    let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    let is_number = sender
        .strip_prefix('+')
        .is_some_and(|n| (7..=15).contains(&n.len()) && digits(n));
    let is_short_code = (3..=8).contains(&sender.len()) && digits(sender);
    let is_name = (1..=11).contains(&sender.len())
        && sender
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b" +-_&".contains(&b))
        && sender.bytes().any(|b| b.is_ascii_alphabetic());
    if !(is_number || is_short_code || is_name) {
        env.refuse_value(&TWILIO_FROM);
        return None;
    }
    Some(TwilioSender::From(sender.clone()))
}

fn is_sid(kind: &str, sid: &str) -> bool {
    let hex = sid.strip_prefix(kind);
    hex.is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
