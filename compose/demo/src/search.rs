//! The search for secrets in the places where they could have leaked.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use twofactor_testkit::http;

/// Logs and metrics of the workers.
pub struct WorkerOutput {
    /// The log of each worker that ran.
    pub logs: Vec<PathBuf>,
    /// The address of each worker that runs, without a path.
    pub metrics: Vec<String>,
}

impl WorkerOutput {
    /// Returns all logs.
    pub fn logs(&self) -> String {
        let read = |path| fs::read(path).unwrap_or_default();
        let logs = self.logs.iter().map(read);
        logs.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    /// Returns all metrics, as they are now.
    pub async fn metrics(&self) -> Result<String> {
        let client = http::client();
        let mut all = String::new();
        for url in &self.metrics {
            all.push_str(&http::get(&client, &format!("{url}/metrics")).await?);
        }
        Ok(all)
    }
}

/// Does the string hold the secret as a word of its own, or a telephone number in any spelling?
pub fn holds(content: &str, secret: &str) -> bool {
    let digits: String = secret.chars().filter(char::is_ascii_digit).collect();
    let is_number = secret.starts_with('+') && digits.len() == secret.len() - 1;
    if is_number {
        // Without the country's code, however it is written before.
        return content.contains(&digits[2..]);
    }
    // Six digits inside a longer time or number are no code.
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '.';
    content.match_indices(secret).any(|(at, _)| {
        let before = content[..at].chars().next_back();
        let after = content[at + secret.len()..].chars().next();
        !before.is_some_and(is_inside) && !after.is_some_and(is_inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_as_a_word_and_a_number_in_any_spelling() {
        let found = [
            (r#"{"code":"123456"}"#, "123456"),
            ("code=ab23cd;", "ab23cd"),
            ("call 07400123456 now", "+447400123456"),
            ("00447400123456", "+447400123456"),
        ];
        for (content, secret) in found {
            assert!(holds(content, secret), "{content}");
        }
        let absent = [
            ("2026-11-24T10:00:05.123456Z", "123456"),
            ("span 8123456", "123456"),
            ("xab23cd", "ab23cd"),
        ];
        for (content, secret) in absent {
            assert!(!holds(content, secret), "{content}");
        }
    }
}
