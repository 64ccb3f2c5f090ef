//! The secret of an authenticator app that was set up elsewhere, as the app itself would take it.
//!
//! Apps read base32 (RFC 4648) generously: whatever its case, with spaces or hyphens between, with
//! padding or without, and they drop bits at the end that make no whole byte. Old systems made
//! secrets of 16 or 26 characters, of which three in four have such bits. Nothing is made of
//! digits that look like letters: a secret that was misread shows other codes than the app.

use zeroize::Zeroizing;

use crate::pasted;

/// RFC 4648, section 6.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Bytes of a secret: from 80 bits, the least that was in use, to 1,024.
const BYTES: std::ops::RangeInclusive<usize> = 10..=128;

/// Why a text is no secret. It shows nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSecret {
    /// It has other characters than base32.
    #[error("must be base32: letters, and digits from 2 to 7")]
    NotBase32,
    /// It is too short or too long.
    #[error("must have 80 to 1,024 bits: 16 to 205 characters of base32")]
    Length,
}

/// Reads a secret as an app does.
pub fn read(text: &str) -> Result<Zeroizing<Vec<u8>>, NoSecret> {
    let text = pasted::without_spaces_and_dashes(text);
    let text = text.trim_end_matches('=');
    let mut secret = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let mut bits: u32 = 0;
    let mut count = 0;
    for c in text.chars() {
        let place = ALPHABET
            .iter()
            .position(|known| char::from(*known) == c.to_ascii_uppercase());
        let value = u32::try_from(place.ok_or(NoSecret::NotBase32)?).expect("below 32");
        bits = (bits << 5) | value;
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
        .ok_or(NoSecret::Length)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE32, BASE32_NOPAD};
    use proptest::prelude::*;

    use super::*;
    use crate::pasted::tests::{DASHES, UNSEEN, strewn};

    fn bytes(text: &str) -> Result<Vec<u8>, NoSecret> {
        read(text).map(|secret| secret.to_vec())
    }

    #[test]
    fn secrets_of_other_systems_are_read() {
        let hello = b"Hello!\xde\xad\xbe\xef".to_vec();
        for text in [
            "JBSWY3DPEHPK3PXP",
            "jbswy3dpehpk3pxp",
            "JBSW Y3DP EHPK 3PXP",
            "jbsw-y3dp-ehpk-3pxp",
            " JBSWY3DPEHPK3PXP======\n",
            "\u{feff}JBSWY3DP\u{a0}EHPK3PXP",
        ] {
            assert_eq!(bytes(text), Ok(hello.clone()), "{text:?}");
        }
        // An old default of 26 characters: 16 bytes, and two bits that are dropped.
        let old = bytes("ABCDEFGHIJKLMNOPQRSTUVWXYZ").map(|secret| secret.len());
        assert_eq!(old, Ok(16));
        // Another one of 205: 128 bytes and one bit.
        assert_eq!(bytes(&"A".repeat(205)), Ok(vec![0; 128]));
        assert_eq!(bytes(&"7".repeat(205)), Ok(vec![255; 128]));
    }

    #[test]
    fn what_is_none_is_told_apart() {
        for text in [
            "JBSWY3DPEHPK3PX1",
            "JBSWY3DPEHPK3PXÉ",
            "JBSW_Y3DPEHPK3PXP",
            "JBSWY=DPEHPK3PXP",
        ] {
            assert_eq!(bytes(text), Err(NoSecret::NotBase32), "{text}");
        }
        for length in [0, 1, 15, 207, 4_000] {
            assert_eq!(
                bytes(&"A".repeat(length)),
                Err(NoSecret::Length),
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
                let signs = [&UNSEEN[..], &DASHES[..]].concat();
                (Just(secret.clone()), strewn(BASE32_NOPAD.encode(&secret), signs))
            }),
        ) {
            prop_assert_eq!(bytes(&written), Ok(secret.clone()));
            prop_assert_eq!(bytes(&written.to_lowercase()), Ok(secret.clone()));
            prop_assert_eq!(bytes(&BASE32.encode(&secret)), Ok(secret));
        }

        /// Any last bits: the last character may be any that begins with the bits of the byte.
        #[test]
        fn stray_last_bits_do_not_matter(secret in prop::collection::vec(any::<u8>(), 10..=128)) {
            let text = BASE32_NOPAD.encode(&secret);
            let stray = (5 - secret.len() * 8 % 5) % 5;
            let (rest, last) = text.split_at(text.len() - 1);
            let last = ALPHABET.iter().position(|known| known == &last.as_bytes()[0]);
            let last = last.expect("of the alphabet");
            for bits in 0..1 << stray {
                let text = format!("{rest}{}", char::from(ALPHABET[last | bits]));
                prop_assert_eq!(bytes(&text), Ok(secret.clone()));
            }
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
