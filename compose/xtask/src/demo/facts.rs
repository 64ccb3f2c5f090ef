//! The members of an event or outcome in one line, as a person can read them.
//!
//! Ids of institution, user and login are left out, since the story names who acts; what a page
//! shows is shown apart. It knows how values look, not what they mean.

use serde_json::{Map, Value};

/// Said elsewhere, or the same in each step.
const LEFT_OUT: [&str; 5] = ["tenant_id", "user_id", "session_id", "message", "next"];
const LONGEST: usize = 44;

/// `name: value, …` of all members that tell something. `secret` are the names of those that the
/// reply alone carries.
pub fn line(data: &Value, secret: &[String]) -> String {
    let none = Map::new();
    let members = data.as_object().unwrap_or(&none).iter();
    let told = members.filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    let mut facts: Vec<String> = told
        .map(|(name, value)| {
            let mark = if secret.contains(name) { "*" } else { "" };
            format!("{name}{mark}: {}", show(name, value))
        })
        .collect();
    // What the page should offer next comes last, as the consequence of the rest.
    if let Some(next) = data["next"].as_str() {
        facts.push(format!("next: {next}"));
    }
    facts.join(" · ")
}

fn show(name: &str, value: &Value) -> String {
    match (name, value) {
        ("qr_png", Value::String(text)) => format!("a picture of {} bytes", text.len() / 4 * 3),
        ("backup_codes", Value::Array(codes)) => format!("{} codes", codes.len()),
        (_, Value::String(text)) => shorten(&clock_time(text)),
        (_, Value::Array(items)) if items.is_empty() => "none".to_owned(),
        (_, Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| show("", item)).collect();
            items.join(", ")
        }
        // A code with its method, a method with its date.
        (_, Value::Object(members)) => {
            let parts: Vec<String> = members.values().map(|value| show("", value)).collect();
            parts.join(" ")
        }
        (_, other) => other.to_string(),
    }
}

/// `2026-11-24 10:00:05` of an RFC 3339 moment; any other text as it is.
fn clock_time(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => text.to_owned(),
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_told_in_one_line_and_ids_are_left_out() {
        let data = json!({
            "tenant_id": "t", "user_id": "u", "session_id": "s", "message": "Hello.",
            "next": "wait", "methods": ["totp", "backup"], "retry_after_seconds": 299,
            "code": {"method": "sms", "value": "abc234"},
        });
        assert_eq!(
            line(&data, &[]),
            "code: sms abc234 · methods: totp, backup · retry_after_seconds: 299 · next: wait"
        );
    }

    #[test]
    fn long_and_secret_values_are_short_and_marked() {
        let data = json!({
            "qr_png": "AAAA".repeat(100), "backup_codes": ["a", "b"], "set_up_at":
            "2026-11-24T10:00:05.123456Z", "uri": "x".repeat(100),
        });
        let secret = ["qr_png".to_owned()];
        let line = line(&data, &secret);
        assert!(line.contains("qr_png*: a picture of 300 bytes"), "{line}");
        assert!(line.contains("backup_codes: 2 codes"), "{line}");
        assert!(line.contains("set_up_at: 2026-11-24 10:00:05"), "{line}");
        assert!(line.contains("xxx…"), "{line}");
    }
}
