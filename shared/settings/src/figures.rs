//! The settings that become [`Limits`], and how long the trail is kept.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use twofactor_rules::{Limits, number, sms_code};

use crate::environment::Environment;
use crate::table::{
    AUDIT_KEEP, EVENT_MAX_AGE, GUESS_LIMIT, GUESS_WAIT, GUESS_WAIT_MAX, ISSUER, REMEMBER_FOR,
    SMS_CODE_TTL, SMS_COUNTRIES, SMS_ORIGIN, SMS_THROTTLE,
};

/// Reads the figures of the rules. `names_issuer`: this program shows the issuer to people, so it
/// must be set.
pub fn limits(names_issuer: bool, env: &mut Environment) -> Limits {
    let standard = Limits::default();
    let limits = Limits {
        issuer: issuer(names_issuer, env).unwrap_or(standard.issuer),
        sms_countries: countries(env).unwrap_or(standard.sms_countries),
        sms_origin: origin(env),
        sms_throttle: env.duration(&SMS_THROTTLE),
        sms_code_ttl: env.duration(&SMS_CODE_TTL),
        remember_for: env.duration(&REMEMBER_FOR),
        event_max_age: env.duration(&EVENT_MAX_AGE),
        guess_wait: env.duration(&GUESS_WAIT),
        guess_wait_max: env.duration(&GUESS_WAIT_MAX),
        guess_limit: env.count(&GUESS_LIMIT),
    };
    if limits.guess_wait > limits.guess_wait_max {
        env.refuse(GUESS_WAIT_MAX.name, "must not be shorter than GUESS_WAIT");
    }
    if limits.sms_throttle > Limits::DAY {
        let what = "must not be longer than 24h, for which texts are counted";
        env.refuse(SMS_THROTTLE.name, what);
    }
    if !sms_code::fits_one_segment(&limits) {
        let what = "must leave room in one text for the code and SMS_ORIGIN, in characters of \
                    GSM-7; shorten it, or leave out its unusual characters";
        env.refuse(ISSUER.name, what);
    }
    limits
}

/// Reads how long the trail is kept: `AUDIT_KEEP`.
pub fn audit_keep(env: &mut Environment) -> SignedDuration {
    env.duration(&AUDIT_KEEP)
}

fn issuer(required: bool, env: &mut Environment) -> Option<String> {
    let issuer = if required {
        env.required(&ISSUER)?.expose().clone()
    } else {
        env.optional(ISSUER.name)?
    };
    let has_length = (1..=64).contains(&issuer.chars().count()) && issuer.trim() == issuer;
    if !has_length || issuer.contains(|c: char| c == ':' || c.is_control()) {
        env.refuse_value(&ISSUER);
        return None;
    }
    Some(issuer)
}

/// Reads the countries of `SMS_COUNTRIES`, ISO 3166. `None` if it is not set, or wrong and noted.
pub fn countries(env: &mut Environment) -> Option<BTreeSet<String>> {
    let value = env.optional(SMS_COUNTRIES.name)?;
    let countries: BTreeSet<String> = value
        .split(',')
        .map(|country| country.trim().to_owned())
        .collect();
    if !countries.iter().all(|country| number::is_country(country)) {
        env.refuse_value(&SMS_COUNTRIES);
        return None;
    }
    Some(countries)
}

fn origin(env: &mut Environment) -> Option<String> {
    let host = env.optional(SMS_ORIGIN.name)?;
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        env.refuse_value(&SMS_ORIGIN);
        return None;
    }
    Some(host)
}
