//! Times on the wire: read as RFC 3339 with an offset, and nothing looser; written in one form.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::leaf::string_leaf;

/// Reads an RFC 3339 time such as `2026-11-24T10:00:00Z`; `None` if the value is not one.
///
/// Digits beyond nanoseconds are dropped, since RFC 3339 allows any number of them.
pub fn parse_rfc3339(value: &str) -> Option<Timestamp> {
    let (date_time, rest) = value.split_at_checked(19)?;
    let (fraction, offset) = split_fraction(rest)?;
    if !is_date_time(date_time.as_bytes()) || !is_offset(offset.as_bytes()) {
        return None;
    }
    let nanoseconds = fraction.get(..10).unwrap_or(fraction);
    format!("{date_time}{nanoseconds}{offset}").parse().ok()
}

/// Writes a time in the one form of outcomes: UTC with `Z` and six digits of a second.
pub fn rfc3339(moment: Timestamp) -> String {
    format!("{moment:.6}")
}

/// A time as a member: read as RFC 3339 with an offset, written in UTC with six digits of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct UtcTime(pub Timestamp);

impl UtcTime {
    /// The rule for a time, as part of a sentence.
    pub(crate) const MUST: &str =
        "must be an RFC 3339 moment with an offset, such as 2026-11-24T10:00:00Z";

    fn parse(value: impl AsRef<str>) -> Option<Self> {
        parse_rfc3339(value.as_ref()).map(Self)
    }
}

impl From<Timestamp> for UtcTime {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339(self.0))
    }
}

string_leaf!(UtcTime, Self::MUST, {
    "type": "string",
    "format": "date-time",
    "examples": ["2026-11-24T10:00:00.000000Z"],
});

/// Checks the form of date and time: jiff reads more than RFC 3339 (weeks, brackets, spaces).
fn is_date_time(value: &[u8]) -> bool {
    value
        .iter()
        .zip(b"0000-00-00T00:00:00")
        .all(|(got, want)| match want {
            b'0' => got.is_ascii_digit(),
            b'T' => matches!(got, b'T' | b't'),
            other => got == other,
        })
}

/// Splits off the fraction with its dot, which may be empty.
fn split_fraction(value: &str) -> Option<(&str, &str)> {
    let Some(digits) = value.strip_prefix('.') else {
        return Some(("", value));
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    (length > 0).then(|| value.split_at(1 + length))
}

/// Checks the offset: `Z`, or hours to 23 and minutes to 59.
fn is_offset(value: &[u8]) -> bool {
    match value {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit())
                && [*h1, *h2] <= *b"23"
                && [*m1, *m2] <= *b"59"
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_required_and_honoured() {
        let utc = parse_rfc3339("2026-11-24T10:00:00Z").expect("a moment");
        assert_eq!(parse_rfc3339("2026-11-24T11:00:00.000+01:00"), Some(utc));
        assert_eq!(parse_rfc3339("2026-11-24t10:00:00z"), Some(utc));
    }

    #[test]
    fn ours_have_six_digits_whatever_they_are() {
        for (value, expected) in [
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000000Z"),
            ("2026-11-24T11:00:00.5+01:00", "2026-11-24T10:00:00.500000Z"),
            (
                "2026-11-24T10:00:00.123456789Z",
                "2026-11-24T10:00:00.123456Z",
            ),
        ] {
            let moment = parse_rfc3339(value).expect("a moment");
            assert_eq!(rfc3339(moment), expected);
        }
    }

    #[test]
    fn anything_looser_is_refused() {
        for value in [
            "",
            "2026-11-24",
            "2026-11-24T10:00:00",
            "2026-11-24 10:00:00Z",
            "1764000000",
            "2026-11-24T10:00Z",
            "2026-11-24T10:00:00.Z",
            "2026-13-24T10:00:00Z",
            "2026-11-24T10:00:00+01:00[Europe/Paris]",
            "2026-11-24T25:00:00Z",
            "-002026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(value), None, "{value}");
        }
    }
}
