//! Why the certificate of a peer is not trusted, in words for the operator who can fix it.
//!
//! Without this a wrong certificate looks like a server that is away.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// Fault of a certificate, or of the encryption as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It was not issued by an authority that is trusted here.
    UnknownIssuer,
    /// It is for other names than the host of the URL.
    OtherName,
    /// Its validity has ended.
    Expired,
    /// Its validity has not begun.
    NotYet,
    /// Its authority revoked it.
    Revoked,
    /// It breaks another rule for certificates.
    Invalid,
    /// The TLS handshake failed: no common cipher, or one side broke it off.
    Handshake,
}

impl Distrust {
    /// Returns the fault of a certificate that an error reports, itself or inside an I/O error.
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(error));
        }
        let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
        inner.downcast_ref().map(Self::of_tls)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "rustls adds kinds; all others are fixed in the same way"
    )]
    fn of_tls(error: &rustls::Error) -> Self {
        let rustls::Error::InvalidCertificate(error) = error else {
            return Self::Handshake;
        };
        match error {
            // A bad signature: an authority of that name is trusted, but with another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::OtherName
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYet
            }
            CertificateError::Revoked => Self::Revoked,
            _ => Self::Invalid,
        }
    }
}

impl std::fmt::Display for Distrust {
    /// Writes the rest of a sentence that begins with "the certificate".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => {
                "is not trusted: no authority known here issued it; add its authority to the \
                 machine's, or name it in SSL_CERT_FILE"
            }
            Self::OtherName => {
                "is not trusted: it is for another name than the host in the URL; use the name \
                 that it has"
            }
            Self::Expired => "is not trusted: it has expired; renew it",
            Self::NotYet => "is not trusted: it is not valid yet; check the clock of this machine",
            Self::Revoked => "is not trusted: it was revoked; replace it",
            Self::Invalid => {
                "is not trusted: it breaks a rule for certificates; issue it anew, with the host's \
                 name as a subject alternative name"
            }
            Self::Handshake => {
                "could not be looked at: the TLS handshake failed; check that the port speaks TLS \
                 1.2 or later"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_found_inside_of_other_errors() {
        let table = [
            (CertificateError::UnknownIssuer, Distrust::UnknownIssuer),
            (CertificateError::BadSignature, Distrust::UnknownIssuer),
            (CertificateError::NotValidForName, Distrust::OtherName),
            (CertificateError::Expired, Distrust::Expired),
            (CertificateError::NotValidYet, Distrust::NotYet),
            (CertificateError::Revoked, Distrust::Revoked),
            (CertificateError::BadEncoding, Distrust::Invalid),
        ];
        for (certificate, expected) in table {
            let tls = rustls::Error::InvalidCertificate(certificate);
            assert_eq!(Distrust::of(&tls), Some(expected));
            assert_eq!(Distrust::of(&io::Error::other(tls)), Some(expected));
        }
        let broken = io::Error::other(rustls::Error::HandshakeNotComplete);
        assert_eq!(Distrust::of(&broken), Some(Distrust::Handshake));
        let gone = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(Distrust::of(&gone), None);
    }
}
