//! Set-ups that are under way in a browser, and backup codes until they are saved.
//!
//! No secret is kept here. What a page must show again after a reload is asked for again, with the
//! very same event: for 15 minutes the workers answer a duplicate with its secrets.

use jiff::Timestamp;
use twofactor_client::Attributes;
use twofactor_client::types::{
    EnrollmentBackupCodesRequested, EnrollmentSmsConfirmed, EnrollmentTotpConfirmed,
    EnrollmentTotpStarted,
};

/// A set-up that was started.
pub struct SetUp {
    /// What was started.
    pub method: Started,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
    /// Whether a code was wrong.
    pub has_failed: bool,
}

/// What was started.
pub enum Started {
    /// An authenticator app: the event that brings its picture.
    Totp(EnrollmentTotpStarted, Attributes),
    /// Codes by text message.
    Sms {
        /// From when another text can be requested.
        next_text_at: Option<Timestamp>,
    },
}

/// The event that backup codes came with.
pub enum Codes {
    /// The first method was an authenticator app.
    Totp(EnrollmentTotpConfirmed, Attributes),
    /// The first method was a number.
    Sms(EnrollmentSmsConfirmed, Attributes),
    /// A new set.
    New(EnrollmentBackupCodesRequested, Attributes),
}
