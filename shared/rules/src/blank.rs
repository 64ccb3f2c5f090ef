//! Free text of an administrator, without what can be a telephone number.
//!
//! A number is 7 or more digits in a row, or 9 or more with up to three signs other than letters
//! between one and the next, in whatever script: the trail is kept for longer than a number
//! should be. Dates and times of day are found first and stay. It knows no country: what nobody
//! can dial is blanked too.

use std::ops::Range;

const BLANK: &str = "[removed]";
/// Digits in a row that are blanked.
const IN_A_ROW: usize = 7;
/// Digits that are blanked where other signs stand between them.
const IN_ALL: usize = 9;
/// Signs between two digits of one number, at most.
const BETWEEN: usize = 3;
/// The noughts of the scripts in which a date is recognised.
const NOUGHTS: [char; 5] = ['0', '٠', '۰', '०', '０'];

/// The text with its control characters, and whatever can be a telephone number, blanked.
pub(crate) fn blank_numbers(text: &str) -> String {
    let signs = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let signs: Vec<char> = signs.collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for blank in numbers(&signs) {
        out.extend(&signs[at..blank.start]);
        out.push_str(BLANK);
        at = blank.end;
    }
    out.extend(&signs[at..]);
    out
}

/// Where the numbers are, in their order.
fn numbers(signs: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The places of the digits that may be one number.
    let mut run: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let moment = moment(signs, at);
        let is_digit = signs[at].is_numeric();
        let is_near = run.last().is_none_or(|last| at - last <= BETWEEN + 1);
        if moment.is_some() || (is_digit && !is_near) || (!is_digit && signs[at].is_alphabetic()) {
            found.extend(number(&run));
            run.clear();
        }
        if moment.is_none() && is_digit {
            run.push(at);
        }
        at += moment.unwrap_or(1);
    }
    found.extend(number(&run));
    found
}

/// The number that these digits are, if they are one: all of them, or those in a row.
fn number(run: &[usize]) -> Option<Range<usize>> {
    let span = |digits: &[usize]| Some(*digits.first()?..digits.last()? + 1);
    if run.len() >= IN_ALL {
        return span(run);
    }
    let mut rows = run.chunk_by(|one, next| one + 1 == *next);
    rows.find(|row| row.len() >= IN_A_ROW).and_then(span)
}

/// The length of the date or the time of day that begins there and is no part of more digits.
fn moment(signs: &[char], at: usize) -> Option<usize> {
    let (before, here) = signs.split_at(at);
    let (length, sign) = time(here).or_else(|| date(here))?;
    let is_digit = |c: Option<&char>| c.is_some_and(|c| c.is_numeric());
    let after = &here[length..];
    let goes_on =
        is_digit(after.first()) || (after.first() == Some(&sign) && is_digit(after.get(1)));
    let began_before = match before {
        [.., last] if last.is_numeric() => true,
        [.., digit, last] => *last == sign && digit.is_numeric(),
        _ => false,
    };
    (!goes_on && !began_before).then_some(length)
}

/// `10:30`, `10:30:15` or `10:30:15.123`, and the sign between its parts.
fn time(signs: &[char]) -> Option<(usize, char)> {
    let (hour, mut length) = figure(signs, 1..=2)?;
    let (minute, digits) = figure(signs.get(length..)?.strip_prefix(&[':'])?, 2..=2)?;
    length += 1 + digits;
    let second = signs[length..].strip_prefix(&[':']);
    if let Some((second, digits)) = second.and_then(|signs| figure(signs, 2..=2)) {
        if second > 60 {
            return None;
        }
        length += 1 + digits;
        if let ['.' | ',', rest @ ..] = &signs[length..]
            && let Some((_, digits)) = figure(rest, 1..=9)
        {
            length += 1 + digits;
        }
    }
    (hour <= 24 && minute <= 59).then_some((length, ':'))
}

/// `2026-11-24`, `24.11.2026`, `24. 11. 2026` or `11/24/2026`, and the sign between its parts.
fn date(signs: &[char]) -> Option<(usize, char)> {
    let (first, mut length) = figure(signs, 1..=4)?;
    let first_digits = length;
    let sign = *signs.get(length).filter(|sign| "-./".contains(**sign))?;
    let mut next = |digits| {
        let rest = signs.get(length..)?.strip_prefix(&[sign])?;
        let spaces = usize::from(sign == '.' && rest.first() == Some(&' '));
        let (figure, digits) = figure(&rest[spaces..], digits)?;
        length += 1 + spaces + digits;
        Some((figure, digits))
    };
    let (second, _) = next(1..=2)?;
    let (third, third_digits) = next(1..=4)?;
    let is_year = |figure, digits| digits == 4 && (1900..2200).contains(&figure);
    let is_day = |figure, digits| digits <= 2 && (1..=31).contains(&figure);
    let is_date = if is_year(first, first_digits) {
        (1..=12).contains(&second) && is_day(third, third_digits)
    } else {
        let is_in_a_year = is_day(first, first_digits) && is_day(second, 2);
        is_in_a_year && first.min(second) <= 12 && is_year(third, third_digits)
    };
    is_date.then_some((length, sign))
}

/// The whole number that stands there, if it has so many digits, and how many it has.
fn figure(signs: &[char], digits: std::ops::RangeInclusive<usize>) -> Option<(u32, usize)> {
    let count = signs.iter().take_while(|c| c.is_numeric()).count();
    let values: Option<Vec<u32>> = signs[..count].iter().map(|c| value(*c)).collect();
    let figure = values?
        .iter()
        .take(9)
        .fold(0, |sum, value| sum * 10 + value);
    digits.contains(&count).then_some((figure, count))
}

/// The value of a decimal digit.
fn value(digit: char) -> Option<u32> {
    let values = NOUGHTS.map(|nought| u32::from(digit).checked_sub(u32::from(nought)));
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
            // A number beside a date, or dressed as one.
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
        for (text, expected) in table {
            assert_eq!(blank_numbers(text), expected, "{text:?}");
        }
    }

    #[test]
    fn dates_times_and_short_numbers_stay() {
        for text in [
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
            assert_eq!(blank_numbers(text), text, "{text:?}");
        }
    }

    /// A number as people write one: groups of digits, and what stands between them.
    fn written() -> impl Strategy<Value = String> {
        let group = prop::collection::vec("[0-9٠-٩０-９]", 1..5).prop_map(|digits| digits.concat());
        // No colon, and no sign that makes a date of three groups.
        let between = prop::sample::select(vec!["", " ", " (", ") ", " – ", "\u{a0}", "_", " + "]);
        prop::collection::vec((group, between), 3..8)
            .prop_map(|groups| groups.into_iter().map(|(a, b)| a + b).collect::<String>())
            .prop_filter("long enough", |number| digits(number) >= IN_ALL)
    }

    fn digits(text: &str) -> usize {
        text.chars().filter(|c| c.is_numeric()).count()
    }

    proptest! {
        #[test]
        fn a_number_never_stays(number in written(), before in "[a-z ]{0,9}", after in "[a-z ]{0,9}") {
            let text = format!("{before}{number}{after}");
            prop_assert_eq!(digits(&blank_numbers(&text)), 0, "{}", text);
        }

        #[test]
        fn seven_digits_in_a_row_never_stay(text in "[0-9a-c:./ -]{0,60}") {
            let blanked = blank_numbers(&text);
            let rows = blanked.split(|c: char| !c.is_numeric());
            // The fraction of a second may have nine.
            let longest = rows.map(str::len).max().unwrap_or(0);
            prop_assert!(longest < IN_A_ROW || text.contains(':'), "{} -> {}", text, blanked);
        }

        #[test]
        fn any_text_is_read_and_read_again_alike(text in any::<String>()) {
            let blanked = blank_numbers(&text);
            prop_assert!(!blanked.contains(char::is_control));
            prop_assert_eq!(blank_numbers(&blanked), blanked.clone());
        }

        #[test]
        fn a_moment_stays_beside_others(
            year in 1900..2200, month in 1..13, day in 1..32, hour in 0..24, minute in 0..60,
            other in "[A-Za-z ,;]{0,9}",
        ) {
            let times = [
                format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"),
                format!("{day}.{month}.{year}, {hour}:{minute:02}"),
                format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}:59"),
            ];
            for time in times {
                let text = format!("{other} {time} - {time}; {other}");
                prop_assert_eq!(blank_numbers(&text), text);
            }
        }
    }
}
