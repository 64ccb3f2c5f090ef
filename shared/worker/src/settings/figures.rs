//! The settings that become [`Limits`], and the promises that they must not break.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use twofactor_rules::{Limits, number, sms_code};

use super::environment::Environment;

/// The longest that an event may be told to wait: TOTP is judged at its time.
const EVENT_MAX_AGE: SignedDuration = SignedDuration::from_mins(10);

/// Reads the figures. `names_issuer`: this worker shows the issuer to people, so it must be set.
pub(super) fn read(names_issuer: bool, env: &mut Environment) -> Limits {
    let standard = Limits::default();
    let limits = Limits {
        issuer: issuer(names_issuer, env).unwrap_or_else(|| standard.issuer.clone()),
        sms_countries: countries(env).unwrap_or_else(|| standard.sms_countries.clone()),
        sms_origin: origin(env),
        sms_throttle: env.duration("SMS_THROTTLE", standard.sms_throttle),
        sms_code_ttl: env.duration("SMS_CODE_TTL", standard.sms_code_ttl),
        remember_for: env.duration("REMEMBER_FOR", standard.remember_for),
        event_max_age: env.duration("EVENT_MAX_AGE", standard.event_max_age),
        guess_wait: env.duration("GUESS_WAIT", standard.guess_wait),
        guess_wait_max: env.duration("GUESS_WAIT_MAX", standard.guess_wait_max),
        guess_limit: env.number("GUESS_LIMIT", standard.guess_limit, 1, 1_000_000),
    };
    if limits.guess_wait > limits.guess_wait_max {
        env.refuse("GUESS_WAIT_MAX", "must not be shorter than GUESS_WAIT");
    }
    if !sms_code::fits_one_segment(&limits) {
        let what = "must leave room in one text for the code and SMS_ORIGIN, in characters of \
                    GSM-7; shorten it, or leave out its unusual characters";
        env.refuse("ISSUER", what);
    }
    if !env.is_on("TWOFACTOR_TESTING") {
        check_promises(&limits, &standard, env);
    }
    limits
}

/// What the users were promised. Stricter is always allowed.
fn check_promises(limits: &Limits, promised: &Limits, env: &mut Environment) {
    let kept = [
        (
            "SMS_THROTTLE",
            limits.sms_throttle >= promised.sms_throttle,
            "must be 5m or more",
        ),
        (
            "SMS_CODE_TTL",
            limits.sms_code_ttl <= promised.sms_code_ttl,
            "must be 10m or less",
        ),
        (
            "REMEMBER_FOR",
            limits.remember_for <= promised.remember_for,
            "must be 30d or less",
        ),
        (
            "EVENT_MAX_AGE",
            limits.event_max_age <= EVENT_MAX_AGE,
            "must be 10m or less",
        ),
        (
            "GUESS_WAIT",
            limits.guess_wait >= promised.guess_wait,
            "must be 30s or more",
        ),
        (
            "GUESS_WAIT_MAX",
            limits.guess_wait_max >= promised.guess_wait_max,
            "must be 15m or more",
        ),
        (
            "GUESS_LIMIT",
            limits.guess_limit <= promised.guess_limit,
            "must be 100 or less",
        ),
    ];
    for (name, is_so, must) in kept {
        if !is_so {
            env.refuse(name, &format!("{must}: users were promised so"));
        }
    }
}

fn issuer(required: bool, env: &mut Environment) -> Option<String> {
    let issuer = if required {
        env.required("ISSUER")?.expose().clone()
    } else {
        env.optional("ISSUER")?
    };
    let has_length = (1..=64).contains(&issuer.chars().count()) && issuer.trim() == issuer;
    if !has_length || issuer.contains(|c: char| c == ':' || c.is_control()) {
        let what = "must be 1 to 64 characters without a colon, a control character, or a space \
                    at an end";
        env.refuse("ISSUER", what);
        return None;
    }
    Some(issuer)
}

fn countries(env: &mut Environment) -> Option<BTreeSet<String>> {
    let text = env.optional("SMS_COUNTRIES")?;
    let countries: BTreeSet<String> = text
        .split(',')
        .map(|country| country.trim().to_owned())
        .collect();
    if !countries.iter().all(|country| number::is_country(country)) {
        env.refuse(
            "SMS_COUNTRIES",
            "must list ISO 3166 codes in capitals, such as GB,IE",
        );
        return None;
    }
    Some(countries)
}

fn origin(env: &mut Environment) -> Option<String> {
    let host = env.optional("SMS_ORIGIN")?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        env.refuse(
            "SMS_ORIGIN",
            "must be the host of the login page, such as crm.example.org",
        );
        return None;
    }
    Some(host)
}
