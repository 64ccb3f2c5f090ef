//! The knowledge of the person behind a user: apps, texts, backup codes, tokens.

use serde_json::Value;
use twofactor_rules::text::TextOrder;

/// The knowledge of one person.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Secrets of apps, oldest first.
    pub apps: Vec<Vec<u8>>,
    pub texted: Vec<String>,
    pub backup: Vec<String>,
    pub tokens: Vec<String>,
    pub last_entered: String,
}

impl Knowledge {
    /// Reads a reply.
    pub fn learn(&mut self, data: &Value) {
        if let Some(secret) = data["secret"].as_str() {
            let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes());
            self.apps.push(secret.expect("base32"));
        }
        if let Some(codes) = data["backup_codes"].as_array() {
            let codes = codes.iter().filter_map(Value::as_str).map(str::to_owned);
            self.backup.extend(codes);
        }
        if let Some(token) = data["remember_token"].as_str() {
            self.tokens.push(token.to_owned());
        }
    }

    /// Reads a text.
    pub fn read(&mut self, order: &TextOrder) -> String {
        let code = order.body.expose()[..6].to_owned();
        self.texted.push(code.clone());
        code
    }

    /// Checks that no secret of this person is in the public form of an outcome.
    pub fn check_hidden_in(&self, public: &str) {
        let apps = self
            .apps
            .iter()
            .map(|app| data_encoding::BASE32_NOPAD.encode(app));
        let all = [&self.texted, &self.backup, &self.tokens]
            .into_iter()
            .flatten()
            .cloned();
        for secret in apps.chain(all) {
            assert!(!public.contains(&secret), "a secret in {public}");
        }
        // A time of a whole second ends in six zeros, which may be a code.
        let public = public.replace(".000000Z", "Z");
        let entered = &self.last_entered;
        assert!(
            entered.len() < 6 || !public.contains(entered),
            "a code in {public}"
        );
    }
}
