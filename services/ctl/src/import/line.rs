//! One line of the file: a person with one method or both, or a problem.
//!
//! A sentence names the member that is wrong and never shows its value, which may be a secret or a
//! number.

use jiff::Timestamp;
use serde_json::{Map, Value};
use twofactor_contract::json::{self, Fault};
use twofactor_contract::{Secret, TenantId, UserId, UserKey, parse_rfc3339};
use twofactor_rules::import::{App, Import, Phone};
use twofactor_rules::number::Mobile;
use twofactor_rules::{Keys, Limits, totp_secret};
use uuid::Uuid;

/// A person who is to be imported.
pub struct Person {
    /// The line of the file, from 1.
    pub line: usize,
    /// The person, and the methods.
    pub import: Import,
    /// The id of the import in the trail.
    pub id: Uuid,
    /// The same, in the form of an event's id in the trail.
    pub event_id: String,
}

/// Reads a line.
pub fn parse(line: usize, text: &str, keys: &Keys, limits: &Limits) -> Result<Person, String> {
    let value = json::parse(text).map_err(|fault| match fault {
        Fault::Twice => "has a member twice.".to_owned(),
        Fault::TooDeep => "nests JSON over 32 deep.".to_owned(),
        Fault::Invalid { column } => format!("is no JSON (column {column})."),
    })?;
    let Value::Object(members) = value else {
        return Err("must be a JSON object.".to_owned());
    };
    only(&members, "", &["tenant_id", "user_id", "totp", "sms"])?;
    let user = UserKey {
        tenant: TenantId::parse(string(&members, "", "tenant_id")?)
            .ok_or_else(|| id_sentence("tenant_id"))?,
        user: UserId::parse(string(&members, "", "user_id")?)
            .ok_or_else(|| id_sentence("user_id"))?,
    };
    let totp = object(&members, "totp")?.map(app).transpose()?;
    let sms = object(&members, "sms")?
        .map(|members| phone(members, keys, limits))
        .transpose()?;
    if totp.is_none() && sms.is_none() {
        return Err("has no method; give totp, sms or both.".to_owned());
    }
    let import = Import { user, totp, sms };
    let id = import.id(keys);
    Ok(Person {
        line,
        import,
        id,
        event_id: id.to_string(),
    })
}

fn app(members: &Map<String, Value>) -> Result<App, String> {
    only(members, "totp.", &["secret", "set_up_at"])?;
    let secret = totp_secret::read(string(members, "totp.", "secret")?);
    let secret = secret.map_err(|error| format!("totp.secret {error}."))?;
    let set_up_at = moment(members, "totp.")?;
    Ok(App { secret, set_up_at })
}

fn phone(members: &Map<String, Value>, keys: &Keys, limits: &Limits) -> Result<Phone, String> {
    only(members, "sms.", &["mobile_number", "set_up_at"])?;
    let text = Secret::new(string(members, "sms.", "mobile_number")?.to_owned());
    let mobile = Mobile::parse(text.expose(), None, limits).map_err(|_| {
        "sms.mobile_number must be the E.164 number of a mobile phone in SMS_COUNTRIES.".to_owned()
    })?;
    let set_up_at = moment(members, "sms.")?;
    Ok(Phone {
        lookup: mobile.lookup(keys),
        mobile,
        set_up_at,
    })
}

fn moment(members: &Map<String, Value>, place: &str) -> Result<Timestamp, String> {
    let text = string(members, place, "set_up_at")?;
    parse_rfc3339(text).ok_or_else(|| {
        format!("{place}set_up_at must be RFC 3339 with an offset, such as 2024-09-01T08:00:00Z.")
    })
}

fn only(members: &Map<String, Value>, place: &str, known: &[&str]) -> Result<(), String> {
    if members.keys().all(|name| known.contains(&name.as_str())) {
        return Ok(());
    }
    // The unknown name is not shown: it may be a value in the wrong place.
    let within = place.strip_suffix('.').unwrap_or("the line");
    let known = known.join(", ");
    Err(format!("{within} has a member that is none of {known}."))
}

fn string<'a>(members: &'a Map<String, Value>, place: &str, name: &str) -> Result<&'a str, String> {
    let text = members.get(name).and_then(Value::as_str);
    text.ok_or_else(|| format!("{place}{name} must be set to a string."))
}

fn object<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, String> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Object(inner)) => Ok(Some(inner)),
        Some(_) => Err(format!("{name} must be an object, or left out.")),
    }
}

fn id_sentence(name: &str) -> String {
    format!("{name} must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ + -.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;
    use twofactor_rules::Keyring;

    fn keys() -> Keys {
        let key = data_encoding::BASE64.encode(&[7; 32]);
        let text = format!(r#"{{"current": "a", "keys": {{"a": "{key}"}}}}"#);
        let keyring = Keyring::parse(&text).expect("a keyring");
        let hash_key = keyring.new_hash_key(&mut chance::rng());
        Keys::new(keyring, &hash_key).expect("its own hash key")
    }

    const TOTP: &str = r#"{"secret": "JBSWY3DPEHPK3PXP", "set_up_at": "2024-09-01T08:00:00Z"}"#;
    const SMS: &str = r#"{"mobile_number": "+447400123456", "set_up_at": "2024-09-01T08:00:00Z"}"#;

    fn line(totp: &str, sms: &str) -> String {
        format!(r#"{{"tenant_id": "north", "user_id": "anna", "totp": {totp}, "sms": {sms}}}"#)
    }

    #[test]
    fn a_whole_line_is_a_person_and_its_id_depends_on_all_of_it() {
        let keys = keys();
        let limits = Limits::default();
        let read = |text: &str| parse(1, text, &keys, &limits).map(|person| person.event_id);
        let first = read(&line(TOTP, SMS)).expect("a person");
        assert_eq!(
            read(&line(&TOTP.replace("JBSW", "jbsw "), SMS)),
            Ok(first.clone())
        );
        // As an app takes it, and as contacts write a number.
        for (from, to) in [
            ("JBSWY3DPEHPK3PXP", "jbsw-y3dp-ehpk-3pxp======"),
            (
                "+447400123456",
                "\u{202a}+44\u{a0}7400\u{2011}123456\u{202c}",
            ),
            ("+447400123456", "+44 (0) 7400 123456"),
        ] {
            let same = read(&line(TOTP, SMS).replace(from, to));
            assert_eq!(same, Ok(first.clone()), "{to}");
        }
        for (from, to) in [
            ("anna", "ben"),
            ("JBSW", "KBSW"),
            ("23456", "23457"),
            ("2024", "2023"),
        ] {
            let other = read(&line(TOTP, SMS).replace(from, to)).expect("a person");
            assert_ne!(other, first, "{from}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        let keys = keys();
        let limits = Limits::default();
        let table = [
            ("{", "no JSON"),
            ("[]", "a JSON object"),
            (r#"{"tenant_id": "north"}"#, "user_id must"),
            (
                r#"{"tenant_id": "no th", "user_id": "a"}"#,
                "tenant_id must be 1",
            ),
            (r#"{"tenant_id": "north", "user_id": "a"}"#, "no method"),
            (&line(TOTP, "null"), "sms must be an object"),
            (
                &line(&TOTP.replace("secret", "hunter2"), SMS),
                "totp has a member",
            ),
            (&line(&TOTP.replace("JBSWY3DP", "hunter18"), SMS), "base32"),
            (
                &line(&TOTP.replace("JBSWY3DPEHPK3PXP", "JBSWY3DP"), SMS),
                "80 to 1,024",
            ),
            (
                &line(&TOTP.replace("08:00:00Z", "hunter2"), SMS),
                "RFC 3339",
            ),
            (&line(TOTP, &SMS.replace("+4474", "+4420")), "E.164"),
            (
                &line(TOTP, &SMS.replace("+447400123456", "hunter2")),
                "E.164",
            ),
        ];
        for (text, expected) in table {
            let sentence = parse(1, text, &keys, &limits)
                .map(|_| ())
                .expect_err("wrong");
            assert!(sentence.contains(expected), "{text}: {sentence}");
            assert!(!sentence.contains("hunter"), "{sentence}");
        }
    }
}
