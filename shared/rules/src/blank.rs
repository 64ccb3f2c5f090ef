//! Removes telephone numbers from what an administrator wrote.
//!
//! A number is 7 or more consecutive digits, or 9 or more with up to three characters other than
//! letters between two of them, in any script: the trail is kept for longer than a number should
//! be. Dates and times of day are recognised first and stay. This module knows no country: digits
//! that nobody can dial are removed too.

use std::ops::Range;

const BLANK: &str = "[removed]";
/// Count of consecutive digits that are taken for a number.
const IN_A_ROW: usize = 7;
/// Count of digits that are taken for a number where other characters stand between them.
const IN_ALL: usize = 9;
/// Maximum count of characters between two digits of one number.
const BETWEEN: usize = 3;
/// The zeros of the scripts in which a date is recognised.
const ZEROS: [char; 5] = ['0', '٠', '۰', '०', '０'];

/// Returns what was written with spaces for its control characters and [`BLANK`] for everything
/// that can be a telephone number.
pub(crate) fn blank_numbers(written: &str) -> String {
    let chars = written
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c });
    let chars: Vec<char> = chars.collect();
    let mut out = String::with_capacity(written.len());
    let mut at = 0;
    for blank in find_numbers(&chars) {
        out.extend(&chars[at..blank.start]);
        out.push_str(BLANK);
        at = blank.end;
    }
    out.extend(&chars[at..]);
    out
}

/// Finds the telephone numbers: their index ranges, in order.
fn find_numbers(chars: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The indexes of the digits that may be one number.
    let mut run: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let moment = moment_at(chars, at);
        let is_digit = chars[at].is_numeric();
        let is_near = run.last().is_none_or(|last| at - last <= BETWEEN + 1);
        if moment.is_some() || (is_digit && !is_near) || (!is_digit && chars[at].is_alphabetic()) {
            found.extend(number_in(&run));
            run.clear();
        }
        if moment.is_none() && is_digit {
            run.push(at);
        }
        at += moment.unwrap_or(1);
    }
    found.extend(number_in(&run));
    found
}

/// Returns the index range of the telephone number in a run of digits, if there is one: all of
/// them, or those that are consecutive.
fn number_in(run: &[usize]) -> Option<Range<usize>> {
    let span = |digits: &[usize]| Some(*digits.first()?..digits.last()? + 1);
    if run.len() >= IN_ALL {
        return span(run);
    }
    let mut rows = run.chunk_by(|one, next| one + 1 == *next);
    rows.find(|row| row.len() >= IN_A_ROW).and_then(span)
}

/// Returns the length of the date or time of day that begins at an index and is not part of more
/// digits.
fn moment_at(chars: &[char], at: usize) -> Option<usize> {
    let (before, here) = chars.split_at(at);
    let (length, separator) = time(here).or_else(|| date(here))?;
    let is_digit = |c: Option<&char>| c.is_some_and(|c| c.is_numeric());
    let after = &here[length..];
    let goes_on =
        is_digit(after.first()) || (after.first() == Some(&separator) && is_digit(after.get(1)));
    let began_before = match before {
        [.., last] if last.is_numeric() => true,
        [.., digit, last] => *last == separator && digit.is_numeric(),
        _ => false,
    };
    (!goes_on && !began_before).then_some(length)
}

/// Reads `10:30`, `10:30:15` or `10:30:15.123`: returns the length and the separator.
fn time(chars: &[char]) -> Option<(usize, char)> {
    let (hour, mut length) = integer(chars, 1..=2)?;
    let (minute, digits) = integer(chars.get(length..)?.strip_prefix(&[':'])?, 2..=2)?;
    length += 1 + digits;
    let second = chars[length..].strip_prefix(&[':']);
    if let Some((second, digits)) = second.and_then(|chars| integer(chars, 2..=2)) {
        if second > 60 {
            return None;
        }
        length += 1 + digits;
        if let ['.' | ',', rest @ ..] = &chars[length..]
            && let Some((_, digits)) = integer(rest, 1..=9)
        {
            length += 1 + digits;
        }
    }
    (hour <= 24 && minute <= 59).then_some((length, ':'))
}

/// Reads `2026-11-24`, `24.11.2026`, `24. 11. 2026` or `11/24/2026`: returns the length and the
/// separator.
fn date(chars: &[char]) -> Option<(usize, char)> {
    let (first, mut length) = integer(chars, 1..=4)?;
    let first_digits = length;
    let separator = *chars.get(length).filter(|c| "-./".contains(**c))?;
    let mut next = |digits| {
        let rest = chars.get(length..)?.strip_prefix(&[separator])?;
        let spaces = usize::from(separator == '.' && rest.first() == Some(&' '));
        let (value, digits) = integer(&rest[spaces..], digits)?;
        length += 1 + spaces + digits;
        Some((value, digits))
    };
    let (second, _) = next(1..=2)?;
    let (third, third_digits) = next(1..=4)?;
    let is_year = |value, digits| digits == 4 && (1900..2200).contains(&value);
    let is_day = |value, digits| digits <= 2 && (1..=31).contains(&value);
    let is_date = if is_year(first, first_digits) {
        (1..=12).contains(&second) && is_day(third, third_digits)
    } else {
        let is_in_a_year = is_day(first, first_digits) && is_day(second, 2);
        is_in_a_year && first.min(second) <= 12 && is_year(third, third_digits)
    };
    is_date.then_some((length, separator))
}

/// Reads an integer with an allowed count of digits: returns its value and the count.
fn integer(chars: &[char], digits: std::ops::RangeInclusive<usize>) -> Option<(u32, usize)> {
    let count = chars.iter().take_while(|c| c.is_numeric()).count();
    let values: Option<Vec<u32>> = chars[..count].iter().map(|c| digit_value(*c)).collect();
    let value = values?
        .iter()
        .take(9)
        .fold(0, |sum, digit| sum * 10 + digit);
    digits.contains(&count).then_some((value, count))
}

/// Returns the value of a decimal digit.
fn digit_value(digit: char) -> Option<u32> {
    let values = ZEROS.map(|zero| u32::from(digit).checked_sub(u32::from(zero)));
    values.into_iter().flatten().find(|value| *value < 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_and_control_characters_are_blanked() {
        let table = [
            ("call 07400123456 now", "call [removed] now"),
            ("call +44 7400 123456", "call +[removed]"),
            ("a\0b\nc\u{7f}", "a b c "),
            ("1234567", "[removed]"),
            ("x1234567 1", "x[removed] 1"),
            ("x1234567 12", "x[removed]"),
            ("(07400) 123456", "([removed]"),
            ("085-123-4567", "[removed]"),
            ("+44 (0) 7400 123456", "+[removed]"),
            ("+44 (0)7400 - 123 456!", "+[removed]!"),
            ("06.12.34.56.78", "[removed]"),
            ("06 12 34 56 78, 06 98 76 54 32", "[removed]"),
            ("0171/1234567", "[removed]"),
            ("030 – 12 34 5", "030 – 12 34 5"),
            ("030 – 12 34 56", "[removed]"),
            ("+49\u{a0}151\u{a0}234\u{a0}567", "+[removed]"),
            ("٠٧٤٠٠١٢٣٤٥٦", "[removed]"),
            ("０７４００　１２３４５６", "[removed]"),
            ("①②③④⑤⑥⑦", "[removed]"),
            ("07400\t123456", "[removed]"),
            ("07400\r\n123456", "[removed]"),
            // A number next to a date, or in the form of one.
            ("2026-11-24: 07400 123456", "2026-11-24: [removed]"),
            ("+44.7400.12.11.2034", "+[removed]"),
            ("07-12-2034-5678", "[removed]"),
            ("07:40:01:23:45", "[removed]"),
            ("20261124", "[removed]"),
            (
                "2026-11-24T10:30:00.1234567890Z",
                "2026-11-24T10:30:00.[removed]Z",
            ),
        ];
        for (written, expected) in table {
            assert_eq!(blank_numbers(written), expected, "{written:?}");
        }
    }

    #[test]
    fn dates_times_and_short_numbers_stay() {
        for written in [
            "",
            "lost phone",
            "ticket 4711",
            "on 2026-11-24, ticket 123456",
            "2026-11-24 10:30",
            "24.11.2026 10:30",
            "24. 11. 2026, 10:30:15",
            "11/24/2026 9:05",
            "2026-11-24T10:30:00Z",
            "2026-11-24T10:30:00.123456+01:00",
            "2026-11-24 10:30, 2026-11-25 11:30, 2026-11-26 12:30",
            "24.11.2026-30.11.2026",
            "10:30-11:30, 12:30-13:30",
            "ticket 4711 of 2026-11-24 10:30",
            "٢٠٢٦-١١-٢٤ ١٠:٣٠",
            "123456 and 123456",
            "1234 abc 5678",
            "12345678"[..6].to_owned().as_str(),
            "1 2 3 4 5 6 7 8",
            "room 12345,     desk 67890",
        ] {
            assert_eq!(blank_numbers(written), written, "{written:?}");
        }
    }

    /// Generates a number as people write one: groups of digits with separators.
    fn written() -> impl Strategy<Value = String> {
        let group = prop::collection::vec("[0-9٠-٩０-９]", 1..5).prop_map(|digits| digits.concat());
        // No colon, and no separator that makes a date of three groups.
        let between = prop::sample::select(vec!["", " ", " (", ") ", " – ", "\u{a0}", "_", " + "]);
        prop::collection::vec((group, between), 3..8)
            .prop_map(|groups| groups.into_iter().map(|(a, b)| a + b).collect::<String>())
            .prop_filter("long enough", |number| digits(number) >= IN_ALL)
    }

    fn digits(written: &str) -> usize {
        written.chars().filter(|c| c.is_numeric()).count()
    }

    proptest! {
        #[test]
        fn a_number_never_stays(number in written(), before in "[a-z ]{0,9}", after in "[a-z ]{0,9}") {
            let all = format!("{before}{number}{after}");
            prop_assert_eq!(digits(&blank_numbers(&all)), 0, "{}", all);
        }

        #[test]
        fn seven_consecutive_digits_never_stay(written in "[0-9a-c:./ -]{0,60}") {
            let blanked = blank_numbers(&written);
            let rows = blanked.split(|c: char| !c.is_numeric());
            // The fraction of a second may have nine.
            let longest = rows.map(str::len).max().unwrap_or(0);
            prop_assert!(longest < IN_A_ROW || written.contains(':'), "{} -> {}", written, blanked);
        }

        #[test]
        fn blanking_twice_changes_nothing_more(written in any::<String>()) {
            let blanked = blank_numbers(&written);
            prop_assert!(!blanked.contains(char::is_control));
            prop_assert_eq!(blank_numbers(&blanked), blanked.clone());
        }

        #[test]
        fn a_date_with_a_time_stays_next_to_another(
            year in 1900..2200, month in 1..13, day in 1..32, hour in 0..24, minute in 0..60,
            other in "[A-Za-z ,;]{0,9}",
        ) {
            let times = [
                format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"),
                format!("{day}.{month}.{year}, {hour}:{minute:02}"),
                format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}:59"),
            ];
            for time in times {
                let all = format!("{other} {time} - {time}; {other}");
                prop_assert_eq!(blank_numbers(&all), all);
            }
        }
    }
}
