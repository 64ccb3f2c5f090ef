//! What a sealed or hashed value is for. It is part of what the value is bound to, so that a value
//! of one purpose never serves another.

/// What a sealed value is for.
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

    /// The associated data of a value for this purpose that belongs to these parts.
    pub(crate) fn bound_to(self, parts: &[&str]) -> Vec<u8> {
        framed(self.name(), parts)
    }
}

/// What a keyed hash is for, so that equal inputs of two purposes have two hashes.
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

    /// What is hashed of these parts.
    pub(crate) fn input(self, parts: &[&str]) -> Vec<u8> {
        framed(self.name(), parts)
    }
}

/// Parts with their lengths, so that no two lists of parts have the same bytes.
fn framed(purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in std::iter::once(&purpose).chain(parts) {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
