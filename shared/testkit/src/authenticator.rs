//! An authenticator app: scans the picture, then shows codes.
//!
//! It follows RFC 6238 and the `otpauth` URI on its own and shares no code with the product, so
//! that an error on one side is seen. It is deliberately strict: SHA-1, 6 digits, 30 s.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};
use data_encoding::{BASE32_NOPAD, BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

/// Seconds for which a code is shown.
pub const STEP: i64 = 30;

/// One account in the app.
#[derive(Clone)]
pub struct Authenticator {
    secret: Vec<u8>,
    /// The issuer that the code is for.
    pub issuer: String,
    /// The account's name.
    pub account: String,
}

impl Authenticator {
    /// Scans the picture of an `enrollment.pending.v1` (base64 of a PNG).
    pub fn scan(qr_png: &str) -> Result<Self> {
        Self::from_uri(&read_picture(qr_png)?)
    }

    /// Takes the URI that the picture holds.
    pub fn from_uri(uri: &str) -> Result<Self> {
        let rest = uri
            .strip_prefix("otpauth://totp/")
            .context("an authenticator app reads otpauth://totp/ only")?;
        let (label, query) = rest.split_once('?').context("the URI has no parameters")?;
        let mut parameters = HashMap::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').context("a parameter has no value")?;
            parameters.insert(name, unescape(value)?);
        }
        for (name, only) in [("algorithm", "SHA1"), ("digits", "6"), ("period", "30")] {
            let value = parameters.get(name).map_or(only, String::as_str);
            ensure!(value == only, "common apps read {name}={only} only");
        }
        let label = unescape(label)?;
        let (prefix, account) = label.split_once(':').context("the label names no issuer")?;
        let issuer = parameters.get("issuer").context("there is no issuer")?;
        ensure!(prefix == issuer, "label and issuer parameter differ");
        let secret = parameters.get("secret").context("there is no secret")?;
        Ok(Self {
            issuer: issuer.clone(),
            account: account.trim_start().to_owned(),
            ..Self::from_base32(secret)?
        })
    }

    /// Takes the secret as a person types it, in groups or not.
    pub fn from_base32(secret: &str) -> Result<Self> {
        let typed: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
        let secret = BASE32_NOPAD
            .decode(typed.trim_end_matches('=').to_ascii_uppercase().as_bytes())
            .context("the secret is no base32")?;
        Ok(Self {
            secret,
            issuer: String::new(),
            account: String::new(),
        })
    }

    /// Returns the code that the app shows at that time.
    pub fn code_at(&self, time: Timestamp) -> String {
        let step = u64::try_from(time.as_second().div_euclid(STEP)).expect("after 1970");
        let code = truncated(&self.secret, step) % 1_000_000;
        format!("{code:06}")
    }

    /// Returns the code that it shows so many steps of 30 s after that time (before, where
    /// negative).
    pub fn code_steps_from(&self, time: Timestamp, steps: i64) -> String {
        self.code_at(time + jiff::SignedDuration::from_secs(steps * STEP))
    }

    /// Returns a well-formed code that it shows nowhere within an hour of that time: the code of
    /// that time with another end.
    pub fn wrong_code_at(&self, time: Timestamp) -> String {
        let shown: Vec<String> = (-120..=120)
            .map(|steps| self.code_steps_from(time, steps))
            .collect();
        let start = self.code_at(time).parse::<u32>().expect("six digits");
        let mut codes = (1..1_000_000).map(|more| format!("{:06}", (start + more) % 1_000_000));
        codes
            .find(|code| !shown.contains(code))
            .expect("most codes are wrong")
    }
}

/// Returns the contents of the QR code in the picture.
pub fn read_picture(qr_png: &str) -> Result<String> {
    let png = BASE64
        .decode(qr_png.as_bytes())
        .context("the picture is no base64")?;
    let picture = image::load_from_memory_with_format(&png, image::ImageFormat::Png)
        .context("the picture is no PNG")?;
    let mut prepared = rqrr::PreparedImage::prepare(picture.to_luma8());
    let grids = prepared.detect_grids();
    let [grid] = grids.as_slice() else {
        bail!("the picture has {} QR codes instead of one", grids.len());
    };
    let (_, content) = grid.decode().context("the QR code cannot be read")?;
    Ok(content)
}

/// RFC 4226, section 5.3: the 31-bit number that the digits are taken from.
fn truncated(secret: &[u8], step: u64) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("any length will do");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0f);
    let bytes = [
        digest[offset] & 0x7f,
        digest[offset + 1],
        digest[offset + 2],
        digest[offset + 3],
    ];
    u32::from_be_bytes(bytes)
}

fn unescape(value: &str) -> Result<String> {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next().unwrap_or(b'?'), rest.next().unwrap_or(b'?')];
            let hex = std::str::from_utf8(&hex).context("a broken escape")?;
            bytes.push(u8::from_str_radix(hex, 16).context("a broken escape")?);
        } else {
            ensure!(
                byte != b'+',
                "apps show a plus as it is: write a space as %20"
            );
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).context("an escape that is no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        let app = Authenticator {
            secret: b"12345678901234567890".to_vec(),
            issuer: String::new(),
            account: String::new(),
        };
        // The last six of the eight digits in the RFC.
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (second, code) in table {
            let time = Timestamp::from_second(second).expect("a time");
            assert_eq!(app.code_at(time), code, "at {second}");
        }
    }

    #[test]
    fn a_uri_is_read_as_common_apps_read_it() {
        let uri = "otpauth://totp/Student%20CRM:anna%40example.org\
                   ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Student%20CRM";
        let app = Authenticator::from_uri(uri).expect("a URI");
        assert_eq!(app.secret, b"12345678901234567890");
        assert_eq!(app.issuer, "Student CRM");
        assert_eq!(app.account, "anna@example.org");
        for wrong in [
            "https://example.org",
            "otpauth://hotp/a:b?secret=GE&issuer=a",
            "otpauth://totp/a:b?issuer=a",
            "otpauth://totp/a:b?secret=GE&issuer=c",
            "otpauth://totp/a:b?secret=GE&issuer=a&digits=8",
            "otpauth://totp/a:b?secret=GE&issuer=a&algorithm=SHA256",
            "otpauth://totp/a+b:c?secret=GE&issuer=a+b",
        ] {
            assert!(Authenticator::from_uri(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_code_is_wrong_around_its_time() {
        let app = Authenticator::from_base32("GEZD GNBV GY3T QOJQ").expect("a secret");
        let now = Timestamp::from_second(1_000_000).expect("a time");
        let wrong = app.wrong_code_at(now);
        for steps in -10..=10 {
            assert_ne!(app.code_steps_from(now, steps), wrong);
        }
    }
}
