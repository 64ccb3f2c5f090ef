//! Codes by text: six lower-case letters and digits, none that look alike, and the body of the
//! text.
//!
//! A code has at least one digit, since phones do not offer to fill in others.

use rand::CryptoRng;
use rand::seq::IndexedRandom;
use twofactor_contract::{Language, Secret, SessionId, UserKey};
use zeroize::Zeroizing;

use crate::catalogue::{Duration, Sentence};
use crate::keys::{Hash, HashPurpose};
use crate::{Keys, Limits, pasted};

/// Letters and digits without `l`, `o`, `0` and `1`.
pub const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Count of characters of a code. There are 32^6 codes less the 24^6 without a digit, and one try:
/// a guess succeeds once in 880 million.
const LENGTH: usize = 6;
/// Length of one GSM-7 segment, in septets (GSM 03.38).
const SEGMENT: usize = 160;

/// A code, as it is texted and entered.
pub struct Code(Zeroizing<String>);

/// An entry where a code was expected.
pub enum Entry {
    /// A well-formed code.
    Code(Code),
    /// It would be a code in lower case.
    UpperCase,
    /// It cannot be a code.
    Malformed,
}

impl Code {
    /// Generates a new code. Codes without a digit are discarded whole, so that all codes with a
    /// digit are equally likely.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        loop {
            let pick = |_| char::from(*ALPHABET.choose(rng).expect("the alphabet is not empty"));
            let code = Zeroizing::new((0..LENGTH).map(pick).collect::<String>());
            if code.bytes().any(|b| b.is_ascii_digit()) {
                return Self(code);
            }
        }
    }

    /// Reads an entry, ignoring white space and invisible characters. A code without a digit is
    /// well-formed too: an earlier release may have sent it minutes ago.
    pub fn parse(entered: &str) -> Entry {
        let entered = pasted::without_spaces(entered);
        if is_code(&entered) {
            Entry::Code(Self(entered))
        } else if is_code(&Zeroizing::new(entered.to_ascii_lowercase())) {
            Entry::UpperCase
        } else {
            Entry::Malformed
        }
    }

    /// Returns the keyed hash under which it is stored, bound to its user and login session.
    pub fn hash(&self, keys: &Keys, user: &UserKey, session: &SessionId) -> Hash {
        let parts = [
            user.tenant.as_str(),
            user.user.as_str(),
            session.as_str(),
            &self.0,
        ];
        keys.hash(HashPurpose::SmsCode, &parts)
    }

    /// Returns the body of the text that carries it. With `SMS_ORIGIN` its last line is
    /// origin-bound.
    pub fn text_body(&self, limits: &Limits, language: Language) -> Secret<String> {
        Secret::new(text_body(&self.0, limits, language))
    }
}

fn is_code(entered: &str) -> bool {
    entered.len() == LENGTH && entered.bytes().all(|b| ALPHABET.contains(&b))
}

fn text_body(code: &str, limits: &Limits, language: Language) -> String {
    let body = Sentence::TextBody {
        code: Secret::new(code.to_owned()),
        issuer: limits.issuer.clone(),
        lifetime: Duration::exact(limits.sms_code_ttl),
    };
    let body = body.in_language(language);
    match &limits.sms_origin {
        Some(host) => format!("{body}\n\n@{host} #{code}"),
        None => body,
    }
}

/// Returns whether the texts under these settings fit one GSM-7 segment in every language, so that
/// none is split or altered.
pub fn fits_one_segment(limits: &Limits) -> bool {
    Language::ALL.iter().all(|language| {
        let body = text_body("abc234", limits, *language);
        septets(&body).is_some_and(|septets| septets <= SEGMENT)
    })
}

/// Returns the length in septets; `None` if GSM-7 lacks a character.
fn septets(body: &str) -> Option<usize> {
    const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                         ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENDED: &str = "^{}\\[~]|€";
    body.chars().try_fold(0, |length, c| {
        if BASIC.contains(c) {
            Some(length + 1)
        } else {
            EXTENDED.contains(c).then_some(length + 2)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::keys::tests::seeded_rng;
    use crate::pasted::tests::{DASHES, INVISIBLE, interspersed};

    #[test]
    fn codes_are_lower_case_without_characters_that_look_alike() {
        assert_eq!(ALPHABET.len(), 32);
        for mistaken in b"lo01" {
            assert!(!ALPHABET.contains(mistaken));
        }
        let code = Code::generate(&mut seeded_rng());
        assert!(matches!(Code::parse(&code.0), Entry::Code(_)));
    }

    #[test]
    fn upper_case_is_told_from_a_malformed_code() {
        assert!(matches!(Code::parse("abc234"), Entry::Code(_)));
        assert!(matches!(Code::parse(" abc234\n"), Entry::Code(_)));
        assert!(matches!(Code::parse("abc 234"), Entry::Code(_)));
        assert!(matches!(Code::parse("abcdef"), Entry::Code(_)));
        for upper in ["ABC234", "Abc234"] {
            assert!(matches!(Code::parse(upper), Entry::UpperCase), "{upper}");
        }
        for wrong in [
            "",
            "abc23",
            "abc2345",
            "abc-234",
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
            text_body("abc234", &limits, Language::En),
            "abc234 is your Student CRM code. Good once, for 10 minutes. Never share it."
        );
        assert_eq!(
            text_body("abc234", &limits, Language::Cy),
            "abc234 yw eich cod Student CRM. Dilys unwaith, am 10 munud. Cadwch ef yn gyfrinachol."
        );
        limits.sms_origin = Some("crm.example".into());
        for language in Language::ALL {
            assert!(text_body("abc234", &limits, *language).ends_with("\n\n@crm.example #abc234"));
        }
        assert!(fits_one_segment(&limits));
        limits.issuer = "x".repeat(64);
        assert!(fits_one_segment(&limits));
        limits.issuer = "学生".into();
        assert!(!fits_one_segment(&limits));
        limits.issuer = "Prifysgol y Tŷ".into();
        assert!(!fits_one_segment(&limits), "GSM-7 lacks ŷ");
    }

    /// Generates issuers as the settings accept them: 1 to 64 characters, in GSM-7 and not.
    fn issuers() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9 .&'()-]{1,64}",
            "[àèìòùÄÖÑÜäöñüÉé£€{}a-z ]{1,64}",
            "[âêîôûŵŷ—’a-z ]{1,64}",
        ]
    }

    fn settings(issuer: String, seconds: u64, origin: Option<String>) -> Limits {
        let seconds = i64::try_from(seconds).expect("minutes");
        Limits {
            issuer,
            sms_code_ttl: jiff::SignedDuration::from_secs(seconds),
            sms_origin: origin,
            ..Limits::default()
        }
    }

    proptest! {
        #[test]
        fn every_code_has_a_digit_and_is_read_again(seed in any::<u64>()) {
            let code = Code::generate(&mut StdRng::seed_from_u64(seed)).0;
            prop_assert!(code.bytes().any(|b| b.is_ascii_digit()), "{}", *code);
            prop_assert!(matches!(Code::parse(&code), Entry::Code(_)));
            prop_assert!(matches!(
                Code::parse(&code.to_ascii_uppercase()),
                Entry::UpperCase | Entry::Code(_)
            ));
        }

        /// The settings accept an issuer by `fits_one_segment`, which tries one code.
        #[test]
        fn what_the_settings_allow_fits_one_segment_in_every_language(
            issuer in issuers(),
            seconds in 1..=600_u64,
            origin in prop::option::of("[a-z0-9]{1,40}(\\.[a-z0-9]{1,40}){0,3}"),
            seed in any::<u64>(),
        ) {
            let limits = settings(issuer.clone(), seconds, origin);
            let code = Code::generate(&mut StdRng::seed_from_u64(seed));
            let fits = fits_one_segment(&limits);
            for language in Language::ALL {
                let body = code.text_body(&limits, *language);
                let body = body.expose();
                prop_assert!(body.starts_with(code.0.as_str()) && body.contains(&issuer));
                if fits {
                    let length = septets(body);
                    prop_assert!(length.is_some_and(|septets| septets <= 160), "{}", body);
                }
            }
        }

        /// So no issuer is refused for its length alone, unless an origin is set too.
        #[test]
        fn every_plain_issuer_fits_beside_a_short_origin(
            issuer in "[a-zA-Z0-9 .&'()-]{1,64}",
            seconds in 1..=600_u64,
            origin in prop::option::of("[a-z0-9]{1,5}\\.uk"),
        ) {
            let limits = settings(issuer, seconds, origin);
            prop_assert!(fits_one_segment(&limits));
        }

        #[test]
        fn spaces_in_a_code_are_ignored(code in interspersed("abc234".to_owned(), INVISIBLE.to_vec())) {
            prop_assert!(matches!(Code::parse(&code), Entry::Code(_)), "{:?}", code);
        }

        #[test]
        fn a_dash_makes_a_code_malformed(at in 0..7_usize, dash in prop::sample::select(&DASHES[..])) {
            let mut code = "abc234".to_owned();
            code.insert(at, dash);
            prop_assert!(matches!(Code::parse(&code), Entry::Malformed), "{:?}", code);
        }
    }

    /// In 30,000 codes each character is as frequent at each position as the others of its kind.
    #[test]
    fn every_code_is_equally_likely() {
        let mut rng = seeded_rng();
        let mut counts = [[0_u32; 32]; LENGTH];
        for _ in 0..30_000 {
            let code = Code::generate(&mut rng);
            for (place, byte) in code.0.bytes().enumerate() {
                let at = ALPHABET.iter().position(|known| *known == byte);
                counts[place][at.expect("of the alphabet")] += 1;
            }
        }
        // With d of 32 digits: a letter stands at a place in (32^5 - 24^5) of (32^6 - 24^6) codes,
        // a digit in 32^5. Six standard deviations either side.
        let all = f64::from(32_u32.pow(6 - 1)) * 32.0 - f64::from(24_u32.pow(6));
        let letter = f64::from(32_u32.pow(5) - 24_u32.pow(5)) / all;
        let digit = f64::from(32_u32.pow(5)) / all;
        for (place, counts) in counts.iter().enumerate() {
            for (count, sign) in counts.iter().zip(ALPHABET) {
                let share = if sign.is_ascii_digit() { digit } else { letter };
                let expected = share * 30_000.0;
                let off = (f64::from(*count) - expected).abs();
                assert!(
                    off < 6.0 * expected.sqrt(),
                    "{} at {place}: {count}",
                    char::from(*sign)
                );
            }
        }
    }
}
