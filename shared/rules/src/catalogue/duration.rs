//! Lengths of time in words: a count of one unit, in digits.

use jiff::SignedDuration;
use twofactor_contract::Language;

/// A length of time as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration {
    count: i64,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

impl Duration {
    /// Makes a wait of `seconds`, rounded up, so that the stated wait is always enough: minutes
    /// from 91 seconds on, hours from 91 minutes on.
    pub const fn rounded_up(seconds: i64) -> Self {
        match seconds {
            ..=90 => Self::new(seconds, Unit::Second),
            91..=5400 => Self::new((seconds + MINUTE - 1) / MINUTE, Unit::Minute),
            5401.. => Self::new(seconds.saturating_add(HOUR - 1) / HOUR, Unit::Hour),
        }
    }

    /// Makes an exact length, in the largest unit that divides it without remainder.
    pub const fn exact(length: SignedDuration) -> Self {
        let seconds = length.as_secs();
        if seconds == 0 || seconds % MINUTE != 0 {
            Self::new(seconds, Unit::Second)
        } else if seconds % HOUR != 0 {
            Self::new(seconds / MINUTE, Unit::Minute)
        } else {
            Self::new(seconds / HOUR, Unit::Hour)
        }
    }

    const fn new(count: i64, unit: Unit) -> Self {
        Self { count, unit }
    }

    /// Returns the count in digits and its unit.
    pub fn in_words(self, language: Language) -> String {
        let unit = match language {
            Language::En => self.english(),
            Language::Cy => self.welsh(),
        };
        format!("{} {unit}", self.count)
    }

    const fn english(self) -> &'static str {
        match (self.unit, self.count) {
            (Unit::Second, 1) => "second",
            (Unit::Second, _) => "seconds",
            (Unit::Minute, 1) => "minute",
            (Unit::Minute, _) => "minutes",
            (Unit::Hour, 1) => "hour",
            (Unit::Hour, _) => "hours",
        }
    }

    /// Returns the Welsh unit. Welsh uses the singular after a numeral, and only 2 mutates a unit
    /// here, since *eiliad* and *awr* begin with vowels. These are the forms of the Unicode CLDR.
    const fn welsh(self) -> &'static str {
        match (self.unit, self.count) {
            (Unit::Second, _) => "eiliad",
            (Unit::Minute, 2) => "funud",
            (Unit::Minute, _) => "munud",
            (Unit::Hour, _) => "awr",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_in_units_that_people_use_and_is_never_too_short() {
        for (seconds, en, cy) in [
            (1, "1 second", "1 eiliad"),
            (2, "2 seconds", "2 eiliad"),
            (90, "90 seconds", "90 eiliad"),
            (91, "2 minutes", "2 funud"),
            (120, "2 minutes", "2 funud"),
            (121, "3 minutes", "3 munud"),
            (241, "5 minutes", "5 munud"),
            (720, "12 minutes", "12 munud"),
            (5400, "90 minutes", "90 munud"),
            (5401, "2 hours", "2 awr"),
            (86_400, "24 hours", "24 awr"),
            (86_401, "25 hours", "25 awr"),
        ] {
            let wait = Duration::rounded_up(seconds);
            assert_eq!(wait.in_words(Language::En), en);
            assert_eq!(wait.in_words(Language::Cy), cy);
        }
        let ever = Duration::rounded_up(i64::MAX).in_words(Language::En);
        assert!(ever.ends_with(" hours"), "{ever}");
    }

    #[test]
    fn an_exact_length_is_exact_to_the_second() {
        for (seconds, en, cy) in [
            (1, "1 second", "1 eiliad"),
            (59, "59 seconds", "59 eiliad"),
            (60, "1 minute", "1 munud"),
            (90, "90 seconds", "90 eiliad"),
            (120, "2 minutes", "2 funud"),
            (300, "5 minutes", "5 munud"),
            (450, "450 seconds", "450 eiliad"),
            (3600, "1 hour", "1 awr"),
            (5400, "90 minutes", "90 munud"),
            (86_400, "24 hours", "24 awr"),
        ] {
            let length = Duration::exact(SignedDuration::from_secs(seconds));
            assert_eq!(length.in_words(Language::En), en);
            assert_eq!(length.in_words(Language::Cy), cy);
        }
    }
}
