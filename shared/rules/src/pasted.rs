//! What people paste, read as they mean it: contacts, mail programs and messengers wrap numbers
//! and codes in spaces of all kinds and in signs that nobody sees.
//!
//! It drops such signs and judges nothing: what is left may still be no code and no number.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use zeroize::Zeroizing;

/// The text without white space and invisible format characters (Unicode Cf).
pub(crate) fn without_spaces(text: &str) -> Zeroizing<String> {
    keep(text, |c| !is_space(c))
}

/// The same, and without hyphens and dashes of any kind.
pub(crate) fn without_spaces_and_dashes(text: &str) -> Zeroizing<String> {
    keep(text, |c| !is_space(c) && !is_dash(c))
}

/// Made long enough at once, so that no copy of a secret stays behind in memory.
fn keep(text: &str, is_kept: impl Fn(char) -> bool) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.extend(text.chars().filter(|c| is_kept(*c)));
    kept
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.general_category() == GeneralCategory::Format
}

/// Unicode's dash punctuation (Pd), and what it counts elsewhere: the minus signs, which are
/// mathematical, the hyphen bullet and the swung dash.
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

    /// Spaces and signs that nobody sees, as real programs put them beside a number.
    pub(crate) const UNSEEN: [char; 22] = [
        ' ', '\t', '\n', '\r', '\u{a0}', '\u{ad}', '\u{61c}', '\u{180e}', '\u{2003}', '\u{2009}',
        '\u{200b}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{202a}', '\u{202c}',
        '\u{202f}', '\u{2060}', '\u{2066}', '\u{2069}', '\u{feff}',
    ];
    /// Hyphens and dashes.
    pub(crate) const DASHES: [char; 12] = [
        '-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}',
        '\u{2e3a}', '\u{fe58}', '\u{fe63}', '\u{ff0d}',
    ];

    /// A text with such signs strewn in, before, between and after its characters.
    pub(crate) fn strewn(text: String, signs: Vec<char>) -> impl Strategy<Value = String> {
        let length = text.chars().count() + 1;
        let gap = prop::collection::vec(prop::sample::select(signs), 0..3);
        prop::collection::vec(gap, length).prop_map(move |gaps| {
            let mut out: String = gaps[0].iter().collect();
            for (c, gap) in text.chars().zip(&gaps[1..]) {
                out.push(c);
                out.extend(gap);
            }
            out
        })
    }

    proptest! {
        #[test]
        fn what_nobody_sees_is_dropped_and_all_else_stays(
            strewn in strewn("Ab3.é+(/)".to_owned(), UNSEEN.to_vec())
        ) {
            let kept = without_spaces(&strewn);
            prop_assert_eq!(kept.as_str(), "Ab3.é+(/)");
        }

        #[test]
        fn dashes_are_dropped_where_they_mean_nothing(
            strewn in strewn("Ab3.é+(/)".to_owned(), [&UNSEEN[..], &DASHES[..]].concat())
        ) {
            let kept = without_spaces_and_dashes(&strewn);
            prop_assert_eq!(kept.as_str(), "Ab3.é+(/)");
        }
    }

    #[test]
    fn control_characters_letters_and_other_signs_stay() {
        for stays in ["\0", "\u{1b}", "_", "~", "·", "ー", "一", "\u{301}"] {
            assert_eq!(
                without_spaces_and_dashes(stays).as_str(),
                stays,
                "{stays:?}"
            );
        }
    }
}
