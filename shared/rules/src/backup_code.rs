//! Backup codes: look-up secrets of 80 random bits (NIST SP 800-63B), each valid once.

use data_encoding::{Encoding, Specification};
use rand::CryptoRng;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use twofactor_contract::Secret;
use twofactor_contract::enrollment::BackupCodes;
use zeroize::Zeroizing;

use crate::user::{BackupCode, BackupSet};
use crate::{Keys, Limits, pasted};

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 16;

static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str(ALPHABET);
    specification.encoding().expect("Crockford's alphabet")
});

/// A code in its one canonical form: 16 characters, no hyphens.
pub struct Code(Zeroizing<String>);

impl Code {
    /// Reads an entry: case, spaces and dashes do not matter, O is read as 0, I and L as 1.
    pub fn parse(entered: &str) -> Option<Self> {
        let plain = pasted::without_spaces_and_dashes(entered);
        let mut canonical = Zeroizing::new(String::with_capacity(plain.len()));
        canonical.extend(plain.chars().map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        }));
        let is_valid = canonical.len() == LENGTH && canonical.chars().all(|c| ALPHABET.contains(c));
        is_valid.then_some(Self(canonical))
    }
}

/// The verdict on a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is valid; the code at this index must be spent.
    Holds {
        /// Index in the set.
        index: usize,
    },
    /// It was accepted before.
    Used,
    /// It is not in the set.
    Wrong,
}

/// Judges a code.
pub fn judge(set: &BackupSet, code: &Code, keys: &Keys) -> Judgement {
    let hash = keys.hash_backup_code(&set.salt, &code.0);
    let found = set
        .codes
        .iter()
        .position(|code| code.hash.ct_eq(&hash).into());
    match found {
        Some(index) if set.codes[index].spent => Judgement::Used,
        Some(index) => Judgement::Holds { index },
        None => Judgement::Wrong,
    }
}

/// Makes a new set, and its codes in groups of four characters for the person.
pub fn issue(keys: &Keys, rng: &mut dyn CryptoRng) -> (BackupSet, Secret<BackupCodes>) {
    let mut set = BackupSet {
        salt: [0; 16],
        codes: Vec::new(),
    };
    rng.fill_bytes(&mut set.salt);
    let mut backup_codes = Vec::new();
    while backup_codes.len() < Limits::BACKUP_CODES {
        let mut bits = Zeroizing::new([0; 10]);
        rng.fill_bytes(bits.as_mut());
        let code = Zeroizing::new(CROCKFORD.encode(bits.as_ref()));
        set.codes.push(BackupCode {
            hash: keys.hash_backup_code(&set.salt, &code),
            spent: false,
        });
        backup_codes.push([&code[..4], &code[4..8], &code[8..12], &code[12..]].join("-"));
    }
    (set, Secret::new(BackupCodes { backup_codes }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::tests::{keys, seeded_rng};
    use crate::pasted::tests::{DASHES, INVISIBLE, interspersed};

    #[test]
    fn a_set_has_ten_different_codes_and_each_is_found() {
        let keys = keys();
        let (set, shown) = issue(&keys, &mut seeded_rng());
        let unique: std::collections::BTreeSet<_> = shown.expose().backup_codes.iter().collect();
        assert_eq!(unique.len(), 10);
        for (index, entered) in shown.expose().backup_codes.iter().enumerate() {
            assert_eq!(entered.len(), 19);
            let code = Code::parse(entered).expect("a code");
            assert_eq!(judge(&set, &code, &keys), Judgement::Holds { index });
        }
    }

    #[test]
    fn a_spent_code_is_told_from_a_wrong_one() {
        let keys = keys();
        let (mut set, shown) = issue(&keys, &mut seeded_rng());
        set.codes[3].spent = true;
        let code = Code::parse(&shown.expose().backup_codes[3]).expect("a code");
        assert_eq!(judge(&set, &code, &keys), Judgement::Used);
        let other = Code::parse("0000-0000-0000-0000").expect("a code");
        assert_eq!(judge(&set, &other, &keys), Judgement::Wrong);
    }

    #[test]
    fn people_may_write_a_code_as_they_read_it() {
        let canonical = |entered| Code::parse(entered).map(|code| code.0.to_string());
        assert_eq!(
            canonical(" oiL0-abcd 2345 6789\n"),
            Some("0110ABCD23456789".into())
        );
        // As a mail program writes it, with non-breaking hyphens.
        assert_eq!(
            canonical("\u{202a}0110\u{2010}ABCD\u{2011}2345\u{2212}6789\u{202c}"),
            Some("0110ABCD23456789".into())
        );
        for wrong in [
            "",
            "0110-ABCD-2345-678",
            "0110_ABCD_2345_6789",
            "０１１０ABCD23456789",
            "0110-ABCD-2345-678U",
            "0110ABCD2345678é",
        ] {
            assert_eq!(canonical(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_code_is_read_with_anything_invisible_in_it(
            code in "[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{16}".prop_flat_map(|code| {
                (Just(code.clone()), interspersed(code, [&INVISIBLE[..], &DASHES[..]].concat()))
            })
        ) {
            let (code, interspersed) = code;
            let read = Code::parse(&interspersed).map(|code| code.0.to_string());
            prop_assert_eq!(read, Some(code.to_ascii_uppercase()));
        }
    }
}
