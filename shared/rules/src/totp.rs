//! Codes of an authenticator app: RFC 6238 with SHA-1, 6 digits and steps of 30 seconds.
//!
//! A verdict says which step matched, since that step must be spent, and by how many steps a wrong
//! code is off, since the person can set a clock right.

use std::collections::BTreeSet;
use std::iter::once;

use jiff::Timestamp;
use rand::CryptoRng;
use totp_rs::{Builder, Totp};
use twofactor_contract::Secret;
use twofactor_contract::enrollment::PendingSecrets;
use zeroize::Zeroizing;

use crate::pasted;

/// Length of a step, in seconds (RFC 6238, section 4.1: X).
pub const STEP: i64 = 30;
/// Steps on either side at which a code is valid (RFC 6238, section 5.2).
const WINDOW: i64 = 1;
/// Steps on either side within which a wrong code points to a clock that is off.
const DRIFT: i64 = 10;
/// Length of a secret, in bytes: 160 bits, the output of SHA-1 (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
/// Maximum length of a URI in a QR picture of version 25 at level M, in bytes (ISO/IEC 18004, table
/// 7). Many phones cannot read a denser picture from a screen.
const PICTURE_BYTES: usize = 997;

/// Six digits, as an app shows them.
pub struct Code(Zeroizing<String>);

impl Code {
    /// Reads an entry, ignoring spaces and dashes; `None` if it cannot be a code.
    pub fn parse(entered: &str) -> Option<Self> {
        let digits = pasted::without_spaces_and_dashes(entered);
        (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(Self(digits))
    }
}

/// The verdict on a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is valid; this step must be spent.
    Holds {
        /// The step: Unix time divided by 30 s.
        step: i64,
        /// Offset from the time of judging, in steps: -1, 0 or 1.
        offset: i8,
    },
    /// It is the code of a step near by, and was accepted before: for this step, or for another with
    /// the same digits.
    Used {
        /// Offset from the time of judging, in steps from -10 to 10.
        offset: i8,
    },
    /// It is the code of another step near by, and was not accepted: the phone's clock is off.
    Off {
        /// Offset in steps, from -10 to 10; positive if the phone's clock is ahead.
        offset: i8,
    },
    /// It is not the code of any step near by.
    Wrong,
}

/// Judges a code at a time. `spent` are the steps near it that were accepted.
///
/// Two steps may have the same digits. An observer of the first could send them again, so they are
/// not accepted for any step while a step with these digits is spent.
pub fn judge(secret: &[u8], code: &Code, at: Timestamp, spent: &BTreeSet<i64>) -> Judgement {
    let generator = builder(secret).build_noncompliant();
    let now = step_at(at);
    let matches = |step: i64| {
        let time = u64::try_from(step * STEP).ok();
        time.is_some_and(|time| generator.check(&code.0, time).is_some())
    };
    let nearest_first = once(0).chain((1..=DRIFT).flat_map(|steps| [-steps, steps]));
    let mut offsets = nearest_first.filter_map(|steps| i8::try_from(steps).ok());
    match offsets.find(|offset| matches(now + i64::from(*offset))) {
        None => Judgement::Wrong,
        Some(offset) if spent.iter().any(|step| matches(*step)) => Judgement::Used { offset },
        Some(offset) if i64::from(offset).abs() <= WINDOW => Judgement::Holds {
            step: now + i64::from(offset),
            offset,
        },
        Some(offset) => Judgement::Off { offset },
    }
}

/// Returns the step at a time.
pub fn step_at(at: Timestamp) -> i64 {
    at.as_second().div_euclid(STEP)
}

/// Returns the oldest step that could still match a code of an event, with an hour to spare.
pub fn oldest_worth_keeping(now: Timestamp, event_max_age: jiff::SignedDuration) -> i64 {
    step_at(now - event_max_age) - WINDOW - 120
}

/// Generates a new secret.
pub fn new_secret(rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(vec![0; SECRET_BYTES]);
    rng.fill_bytes(&mut secret);
    secret
}

/// Returns whether a new secret's URI with these names fits a picture that phones can read.
pub fn fits_a_picture(issuer: &str, account: &str) -> bool {
    uri(&app(&[0; SECRET_BYTES], issuer, account)).len() <= PICTURE_BYTES
}

/// Returns a new secret in the forms that apps accept. The names must pass [`fits_a_picture`].
pub fn provision(secret: &[u8], issuer: &str, account: &str) -> Secret<PendingSecrets> {
    let app = app(secret, issuer, account);
    let qr_png = app
        .to_qr_base64()
        .expect("a URI far below the largest picture's 2,331 bytes");
    Secret::new(PendingSecrets {
        otpauth_uri: uri(&app).to_string(),
        secret: app.secret().to_base32(),
        qr_png,
    })
}

fn app(secret: &[u8], issuer: &str, account: &str) -> Totp {
    builder(secret)
        .with_issuer(Some(issuer))
        .with_account_name(account)
        .build_noncompliant()
}

fn uri(app: &Totp) -> Zeroizing<String> {
    Zeroizing::new(app.to_url().expect("names without a colon make a URI"))
}

/// Returns a builder for SHA-1, 6 digits and 30 s, without skew, since each step is judged and
/// spent by itself.
fn builder(secret: &[u8]) -> Builder {
    Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(0)
        .with_secret(secret.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RFC_SECRET: &[u8] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    fn code(digits: &str) -> Code {
        Code::parse(digits).expect("six digits")
    }

    /// RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        for (second, digits) in VECTORS {
            let judged = judge(RFC_SECRET, &code(digits), at(second), &BTreeSet::new());
            assert_eq!(
                judged,
                Judgement::Holds {
                    step: second / 30,
                    offset: 0
                },
                "{second}"
            );
        }
    }

    #[test]
    fn one_step_either_side_is_valid_and_ten_point_to_a_clock() {
        let (second, digits) = VECTORS[3];
        for steps in -12..=12_i8 {
            let judged = judge(
                RFC_SECRET,
                &code(digits),
                at(second - 30 * i64::from(steps)),
                &BTreeSet::new(),
            );
            let expected = match steps {
                -1..=1 => Judgement::Holds {
                    step: second / 30,
                    offset: steps,
                },
                -10..=10 => Judgement::Off { offset: steps },
                _ => Judgement::Wrong,
            };
            assert_eq!(judged, expected, "{steps} steps");
        }
    }

    #[test]
    fn a_spent_step_is_told_from_a_wrong_code() {
        let (second, digits) = VECTORS[3];
        let spent = BTreeSet::from([second / 30]);
        assert_eq!(
            judge(RFC_SECRET, &code(digits), at(second), &spent),
            Judgement::Used { offset: 0 }
        );
        assert_eq!(
            judge(RFC_SECRET, &code("000000"), at(second), &spent),
            Judgement::Wrong
        );
        // Also where it would no longer be valid: that is no matter of a clock.
        for (steps, expected) in [
            (3, Judgement::Used { offset: -3 }),
            (10, Judgement::Used { offset: -10 }),
            (11, Judgement::Wrong),
        ] {
            let later = at(second + 30 * steps);
            let judged = judge(RFC_SECRET, &code(digits), later, &spent);
            assert_eq!(judged, expected, "{steps} steps later");
        }
    }

    #[test]
    fn spaces_are_dropped_and_only_ascii_digits_are_digits() {
        assert!(Code::parse(" 123 456\n").is_some());
        assert!(Code::parse("\u{200e}123\u{2011}456\u{feff}").is_some());
        for wrong in [
            "",
            "12345",
            "1234567",
            "12345a",
            "١٢٣٤٥٦",
            "１２３４５６",
            "+12345",
            "12-345",
            "123_456",
        ] {
            assert!(Code::parse(wrong).is_none(), "{wrong}");
        }
    }

    /// The secret shows 678344 at two consecutive steps, 12:33:00 and 12:33:30. Each case spends
    /// none, one or both of them, and judges at each time at which one of them would be valid.
    #[test]
    fn digits_that_were_accepted_are_not_accepted_for_another_step() {
        let secret = data_encoding::BASE32
            .decode(b"F56TXFIMGAOTW7BOWA5GOEP7NCLEJAQ2")
            .expect("base32");
        let noon: Timestamp = "2026-11-28T12:33:00Z".parse().expect("a moment");
        let first = step_at(noon);
        let judge = |seconds: i64, spent: &[i64]| {
            let spent = spent.iter().map(|step| first + step).collect();
            let at = noon + jiff::SignedDuration::from_secs(seconds);
            judge(&secret, &code("678344"), at, &spent)
        };
        for seconds in (-30..90).step_by(7) {
            let unspent = judge(seconds, &[]);
            assert!(
                matches!(unspent, Judgement::Holds { .. }),
                "{seconds}: {unspent:?}"
            );
            for spent in [&[0][..], &[1], &[0, 1], &[-40, 0], &[1, 40]] {
                let judged = judge(seconds, spent);
                assert!(
                    matches!(judged, Judgement::Used { .. }),
                    "{seconds} {spent:?}: {judged:?}"
                );
            }
            // A spent step with other digits does not matter.
            assert_eq!(judge(seconds, &[-1, 2]), unspent, "{seconds}");
        }
    }

    /// Reads the picture as a phone does.
    fn read(provisioned: &Secret<PendingSecrets>) -> (rqrr::MetaData, String) {
        let png = data_encoding::BASE64
            .decode(provisioned.expose().qr_png.as_bytes())
            .expect("base64");
        let picture = image::load_from_memory(&png).expect("a PNG").to_luma8();
        let mut prepared = rqrr::PreparedImage::prepare(picture);
        prepared.detect_grids()[0].decode().expect("a QR code")
    }

    #[test]
    fn the_picture_holds_the_uri() {
        let provisioned = provision(RFC_SECRET, "Student CRM", "anna@north.example");
        let uri = &provisioned.expose().otpauth_uri;
        assert_eq!(
            uri,
            "otpauth://totp/Student%20CRM:anna%40north.example\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Student%20CRM"
        );
        assert_eq!(&read(&provisioned).1, uri);
    }

    /// The longest names that fit make a picture of version 25; one more byte makes version 26.
    #[test]
    fn the_largest_picture_is_of_version_25_and_can_be_read() {
        // Each character is 12 bytes of a URI: 4 of UTF-8, each as %F0.
        let issuer = "😀".repeat(20);
        let mut account = "😀".repeat(36);
        while fits_a_picture(&issuer, &account) {
            account.push('a');
        }
        let over = provision(RFC_SECRET, &issuer, &account);
        assert_eq!(over.expose().otpauth_uri.len(), PICTURE_BYTES + 1);
        assert_eq!(read(&over).0.version.0, 26);
        account.pop();
        let last = provision(RFC_SECRET, &issuer, &account);
        let (metadata, content) = read(&last);
        assert_eq!(last.expose().otpauth_uri.len(), PICTURE_BYTES);
        assert_eq!(
            (metadata.version.0, &content),
            (25, &last.expose().otpauth_uri)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Names of any script, with any character that could break a URI or an app.
        #[test]
        fn names_that_fit_make_a_picture_that_is_read(
            issuer in "\\PC{1,40}", account in "[ -~]{1,40}|\\PC{1,40}",
        ) {
            let clean = |name: &str| name.replace(':', ";");
            let issuer = clean(&issuer);
            let account = clean(&account);
            prop_assume!(fits_a_picture(&issuer, &account));
            let provisioned = provision(RFC_SECRET, &issuer, &account);
            let (metadata, content) = read(&provisioned);
            prop_assert!(metadata.version.0 <= 25);
            prop_assert_eq!(&content, &provisioned.expose().otpauth_uri);
            prop_assert!(content.is_ascii(), "{}", content);
        }
    }
}
