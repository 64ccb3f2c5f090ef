//! Codes by text: six lower-case letters and digits, none that look alike, and the text itself.

use rand::CryptoRng;
use rand::seq::IndexedRandom;
use twofactor_contract::{Secret, SessionId, UserKey};
use zeroize::Zeroizing;

use crate::keys::{Hash, Hashed};
use crate::{Keys, Limits};

/// Letters and digits without `l`, `o`, `0` and `1`.
pub const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a code: 32^6 and one try make a guess worth one in a thousand million.
const LENGTH: usize = 6;
/// Septets of one GSM-7 segment (GSM 03.38).
const SEGMENT: usize = 160;

/// A code, as it is texted and entered.
pub struct Code(Zeroizing<String>);

/// What was entered where a code was expected.
pub enum Entry {
    /// A well-formed code.
    Code(Code),
    /// It would be one in lower case.
    UpperCase,
    /// It cannot be one.
    Malformed,
}

impl Code {
    /// A new code.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let pick = |_| char::from(*ALPHABET.choose(rng).expect("the alphabet is not empty"));
        Self(Zeroizing::new((0..LENGTH).map(pick).collect()))
    }

    /// Reads what a person entered; white space around it is no part of it.
    pub fn parse(entered: &str) -> Entry {
        let entered = entered.trim();
        let is_code =
            |text: &str| text.len() == LENGTH && text.bytes().all(|b| ALPHABET.contains(&b));
        if is_code(entered) {
            Entry::Code(Self(Zeroizing::new(entered.to_owned())))
        } else if is_code(&Zeroizing::new(entered.to_ascii_lowercase())) {
            Entry::UpperCase
        } else {
            Entry::Malformed
        }
    }

    /// The keyed hash under which it rests, bound to its user and session.
    pub fn hash(&self, keys: &Keys, user: &UserKey, session: &SessionId) -> Hash {
        let parts = [
            user.tenant.as_str(),
            user.user.as_str(),
            session.as_str(),
            &self.0,
        ];
        keys.hash(Hashed::SmsCode, &parts)
    }

    /// The text that carries it. With `SMS_ORIGIN` its last line is origin-bound.
    pub fn text(&self, limits: &Limits) -> Secret<String> {
        Secret::new(text(&self.0, limits))
    }
}

fn text(code: &str, limits: &Limits) -> String {
    let minutes = limits.sms_code_ttl.as_secs() / 60;
    let issuer = &limits.issuer;
    let text =
        format!("{code} is your {issuer} code. Good once, for {minutes} minutes. Never share it.");
    match &limits.sms_origin {
        Some(host) => format!("{text}\n\n@{host} #{code}"),
        None => text,
    }
}

/// Whether the texts of these settings fit one GSM-7 segment, so that none is split or mangled.
pub fn fits_one_segment(limits: &Limits) -> bool {
    septets(&text("abc234", limits)).is_some_and(|septets| septets <= SEGMENT)
}

/// The length in septets, or `None` where GSM-7 lacks a character.
fn septets(text: &str) -> Option<usize> {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                         ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENDED: &str = "^{}\\[~]|€";
    text.chars().try_fold(0, |length, c| {
        if BASIC.contains(c) {
            Some(length + 1)
        } else {
            EXTENDED.contains(c).then_some(length + 2)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::chance;

    #[test]
    fn codes_are_lower_case_and_hold_nothing_that_looks_alike() {
        assert_eq!(ALPHABET.len(), 32);
        for mistaken in b"lo01" {
            assert!(!ALPHABET.contains(mistaken));
        }
        let code = Code::generate(&mut chance());
        assert!(matches!(Code::parse(&code.0), Entry::Code(_)));
    }

    #[test]
    fn upper_case_is_told_from_nonsense() {
        assert!(matches!(Code::parse("abc234"), Entry::Code(_)));
        assert!(matches!(Code::parse(" abc234\n"), Entry::Code(_)));
        for upper in ["ABC234", "Abc234"] {
            assert!(matches!(Code::parse(upper), Entry::UpperCase), "{upper}");
        }
        for wrong in [
            "",
            "abc23",
            "abc2345",
            "abc 234",
            "abc10o",
            "ａｂｃ２３４",
            "ab\x00234",
        ] {
            assert!(matches!(Code::parse(wrong), Entry::Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn the_text_begins_with_the_code_names_the_issuer_and_fits_a_segment() {
        let mut limits = Limits::default();
        assert_eq!(
            text("abc234", &limits),
            "abc234 is your Student CRM code. Good once, for 10 minutes. Never share it."
        );
        limits.sms_origin = Some("crm.example".into());
        assert!(text("abc234", &limits).ends_with("\n@crm.example #abc234"));
        assert!(fits_one_segment(&limits));
        limits.issuer = "x".repeat(64);
        assert!(fits_one_segment(&limits));
        limits.issuer = "学生".into();
        assert!(!fits_one_segment(&limits));
    }
}
