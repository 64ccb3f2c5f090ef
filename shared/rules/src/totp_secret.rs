//! The secret of an authenticator app that was set up in another system, read as the app itself
//! reads it.
//!
//! Apps read base32 (RFC 4648) leniently: in any case, with spaces or hyphens, with or without
//! padding, and they drop trailing bits that do not fill a byte. Old systems made secrets of 16 or
//! 26 characters; of those of 26, three in four have such bits set. Digits that look like letters
//! are not corrected: a misread secret would show other codes than the app.

use zeroize::Zeroizing;

use crate::pasted;

/// The alphabet of base32 (RFC 4648, section 6).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Length of a secret, in bytes: from 80 bits, the shortest that was in use, to 1,024 bits.
const BYTES: std::ops::RangeInclusive<usize> = 10..=128;

/// The reason why a value is not a secret. It shows nothing of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// It has other characters than base32.
    #[error("must be base32: letters, and digits from 2 to 7")]
    NotBase32,
    /// It is too short or too long.
    #[error("must have 80 to 1,024 bits: 16 to 205 characters of base32")]
    Length,
}

/// Reads a secret as an app does.
pub fn read(value: &str) -> Result<Zeroizing<Vec<u8>>, InvalidSecret> {
    let base32 = pasted::without_spaces_and_dashes(value);
    let base32 = base32.trim_end_matches('=');
    let mut secret = Zeroizing::new(Vec::with_capacity(base32.len() * 5 / 8));
    let mut bits: u32 = 0;
    let mut count = 0;
    for c in base32.chars() {
        let place = ALPHABET
            .iter()
            .position(|known| char::from(*known) == c.to_ascii_uppercase());
        let digit = u32::try_from(place.ok_or(InvalidSecret::NotBase32)?).expect("below 32");
        bits = (bits << 5) | digit;
        count += 5;
        if count >= 8 {
            count -= 8;
            secret.push(u8::try_from(bits >> count).expect("8 bits are left"));
            bits &= (1 << count) - 1;
        }
    }
    BYTES
        .contains(&secret.len())
        .then_some(secret)
        .ok_or(InvalidSecret::Length)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE32, BASE32_NOPAD};
    use proptest::prelude::*;

    use super::*;
    use crate::pasted::tests::{DASHES, INVISIBLE, interspersed};

    fn bytes(value: &str) -> Result<Vec<u8>, InvalidSecret> {
        read(value).map(|secret| secret.to_vec())
    }

    #[test]
    fn secrets_of_other_systems_are_read() {
        let hello = b"Hello!\xde\xad\xbe\xef".to_vec();
        for value in [
            "JBSWY3DPEHPK3PXP",
            "jbswy3dpehpk3pxp",
            "JBSW Y3DP EHPK 3PXP",
            "jbsw-y3dp-ehpk-3pxp",
            " JBSWY3DPEHPK3PXP======\n",
            "\u{feff}JBSWY3DP\u{a0}EHPK3PXP",
        ] {
            assert_eq!(bytes(value), Ok(hello.clone()), "{value:?}");
        }
        // An old default of 26 characters: 16 bytes, and two bits that are dropped.
        let old = bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ").map(|secret| secret.len());
        assert_eq!(old, Ok(16));
        // Another one of 205: 128 bytes and one bit.
        assert_eq!(bytes(&"A".repeat(205)), Ok(vec![0; 128]));
        assert_eq!(bytes(&"7".repeat(205)), Ok(vec![255; 128]));
    }

    #[test]
    fn what_is_not_a_secret_is_refused_with_its_reason() {
        for value in [
            "JBSWY3DPEHPK3PX1",
            "JBSWY3DPEHPK3PXÉ",
            "JBSW_Y3DPEHPK3PXP",
            "JBSWY=DPEHPK3PXP",
        ] {
            assert_eq!(bytes(value), Err(InvalidSecret::NotBase32), "{value}");
        }
        for length in [0, 1, 15, 207, 4_000] {
            assert_eq!(
                bytes(&"A".repeat(length)),
                Err(InvalidSecret::Length),
                "{length}"
            );
        }
        for length in [16, 17, 204, 205, 206] {
            assert!(bytes(&"A".repeat(length)).is_ok(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn a_secret_is_the_same_however_it_is_written(
            (secret, written) in prop::collection::vec(any::<u8>(), 10..=128).prop_flat_map(|secret| {
                let signs = [&INVISIBLE[..], &DASHES[..]].concat();
                (Just(secret.clone()), interspersed(BASE32_NOPAD.encode(&secret), signs))
            }),
        ) {
            prop_assert_eq!(bytes(&written), Ok(secret.clone()));
            prop_assert_eq!(bytes(&written.to_lowercase()), Ok(secret.clone()));
            prop_assert_eq!(bytes(&BASE32.encode(&secret)), Ok(secret));
        }

        /// Trailing bits do not matter: the last character may be any one that starts with the bits
        /// of the last byte.
        #[test]
        fn stray_last_bits_do_not_matter(secret in prop::collection::vec(any::<u8>(), 10..=128)) {
            let base32 = BASE32_NOPAD.encode(&secret);
            let stray_bits = (5 - secret.len() * 8 % 5) % 5;
            let (rest, last) = base32.split_at(base32.len() - 1);
            let last = ALPHABET.iter().position(|known| known == &last.as_bytes()[0]);
            let last = last.expect("of the alphabet");
            for bits in 0..1 << stray_bits {
                let stray = format!("{rest}{}", char::from(ALPHABET[last | bits]));
                prop_assert_eq!(bytes(&stray), Ok(secret.clone()));
            }
        }

        #[test]
        fn no_value_panics(value in any::<String>()) {
            let _ = read(&value);
        }
    }
}
