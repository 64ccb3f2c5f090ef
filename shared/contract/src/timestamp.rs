//! RFC 3339 moments with an offset, and nothing looser.

use jiff::Timestamp;

/// Reads an RFC 3339 moment such as `2026-11-24T10:00:00Z`; `None` where the text is none.
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    has_rfc3339_shape(text.as_bytes())
        .then(|| text.parse().ok())
        .flatten()
}

/// jiff reads more than RFC 3339 (weeks, brackets, spaces), so the shape is checked first.
fn has_rfc3339_shape(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let shaped = date_time
        .iter()
        .zip(b"0000-00-00T00:00:00")
        .all(|(got, want)| match want {
            b'0' => got.is_ascii_digit(),
            b'T' => matches!(got, b'T' | b't'),
            other => got == other,
        });
    let digits = match rest {
        [b'.', fraction @ ..] => fraction.iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    let offset = if rest.first() == Some(&b'.') {
        rest.get(digits + 1..)
    } else {
        Some(rest)
    };
    let fraction_is_right = rest.first() != Some(&b'.') || (1..=9).contains(&digits);
    let offset_is_right = match offset {
        Some([b'Z' | b'z']) => true,
        Some([b'+' | b'-', h1, h2, b':', m1, m2]) => {
            [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit())
        }
        _ => false,
    };
    shaped && fraction_is_right && offset_is_right
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
    fn anything_looser_is_refused() {
        for text in [
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
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
