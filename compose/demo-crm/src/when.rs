//! Dates and times as a page writes them, in English and Welsh. Times are UTC, and say so.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::words::Language;

const WELSH_MONTHS: [&str; 12] = [
    "Ionawr",
    "Chwefror",
    "Mawrth",
    "Ebrill",
    "Mai",
    "Mehefin",
    "Gorffennaf",
    "Awst",
    "Medi",
    "Hydref",
    "Tachwedd",
    "Rhagfyr",
];

/// A date, such as `28 November 2026`.
pub fn date(at: Timestamp, language: Language) -> String {
    let at = at.to_zoned_datetime(TimeZone::UTC);
    match language {
        Language::English => at.strftime("%-d %B %Y").to_string(),
        Language::Welsh => {
            let month = WELSH_MONTHS[usize::from(at.month().unsigned_abs()) - 1];
            format!("{} {month} {}", at.day(), at.year())
        }
    }
}

/// A date and a time of day, such as `28 November 2026, 20:14 UTC`.
pub fn moment(at: Timestamp, language: Language) -> String {
    format!("{}, {}", date(at, language), time(at))
}

/// A time of day, such as `20:14 UTC`.
pub fn time(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC)
        .strftime("%H:%M UTC")
        .to_string()
}

/// A time of day to the second, such as `20:14:09 UTC`.
pub fn second(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC)
        .strftime("%H:%M:%S UTC")
        .to_string()
}

/// What is left, such as `4 min 10 s`. No line breaks between a count and its unit.
pub fn left(seconds: i64, language: Language) -> String {
    let minute = language.choose("min", "mun");
    let second = language.choose("s", "eil");
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}\u{a0}{second}"),
        (minutes, 0) => format!("{minutes}\u{a0}{minute}"),
        (minutes, seconds) => format!("{minutes}\u{a0}{minute} {seconds}\u{a0}{second}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_in_both_languages() {
        let at: Timestamp = "2026-11-28T20:04:05Z".parse().expect("a time");
        assert_eq!(moment(at, Language::English), "28 November 2026, 20:04 UTC");
        assert_eq!(date(at, Language::Welsh), "28 Tachwedd 2026");
        assert_eq!(left(250, Language::English), "4\u{a0}min 10\u{a0}s");
        assert_eq!(left(300, Language::Welsh), "5\u{a0}mun");
        assert_eq!(left(9, Language::English), "9\u{a0}s");
    }
}
