//! Looks for a secret in every form that it could leak in.

use data_encoding::{BASE64, BASE64URL, HEXLOWER};
use sha1::{Digest as _, Sha1};
use tokio_postgres::Client;

/// All that was written in one place.
pub struct Written {
    /// The name of the place, for the failing test.
    pub place: String,
    /// The contents.
    pub content: String,
}

impl Written {
    /// Returns the contents of the place of that name.
    pub fn new(place: &str, content: String) -> Self {
        let place = place.to_owned();
        Self { place, content }
    }
}

/// Something that must be found nowhere, in every form.
pub struct Secret {
    /// Its name, for the failing test.
    pub name: String,
    /// A short code is found as a word of its own alone, since times and ids look like codes too.
    is_word: bool,
    forms: Vec<(&'static str, String)>,
}

impl Secret {
    /// Returns a secret that is a string, such as a code.
    pub async fn string(name: &str, value: &str, database: &Client) -> Self {
        let secret = Self::bytes(name, value.as_bytes(), database).await;
        let mut forms = secret.forms;
        forms.push(("plain", value.to_owned()));
        forms.push((
            "in JSON",
            serde_json::json!(value).to_string().replace('"', ""),
        ));
        let escaped = value.replace('+', "%2B").replace(' ', "%20");
        forms.push(("in a URL", escaped));
        Self { forms, ..secret }
    }

    /// Returns a secret that is bytes, which were never shown as a string.
    pub async fn bytes(name: &str, bytes: &[u8], database: &Client) -> Self {
        assert!(bytes.len() >= 6, "{name} is too short to look for");
        let mut forms = vec![
            ("hex", HEXLOWER.encode(bytes)),
            ("base64", BASE64.encode(bytes)),
            ("base64, URL-safe", BASE64URL.encode(bytes)),
        ];
        for skipped in 1..3 {
            // Inside a longer value, base64 differs by the position modulo three.
            let padded = [&vec![0; skipped], bytes].concat();
            let inner = BASE64.encode(&padded);
            let end = inner.len() - 4;
            forms.push(("base64 inside", inner[4..end].to_owned()));
        }
        let sql = "select encode(sha256($1), 'hex'), encode(sha256($1), 'base64'), md5($1)";
        let row = database.query_one(sql, &[&bytes]).await.expect("hashes");
        forms.push(("SHA-256", row.get(0)));
        forms.push(("SHA-256 in base64", row.get(1)));
        forms.push(("MD5", row.get(2)));
        let sha1 = Sha1::digest(bytes);
        forms.push(("SHA-1", HEXLOWER.encode(&sha1)));
        forms.push(("SHA-1 in base64", BASE64.encode(&sha1)));
        forms.retain(|(_, form)| form.len() >= 6);
        let is_word = bytes.len() < 8 && bytes.iter().all(u8::is_ascii_alphanumeric);
        Self {
            name: name.to_owned(),
            is_word,
            forms,
        }
    }

    /// Returns in which form it was written, and the characters around it.
    pub fn found_in(&self, written: &Written) -> Option<String> {
        let Written { place, content } = written;
        self.forms.iter().find_map(|(form, value)| {
            let at = self.position(content, value)?;
            let around = at.saturating_sub(60)..(at + 100).min(content.len());
            let around = String::from_utf8_lossy(&content.as_bytes()[around]);
            Some(format!("{} as {form} in {place}: …{around}…", self.name))
        })
    }

    fn position(&self, content: &str, form: &str) -> Option<usize> {
        if !self.is_word || form.len() >= 8 {
            return content.find(form);
        }
        let places = content.match_indices(form);
        let mut words = places.filter(|(at, _)| {
            let before = content[..*at].chars().next_back();
            let behind = content[at + form.len()..].chars().next();
            // A dot before it makes it the fraction of a second.
            before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.')
                && behind.is_none_or(|c| !c.is_ascii_alphanumeric())
        });
        words.next().map(|(at, _)| at)
    }
}

/// Returns the same without what people put between the digits of a number.
pub fn squashed(written: &Written) -> Written {
    let content = written.content.chars();
    let content = content.filter(|c| !" -()./".contains(*c));
    let place = format!("{} without spaces", written.place);
    Written::new(&place, content.collect())
}
