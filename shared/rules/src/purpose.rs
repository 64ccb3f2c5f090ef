//! The purposes of sealed and hashed values. A value is bound to its purpose, so that it can never
//! be used for another one.

/// The purpose of a sealed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The secret of an authenticator app.
    TotpSecret,
    /// A mobile number.
    MobileNumber,
    /// The secret members of a kept outcome.
    Outcome,
    /// The hash key itself.
    HashKey,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::TotpSecret => "totp-secret",
            Self::MobileNumber => "mobile-number",
            Self::Outcome => "outcome",
            Self::HashKey => "hash-key",
        }
    }

    /// Returns the associated data that binds a value to this purpose and these parts.
    pub(crate) fn bound_to(self, parts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (length, part) in framed(self.name(), parts) {
            bytes.extend_from_slice(&length);
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// The purpose of a keyed hash: equal inputs of two purposes have different hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashPurpose {
    /// A code that was texted.
    SmsCode,
    /// The token of a remembered browser.
    RememberToken,
    /// A mobile number, to find it again.
    NumberLookup,
    /// A mobile number, as auditors see it.
    NumberInTrail,
    /// The content of an event.
    EventContent,
}

impl HashPurpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SmsCode => "sms-code",
            Self::RememberToken => "remember-token",
            Self::NumberLookup => "number-lookup",
            Self::NumberInTrail => "number-in-trail",
            Self::EventContent => "event-content",
        }
    }

    /// Returns the bytes to hash for these parts, each after its length.
    pub(crate) fn input<'a>(
        self,
        parts: &'a [&'a str],
    ) -> impl Iterator<Item = ([u8; 8], &'a [u8])> {
        framed(self.name(), parts)
    }
}

/// Returns the purpose and the parts, each after its length, so that no two lists of parts have the
/// same bytes.
fn framed<'a>(
    purpose: &'static str,
    parts: &'a [&'a str],
) -> impl Iterator<Item = ([u8; 8], &'a [u8])> {
    let all = std::iter::once(purpose).chain(parts.iter().copied());
    all.map(|part| ((part.len() as u64).to_be_bytes(), part.as_bytes()))
}
