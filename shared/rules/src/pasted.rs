//! Pasted entries: contacts, mail programs and messengers surround numbers and codes with spaces of
//! all kinds and with invisible characters.
//!
//! It drops such characters and judges nothing: the rest may still be no code and no number.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use zeroize::Zeroizing;

/// Returns an entry without white space and invisible format characters (Unicode Cf).
pub(crate) fn without_spaces(entered: &str) -> Zeroizing<String> {
    keep(entered, |c| !is_space(c))
}

/// Returns an entry without these, and without hyphens and dashes of any kind.
pub(crate) fn without_spaces_and_dashes(entered: &str) -> Zeroizing<String> {
    keep(entered, |c| !is_space(c) && !is_dash(c))
}

/// Keeps some characters. The string is allocated at its full size, so that growing leaves no copy
/// of a secret in memory.
fn keep(entered: &str, is_kept: impl Fn(char) -> bool) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(entered.len()));
    kept.extend(entered.chars().filter(|c| is_kept(*c)));
    kept
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.general_category() == GeneralCategory::Format
}

/// Returns whether it is in Unicode's dash punctuation (Pd), or a dash of another category: the
/// minus signs, the hyphen bullet and the swung dash.
fn is_dash(c: char) -> bool {
    c.general_category() == GeneralCategory::DashPunctuation
        || matches!(
            c,
            '\u{2212}' | '\u{207B}' | '\u{208B}' | '\u{2043}' | '\u{2053}' | '\u{02D7}'
        )
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Spaces and invisible characters, as real programs add them to a number.
    pub(crate) const INVISIBLE: [char; 22] = [
        ' ', '\t', '\n', '\r', '\u{a0}', '\u{ad}', '\u{61c}', '\u{180e}', '\u{2003}', '\u{2009}',
        '\u{200b}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{202a}', '\u{202c}',
        '\u{202f}', '\u{2060}', '\u{2066}', '\u{2069}', '\u{feff}',
    ];
    /// Hyphens and dashes.
    pub(crate) const DASHES: [char; 12] = [
        '-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}',
        '\u{2e3a}', '\u{fe58}', '\u{fe63}', '\u{ff0d}',
    ];

    /// Generates a string with such characters inserted before, between and after its own.
    pub(crate) fn interspersed(string: String, added: Vec<char>) -> impl Strategy<Value = String> {
        let length = string.chars().count() + 1;
        let gap = prop::collection::vec(prop::sample::select(added), 0..3);
        prop::collection::vec(gap, length).prop_map(move |gaps| {
            let mut out: String = gaps[0].iter().collect();
            for (c, gap) in string.chars().zip(&gaps[1..]) {
                out.push(c);
                out.extend(gap);
            }
            out
        })
    }

    proptest! {
        #[test]
        fn invisible_characters_are_dropped_and_all_others_stay(
            interspersed in interspersed("Ab3.é+(/)".to_owned(), INVISIBLE.to_vec())
        ) {
            let kept = without_spaces(&interspersed);
            prop_assert_eq!(kept.as_str(), "Ab3.é+(/)");
        }

        #[test]
        fn dashes_are_dropped_if_asked(
            interspersed in interspersed("Ab3.é+(/)".to_owned(), [&INVISIBLE[..], &DASHES[..]].concat())
        ) {
            let kept = without_spaces_and_dashes(&interspersed);
            prop_assert_eq!(kept.as_str(), "Ab3.é+(/)");
        }
    }

    #[test]
    fn control_characters_letters_and_other_characters_stay() {
        for stays in ["\0", "\u{1b}", "_", "~", "·", "ー", "一", "\u{301}"] {
            assert_eq!(
                without_spaces_and_dashes(stays).as_str(),
                stays,
                "{stays:?}"
            );
        }
    }
}
