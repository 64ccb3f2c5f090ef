//! The members of an event or outcome in one line, as a person can read them.
//!
//! Ids of institution, user and login are left out, since the story names who acts; what a person
//! reads is shown apart. It knows how values look, not what they mean.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::screen::GLUE;

/// Members that are shown elsewhere, or are the same in each step.
const LEFT_OUT: [&str; 6] = [
    "tenant_id",
    "user_id",
    "session_id",
    "message",
    "notice",
    "next",
];
/// The facts that readers look for come first, all others by their names.
const FIRST: [&str; 4] = ["reason", "via", "code", "method"];
const LONGEST: usize = 44;

/// Returns `name: value, …` of all members that matter. `secret` has the names of those that the
/// reply alone carries.
pub fn line(data: &Value, secret: &[String]) -> String {
    let none = Map::new();
    let members = data.as_object().unwrap_or(&none).iter();
    let mut told: Vec<(&String, &Value)> = members
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
        .collect();
    told.sort_by_key(|(name, _)| {
        FIRST
            .iter()
            .position(|first| first == name)
            .unwrap_or(FIRST.len())
    });
    let mut facts: Vec<String> = told
        .into_iter()
        .map(|(name, value)| {
            let mark = if secret.contains(name) { "*" } else { "" };
            format!("{name}{mark}:{GLUE}{}", show(name, value))
        })
        .collect();
    // What the page should offer next comes last, as the consequence of the rest.
    if let Some(next) = data["next"].as_str() {
        facts.push(format!("next:{GLUE}{next}"));
    }
    facts.join(" · ")
}

fn show(name: &str, value: &Value) -> String {
    match (name, value) {
        ("qr_png", Value::String(value)) => format!("a picture of {} bytes", value.len() / 4 * 3),
        ("backup_codes", Value::Array(codes)) => format!("{} codes", codes.len()),
        ("code", Value::Object(code)) => {
            let parts = ["method", "value"].map(|part| show("", &code[part]));
            parts.join(&GLUE.to_string())
        }
        (_, Value::String(value)) => shorten(&clock_time(value)),
        (_, Value::Array(items)) if items.is_empty() => "none".to_owned(),
        (_, Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| show("", item)).collect();
            items.join(", ")
        }
        (_, Value::Object(members)) => nested(members),
        (_, other) => other.to_string(),
    }
}

/// Words an item of a list: its name, then its details.
fn nested(members: &Map<String, Value>) -> String {
    let is_name = |name: &String| ["method", "user_id", "browser_id"].contains(&name.as_str());
    let name = members.iter().find(|(name, _)| is_name(name));
    let name = name.map(|(_, value)| show("", value)).into_iter();
    let rest = members.iter().filter(|(name, _)| !is_name(name));
    let rest: Vec<String> = rest
        .map(|(name, value)| format!("{name}{GLUE}{}", show(name, value)))
        .collect();
    let rest = format!("({})", rest.join(", "));
    name.chain([rest]).collect::<Vec<_>>().join(" ")
}

/// Returns the time of an RFC 3339 moment, with its date where that is another one than today's;
/// any other text as it is.
fn clock_time(value: &str) -> String {
    let Ok(moment) = value.parse::<Timestamp>() else {
        return value.to_owned();
    };
    let day = |moment: Timestamp| TimeZone::UTC.to_datetime(moment).date();
    if day(moment) == day(Timestamp::now()) {
        moment.strftime("%H:%M:%S").to_string()
    } else {
        let glued = format!("%Y-%m-%d{GLUE}%H:%M:%S");
        moment.strftime(&glued).to_string()
    }
}

fn shorten(value: &str) -> String {
    if value.chars().count() <= LONGEST {
        return value.to_owned();
    }
    let start: String = value.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(data: &Value, secret: &[String]) -> String {
        line(data, secret).replace(GLUE, " ")
    }

    #[test]
    fn members_are_told_in_one_line_and_ids_are_left_out() {
        let data = json!({
            "tenant_id": "t", "user_id": "u", "session_id": "s", "message": "Hello.",
            "notice": "Hello.", "next": "wait", "methods": ["totp", "backup"], "retry_after_seconds": 299,
            "code": {"method": "sms", "value": "abc234"}, "reason": "throttled",
        });
        assert_eq!(
            plain(&data, &[]),
            "reason: throttled · code: sms abc234 · methods: totp, backup · \
             retry_after_seconds: 299 · next: wait"
        );
    }

    #[test]
    fn long_and_secret_values_are_short_and_marked() {
        let data = json!({
            "qr_png": "AAAA".repeat(100), "backup_codes": ["a", "b"], "set_up_at":
            "2020-11-24T10:00:05.123456Z", "uri": "x".repeat(100),
        });
        let line = plain(&data, &["qr_png".to_owned()]);
        assert!(line.contains("qr_png*: a picture of 300 bytes"), "{line}");
        assert!(line.contains("backup_codes: 2 codes"), "{line}");
        assert!(line.contains("set_up_at: 2020-11-24 10:00:05"), "{line}");
        assert!(line.contains("xxx…"), "{line}");
    }

    #[test]
    fn what_is_nested_is_told_with_its_names() {
        let data = json!({ "methods": [{"method": "totp", "locked": false}] });
        assert_eq!(plain(&data, &[]), "methods: totp (locked false)");
    }
}
