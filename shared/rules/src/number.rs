//! Mobile numbers: which are valid, in which countries they are allowed, and how one is found again
//! by its hash.
//!
//! A number is E.164, or national with its region; `number/plan.rs` knows the form of each
//! country's numbers. For an E.164 number the region is ignored, since the number includes its
//! country.

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

/// Maximum count of digits of a number with all its prefixes.
const LONGEST: usize = 30;

/// A mobile number in a country that texts may be sent to.
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
    /// Reads the number of a set-up: E.164, or national with its region.
    pub fn of(event: &SmsStarted, limits: &Limits) -> Result<Self, InvalidNumber> {
        let region = event.region.as_ref().map(Region::as_str);
        Self::parse(event.mobile_number.expose(), region, limits)
    }

    /// Reads a number in any usual spelling.
    pub fn parse(
        entered: &str,
        region: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, InvalidNumber> {
        let entered = pasted::without_spaces_and_dashes(entered);
        let (is_e164, rest) = match entered.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, entered.as_str()),
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

    /// Returns the keyed hash by which the number is found again.
    pub fn lookup(&self, keys: &Keys) -> Hash {
        keys.hash(HashPurpose::NumberLookup, &[self.e164.expose()])
    }

    /// Returns the keyed hash that auditors see. It cannot be matched with the one for lookup.
    pub fn trail_ref(&self, keys: &Keys) -> Hash {
        trail_ref(self.e164.expose(), keys)
    }
}

/// Returns the digits of a number; `None` if it has characters that people do not write in one.
fn digits(entered: &str) -> Option<Zeroizing<String>> {
    let mut digits = Zeroizing::new(String::with_capacity(entered.len()));
    for c in entered.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '.' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    (1..=LONGEST).contains(&digits.len()).then_some(digits)
}

/// Reads a number that begins with its country's calling code.
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

/// Reads a number as it is dialled in a region.
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

/// Returns the mobile number, if texts may be sent to a country that has it. Some countries share a
/// calling code and even their mobile numbers, as Finland and Åland do: then each of them has it.
fn allowed(code: u16, national: &str, limits: &Limits) -> Option<Mobile> {
    let plans = Plan::of_code(code);
    let mut plans = plans.iter().filter(|plan| plan.is_mobile(national));
    let plan = plans.find(|plan| limits.sms_countries.contains(plan.country()))?;
    Some(Mobile {
        e164: Secret::new(format!("+{code}{national}")),
        country: plan.country().to_owned(),
    })
}

/// Returns the keyed hash of an E.164 number that auditors see.
pub fn trail_ref(e164: &str, keys: &Keys) -> Hash {
    keys.hash(HashPurpose::NumberInTrail, &[e164])
}

/// Returns whether libphonenumber knows a country, so that a setting can name it.
pub fn is_country(region: &str) -> bool {
    let is_named = region
        .parse::<country::Id>()
        .is_ok_and(|id| id.as_ref() == region);
    is_named || Plan::of(region).is_some()
}

#[cfg(test)]
mod tests;
