//! Mobile numbers: what is one, where it may be, and how it is found again without being read.

use phonenumber::{Mode, Type, country};
use twofactor_contract::Secret;
use twofactor_contract::enrollment::{Region, SmsStarted};

use crate::keys::{Hash, Hashed};
use crate::{Keys, Limits};

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
        let text = text.trim();
        let usual = |c: char| c.is_ascii_digit() || " -.()/".contains(c);
        if text.len() > 40 || !text.strip_prefix('+').unwrap_or(text).chars().all(usual) {
            return Err(InvalidNumber);
        }
        let region: Option<country::Id> = match region {
            Some(region) => Some(region.parse().map_err(|_| InvalidNumber)?),
            None if text.starts_with('+') => None,
            None => return Err(InvalidNumber),
        };
        let number = phonenumber::parse(region, text).map_err(|_| InvalidNumber)?;
        let country = number
            .country()
            .id()
            .ok_or(InvalidNumber)?
            .as_ref()
            .to_owned();
        let kind = number.number_type(&phonenumber::metadata::DATABASE);
        let is_mobile = matches!(kind, Type::Mobile | Type::FixedLineOrMobile);
        if !phonenumber::is_valid(&number) || !is_mobile || !limits.sms_countries.contains(&country)
        {
            return Err(InvalidNumber);
        }
        Ok(Self {
            e164: Secret::new(number.format().mode(Mode::E164).to_string()),
            country,
        })
    }

    /// The keyed hash that finds the number again.
    pub fn lookup(&self, keys: &Keys) -> Hash {
        keys.hash(Hashed::NumberLookup, &[self.e164.expose()])
    }

    /// The keyed hash that auditors see. It cannot be joined with the other one.
    pub fn trail_ref(&self, keys: &Keys) -> Hash {
        trail_ref(self.e164.expose(), keys)
    }
}

/// The keyed hash of an E.164 number that auditors see.
pub fn trail_ref(e164: &str, keys: &Keys) -> Hash {
    keys.hash(Hashed::NumberInTrail, &[e164])
}

/// Whether libphonenumber knows a country, so that a setting can name it.
pub fn is_country(region: &str) -> bool {
    region
        .parse::<country::Id>()
        .is_ok_and(|id| id.as_ref() == region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e164(text: &str, region: Option<&str>) -> Option<String> {
        let limits = Limits::default();
        Mobile::parse(text, region, &limits)
            .ok()
            .map(|mobile| mobile.e164.expose().clone())
    }

    #[test]
    fn usual_spellings_are_one_number() {
        let expected = Some("+447400123456".to_owned());
        assert_eq!(e164("+447400123456", None), expected);
        assert_eq!(e164(" +44 7400 123-456 ", None), expected);
        assert_eq!(e164("+44 (0)7400 123456", None), expected);
        assert_eq!(e164("07400 123456", Some("GB")), expected);
        assert_eq!(e164("0044 7400 123456", Some("GB")), expected);
        assert_eq!(e164("+447400123456", Some("FR")), expected);
    }

    #[test]
    fn what_is_no_mobile_number_here_is_refused() {
        for text in [
            "",
            "+",
            "07400123456",
            "+44",
            "+441632960961",
            "+442079460000",
            "+4474001234567890",
            "+447400123456;ext=1",
            "+447400ABCDEF",
            "+٤٤٧٤٠٠١٢٣٤٥٦",
            "tel:+447400123456",
            "+33612345678",
            "++447400123456",
            "447400123456",
            "+44\x007400123456",
        ] {
            assert_eq!(e164(text, None), None, "{text}");
        }
        assert_eq!(e164("07400123456", Some("XX")), None);
    }
}
