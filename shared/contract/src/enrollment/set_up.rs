//! The set-up of a method in two steps: started, then confirmed with a code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{EnrollmentRejected, Label, Region};
use crate::declaration::{
    About, Audited, AuditedMethod, EventData, OutcomeData, PossibleOutcome, SecretMembers,
};
use crate::field_error::FieldError;
use crate::sms::{BilledTo, Delivery};
use crate::subject::SessionSubject;
use crate::{Language, Method, Reason, Secret, Service, SessionId, TenantId, UserId, UtcTime};

/// A person starts to set up an authenticator app. A new start replaces a pending key.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpStarted {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
    /// The name that the app shows for the person.
    pub account: Label,
    /// The name that the app shows for the institution; the setting `ISSUER` if absent. Both names
    /// together must fit a QR picture of version 25 at level M.
    #[serde(default, deserialize_with = "crate::fields::present")]
    #[schemars(example = &"University of the North")]
    pub issuer: Option<Label>,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for TotpStarted {
    const TYPE: &'static str = "enrollment.totp.started.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<EnrollmentPending>(),
        PossibleOutcome::because::<EnrollmentRejected>(&[
            Reason::StaleEvent,
            Reason::ResetSince,
            Reason::LoginRequired,
            Reason::Locked,
            Reason::AlreadySetUp,
        ]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::Of(Method::Totp),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// A person confirms an authenticator app with its first code. The app is not set up before that.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirmed {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
    /// The first code of the app, as it was entered.
    #[schemars(example = &"123456")]
    pub code: Secret<String>,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for TotpConfirmed {
    const TYPE: &'static str = "enrollment.totp.confirmed.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<EnrollmentCompleted>(),
        PossibleOutcome::because::<EnrollmentRejected>(&[
            Reason::StaleEvent,
            Reason::ResetSince,
            Reason::LoginRequired,
            Reason::Locked,
            Reason::AlreadySetUp,
            Reason::TooManyFailures,
            Reason::NotStarted,
            Reason::MalformedCode,
            Reason::WrongCode,
        ]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::Of(Method::Totp),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// A person starts to set up a mobile number: a code is texted to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsStarted {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
    /// The mobile number: E.164, or national with `region`.
    #[schemars(example = &"+447400123456")]
    pub mobile_number: Secret<String>,
    /// The country of a national number; ignored for an E.164 number.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub region: Option<Region>,
    /// The language of the text and of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for SmsStarted {
    const TYPE: &'static str = "enrollment.sms.started.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<EnrollmentPending>(),
        PossibleOutcome::because::<EnrollmentRejected>(&[
            Reason::StaleEvent,
            Reason::ResetSince,
            Reason::LoginRequired,
            Reason::Locked,
            Reason::AlreadySetUp,
            Reason::InvalidNumber,
            Reason::Throttled,
            Reason::NumberRejected,
            Reason::ProviderUnavailable,
        ]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::Of(Method::Sms),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        false
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// A person confirms a mobile number with the code that was texted to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsConfirmed {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
    /// The code that was texted, as it was entered.
    #[schemars(example = &"abc234")]
    pub code: Secret<String>,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for SmsConfirmed {
    const TYPE: &'static str = "enrollment.sms.confirmed.v1";
    const SERVICE: Service = Service::Enrollment;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<EnrollmentCompleted>(),
        PossibleOutcome::because::<EnrollmentRejected>(&[
            Reason::StaleEvent,
            Reason::ResetSince,
            Reason::LoginRequired,
            Reason::Locked,
            Reason::AlreadySetUp,
            Reason::TooManyFailures,
            Reason::NotStarted,
            Reason::MalformedCode,
            Reason::CodeExpired,
            Reason::WrongCode,
            Reason::NumberNotAccepted,
        ]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::Of(Method::Sms),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// A set-up is pending and waits for its code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EnrollmentPending {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The method that is being set up: `totp` or `sms`.
    pub method: Method,
    /// Time until which the set-up can be confirmed.
    pub expires_at: UtcTime,
    /// Time from which another text can be requested; only if a text was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_request_at: Option<UtcTime>,
    /// The account that the text is billed to; only if a text was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed_to: Option<BilledTo>,
    /// The known state of the text; only if a text was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

/// The key of an authenticator app, in the three forms that people need.
#[derive(Serialize, JsonSchema, Zeroize)]
pub struct PendingSecrets {
    /// The URI that authenticator apps read (Google's Key URI Format).
    #[schemars(example = &"otpauth://totp/University%20of%20the%20North:anna%40north.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=University%20of%20the%20North")]
    pub otpauth_uri: String,
    /// The key for manual entry: base32 of 160 bits.
    #[schemars(example = &"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// The URI as a QR picture: PNG in base64.
    #[schemars(example = &"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")]
    pub qr_png: String,
}

impl SecretMembers for PendingSecrets {}

impl OutcomeData for EnrollmentPending {
    const TYPE: &'static str = "enrollment.pending.v1";
    type Secrets = PendingSecrets;
}

/// A method is set up and can be used from now on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EnrollmentCompleted {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The method that is set up: `totp` or `sms`.
    pub method: Method,
    /// Time of the set-up.
    pub set_up_at: UtcTime,
    /// A sentence for the person's mailbox: the CRM sends it by e-mail (NIST SP 800-63B-4, section
    /// 4.1.2.1). It has no code, number, address or administrator's words.
    #[schemars(example = &"An authenticator app was set up for your account.")]
    pub notice: String,
}

/// Ten backup codes, each valid once. They are shown once and stored as hashes.
#[derive(Serialize, JsonSchema, Zeroize)]
pub struct BackupCodes {
    /// Ten codes of 16 characters of the Crockford alphabet, in groups of four.
    #[schemars(length(equal = 10), extend("examples" = [[
        "7XQ4-K2ZD-93TM-HB6W", "0RGN-5VYC-T8JE-1PQA", "M3FD-9K7X-2WHB-ZT4S",
        "C6PJ-EV8N-QY1R-5GD0", "W2TK-HM4Z-7BXS-9JF3", "8NQE-1YRC-VG5P-KD7T",
        "ZB3H-X9WM-4SJF-6QNK", "5DTG-R0PV-EC2Y-8MHX", "J7KS-Q4BZ-1NWT-D9FG",
        "Y1VP-6CRE-HX3M-K5Q8",
    ]]))]
    pub backup_codes: Vec<String>,
}

impl SecretMembers for BackupCodes {}

impl OutcomeData for EnrollmentCompleted {
    const TYPE: &'static str = "enrollment.completed.v1";
    type Secrets = BackupCodes;
}
