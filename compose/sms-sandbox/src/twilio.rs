//! Twilio's message resource: the form that a caller sends, the credentials that it must have, and
//! the answer that it gets.
//!
//! It knows Twilio's API, and nothing about inbox, faults or refusals.

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

const VERSION: &str = "2010-04-01";
const SEGMENT: usize = 160;
const SEGMENT_OF_MANY: usize = 153;

/// The request of a caller; a missing member is empty.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
pub struct Form {
    /// The recipient's number.
    pub to: String,
    /// The sender's number or name.
    pub from: String,
    /// The service that chooses a sender, instead of `from`.
    pub messaging_service_sid: String,
    /// The words of the text.
    pub body: String,
}

/// Does the `authorization` header fit the account in the path and the expected one?
pub fn is_authorized(
    header: Option<&str>,
    account: &str,
    expected_account: Option<&str>,
    expected_token: Option<&str>,
) -> bool {
    if expected_account.is_none() && expected_token.is_none() {
        return true;
    }
    let Some((user, token)) = header.and_then(basic_credentials) else {
        return false;
    };
    let is_user = user == account && expected_account.is_none_or(|expected| expected == user);
    let is_token = expected_token
        .is_none_or(|expected| bool::from(expected.as_bytes().ct_eq(token.as_bytes())));
    is_user && is_token
}

fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    let (user, token) = credentials.split_once(':')?;
    Some((user.to_owned(), token.to_owned()))
}

/// Returns the message resource that answers a text which was taken.
pub fn accepted(account: &str, form: &Form, at: Timestamp) -> Value {
    let sid = format!("SM{}", HEXLOWER.encode(&rand::random::<[u8; 16]>()));
    let uri = format!("/{VERSION}/Accounts/{account}/Messages/{sid}");
    let service = Some(&form.messaging_service_sid).filter(|sid| !sid.is_empty());
    let date = at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    json!({
        "account_sid": account,
        "api_version": VERSION,
        "body": form.body,
        "date_created": date,
        "date_sent": null,
        "date_updated": date,
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": Some(&form.from).filter(|from| !from.is_empty()),
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": segments(&form.body).to_string(),
        "price": null,
        "price_unit": null,
        "sid": sid,
        "status": if service.is_some() { "accepted" } else { "queued" },
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": form.to,
        "uri": format!("{uri}.json"),
    })
}

fn segments(body: &str) -> usize {
    match body.chars().count() {
        0..=SEGMENT => 1,
        length => length.div_ceil(SEGMENT_OF_MANY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_checked_where_some_are_expected() {
        let header = format!("Basic {}", BASE64.encode(b"AC1:secret"));
        let good = Some(header.as_str());
        for (header, account, expected_account, expected_token, authorized) in [
            (None, "AC1", None, None, true),
            (good, "AC1", Some("AC1"), Some("secret"), true),
            (good, "AC1", None, Some("secret"), true),
            (good, "AC1", Some("AC1"), Some("other"), false),
            (good, "AC1", Some("AC2"), Some("secret"), false),
            (good, "AC2", Some("AC1"), Some("secret"), false),
            (None, "AC1", Some("AC1"), Some("secret"), false),
            (Some("Bearer x"), "AC1", Some("AC1"), Some("secret"), false),
            (Some("Basic %"), "AC1", Some("AC1"), Some("secret"), false),
        ] {
            assert_eq!(
                is_authorized(header, account, expected_account, expected_token),
                authorized,
                "{header:?} {account} {expected_account:?} {expected_token:?}"
            );
        }
    }

    #[test]
    fn long_texts_have_several_segments() {
        for (length, count) in [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3)] {
            assert_eq!(segments(&"x".repeat(length)), count, "{length} characters");
        }
    }
}
