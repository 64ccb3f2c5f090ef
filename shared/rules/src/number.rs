//! Mobile numbers: what is one, where it may be, and how it is found again without being read.
//!
//! A number is E.164, or national with its region; `number/plan.rs` knows what each country's numbers
//! look like. Beside E.164 a region is not looked at, since the number says its country itself.

use phonenumber::country;
use phonenumber::metadata::DATABASE;
use twofactor_contract::Secret;
use twofactor_contract::enrollment::{Region, SmsStarted};
use zeroize::Zeroizing;

use crate::keys::{Hash, HashPurpose};
use crate::pasted;
use crate::{Keys, Limits};

mod plan;

use plan::Plan;

/// Digits of a national number with all that may stand before it, at most.
const LONGEST: usize = 30;

/// A mobile number in a country where texts may go.
#[derive(Clone, Debug)]
pub struct Mobile {
    /// The number, E.164.
    pub e164: Secret<String>,
    /// Its country, ISO 3166.
    pub country: String,
}

/// Not a mobile number, or outside `SMS_COUNTRIES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNumber;

impl Mobile {
    /// The number that a set-up names: E.164, or national with its region.
    pub fn of(event: &SmsStarted, limits: &Limits) -> Result<Self, InvalidNumber> {
        let region = event.region.as_ref().map(Region::as_str);
        Self::parse(event.mobile_number.expose(), region, limits)
    }

    /// Reads a number in any usual spelling.
    pub fn parse(text: &str, region: Option<&str>, limits: &Limits) -> Result<Self, InvalidNumber> {
        let text = pasted::without_spaces_and_dashes(text);
        let (is_e164, rest) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let digits = digits(rest).ok_or(InvalidNumber)?;
        let found = if is_e164 {
            international(&digits, limits)
        } else {
            let region = region.and_then(Plan::of).ok_or(InvalidNumber)?;
            national(&digits, region, limits)
        };
        found.ok_or(InvalidNumber)
    }

    /// The keyed hash that finds the number again.
    pub fn lookup(&self, keys: &Keys) -> Hash {
        keys.hash(HashPurpose::NumberLookup, &[self.e164.expose()])
    }

    /// The keyed hash that auditors see. It cannot be joined with the other one.
    pub fn trail_ref(&self, keys: &Keys) -> Hash {
        trail_ref(self.e164.expose(), keys)
    }
}

/// The digits of what is left of a number; none where it has other signs than people write.
fn digits(text: &str) -> Option<Zeroizing<String>> {
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '.' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    (1..=LONGEST).contains(&digits.len()).then_some(digits)
}

/// A number that begins with its country's calling code.
fn international(digits: &str, limits: &Limits) -> Option<Mobile> {
    // No calling code begins another one (ITU-T E.164, annex D), so one length fits at most.
    let (code, rest) = (1..=3).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        let code: u16 = code.parse().ok().filter(|_| !code.starts_with('0'))?;
        DATABASE.by_code(&code).map(|_| (code, rest))
    })?;
    if let Some(mobile) = allowed(code, rest, limits) {
        return Some(mobile);
    }
    // People write `+44 (0) 7400 …` too.
    let plans = Plan::of_code(code);
    let mut bare = plans.iter().filter_map(|plan| plan.without_prefix(rest));
    bare.find_map(|bare| allowed(code, &bare, limits))
}

/// A number as it is dialled in that region.
fn national(digits: &str, region: &Plan, limits: &Limits) -> Option<Mobile> {
    let abroad = region.without_international_prefix(digits);
    if let Some(mobile) = abroad.and_then(|digits| international(digits, limits)) {
        return Some(mobile);
    }
    let code = region.calling_code();
    let within = |digits: &str| {
        let bare = region.without_prefix(digits);
        let bare = bare.and_then(|bare| allowed(code, &bare, limits));
        bare.or_else(|| allowed(code, digits, limits))
    };
    // A calling code without its plus sign comes last: it may also be how a number begins.
    within(digits).or_else(|| within(digits.strip_prefix(&code.to_string())?))
}

/// The mobile number, where texts may go to a country that has it. Some countries share a calling
/// code and even their mobile numbers, as Finland and Åland do: then each of them has it.
fn allowed(code: u16, national: &str, limits: &Limits) -> Option<Mobile> {
    let plans = Plan::of_code(code);
    let mut plans = plans.iter().filter(|plan| plan.is_mobile(national));
    let plan = plans.find(|plan| limits.sms_countries.contains(plan.country()))?;
    Some(Mobile {
        e164: Secret::new(format!("+{code}{national}")),
        country: plan.country().to_owned(),
    })
}

/// The keyed hash of an E.164 number that auditors see.
pub fn trail_ref(e164: &str, keys: &Keys) -> Hash {
    keys.hash(HashPurpose::NumberInTrail, &[e164])
}

/// Whether libphonenumber knows a country, so that a setting can name it.
pub fn is_country(region: &str) -> bool {
    let is_named = region
        .parse::<country::Id>()
        .is_ok_and(|id| id.as_ref() == region);
    is_named || Plan::of(region).is_some()
}

#[cfg(test)]
mod tests;
