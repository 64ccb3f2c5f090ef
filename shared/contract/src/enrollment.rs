//! Setting methods up, giving them up, looking at them; exemptions and policies.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::leaf::string_leaf;
use crate::outcome::OutcomeData;
use crate::reset::AdminReason;
use crate::sms::{BilledTo, Delivery};
use crate::{AdminId, Method, Next, Reason, Secret, SessionId, TenantId, UserId, ViewerId};

/// What an authenticator app shows: 1 to 64 characters, no colon, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Label(String);

impl Label {
    /// The label, or `None` where the text is none.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let right = (1..=64).contains(&text.chars().count())
            && !text.chars().any(|c| c == ':' || c.is_control());
        right.then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

string_leaf!(
    Label,
    "must be a text of 1 to 64 characters without a colon"
);

/// An ISO 3166 country of two capital letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Region(String);

impl Region {
    /// The country, or `None` where the text has not two capital letters.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let right = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        right.then_some(Self(text))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

string_leaf!(
    Region,
    "must be an ISO 3166 country of two capital letters, such as GB"
);

/// Declares an event of a user in a session with no other members.
macro_rules! session_event {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The institution.
            pub tenant_id: TenantId,
            /// The person.
            pub user_id: UserId,
            /// The person's login.
            pub session_id: SessionId,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    };
}

session_event!(
    /// `enrollment.totp.started.v1`.
    TotpStarted {
        /// What the app shows for the person.
        account: Label,
        /// What the app shows for the institution.
        #[serde(default, deserialize_with = "crate::fields::present")]
        issuer: Option<Label>,
    }
);
session_event!(
    /// `enrollment.totp.confirmed.v1`.
    TotpConfirmed {
        /// The first code of the app.
        #[serde(deserialize_with = "crate::fields::text")]
        code: Secret<String>,
    }
);
session_event!(
    /// `enrollment.sms.started.v1`.
    SmsStarted {
        /// E.164, or national with `region`.
        #[serde(deserialize_with = "crate::fields::text")]
        mobile_number: Secret<String>,
        /// The country of a national number.
        #[serde(default, deserialize_with = "crate::fields::present")]
        region: Option<Region>,
    }
);
session_event!(
    /// `enrollment.sms.confirmed.v1`.
    SmsConfirmed {
        /// The code that was texted.
        #[serde(deserialize_with = "crate::fields::text")]
        code: Secret<String>,
    }
);
session_event!(
    /// `enrollment.backup_codes.requested.v1`.
    BackupCodesRequested {}
);
session_event!(
    /// `enrollment.method.reset.v1`.
    MethodReset {
        /// `totp` or `sms`.
        #[serde(deserialize_with = "crate::fields::resettable_method")]
        method: Method,
    }
);

/// `enrollment.browsers.forgotten.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrowsersForgotten {
    /// The institution.
    pub tenant_id: TenantId,
    /// Whose browsers.
    pub user_id: UserId,
}

/// `enrollment.exempted.v1`: for a user who can use neither method.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempted {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who is excused.
    pub user_id: UserId,
    /// Who excuses.
    pub admin_id: AdminId,
    /// Why.
    pub reason: AdminReason,
    /// Until when; 30 days ahead at most, in the past it ends the exemption.
    #[serde(deserialize_with = "crate::fields::moment")]
    pub until: Timestamp,
}

/// `enrollment.policy.set.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySet {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who sets it.
    pub admin_id: AdminId,
    /// Whether a second factor is required.
    #[serde(deserialize_with = "crate::fields::boolean")]
    pub required: bool,
    /// Days of grace, 0 to 90.
    #[serde(deserialize_with = "crate::fields::grace_days")]
    pub grace_days: u8,
}

/// `enrollment.policy.requested.v1`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// Who looks.
    pub viewer_id: ViewerId,
}

/// `enrollment.pending.v1`: a set-up is under way and waits for its code.
#[derive(Clone, Debug, Serialize)]
pub struct EnrollmentPending {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login.
    pub session_id: SessionId,
    /// `totp` or `sms`.
    pub method: Method,
    /// Until when it can be confirmed.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub expires_at: Timestamp,
    /// The URI that authenticator apps read (Google's Key URI Format).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otpauth_uri: Option<Secret<String>>,
    /// The key for typing in, base32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret<String>>,
    /// The URI as a QR picture, PNG in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_png: Option<Secret<String>>,
    /// From when another text can be requested.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::timestamp::write_if_any"
    )]
    pub next_request_at: Option<Timestamp>,
    /// Who paid for the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed_to: Option<BilledTo>,
    /// What is known of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
}

/// `enrollment.completed.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct EnrollmentCompleted {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login.
    pub session_id: SessionId,
    /// What is set up now.
    pub method: Method,
    /// Since when.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub set_up_at: Timestamp,
    /// Ten codes, with the first method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_codes: Option<Secret<Vec<String>>>,
}

/// `enrollment.backup_codes.v1`: a new set; the old one is void.
#[derive(Clone, Debug, Serialize)]
pub struct BackupCodesIssued {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login.
    pub session_id: SessionId,
    /// Ten codes.
    pub backup_codes: Secret<Vec<String>>,
}

/// `enrollment.removed.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct EnrollmentRemoved {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login.
    pub session_id: SessionId,
    /// What is gone.
    pub method: Method,
}

/// `enrollment.browsers_forgotten.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct BrowsersForgottenDone {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// How many were remembered.
    pub count: usize,
}

/// `enrollment.exemption.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct ExemptionSet {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// Until when.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub until: Timestamp,
}

/// `enrollment.policy.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyShown {
    /// The institution.
    pub tenant_id: TenantId,
    /// Whether a second factor is required.
    pub required: bool,
    /// Days of grace.
    pub grace_days: u8,
    /// Since when it is required.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::timestamp::write_if_any"
    )]
    pub required_since: Option<Timestamp>,
    /// Who set it last.
    pub set_by: AdminId,
    /// When.
    #[serde(serialize_with = "crate::timestamp::write")]
    pub set_at: Timestamp,
}

/// `enrollment.rejected.v1`.
#[derive(Clone, Debug, Serialize)]
pub struct EnrollmentRejected {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login, where the event has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The method it was about, where it was about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Why not.
    pub reason: Reason,
    /// What the page may show.
    pub message: String,
    /// What the page should offer.
    pub next: Next,
    /// Seconds until trying again can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<i64>,
}

macro_rules! outcome_types {
    ($($type:ty = $name:literal,)+) => {
        $(impl OutcomeData for $type { const TYPE: &'static str = $name; })+
    };
}

outcome_types! {
    EnrollmentPending = "enrollment.pending.v1",
    EnrollmentCompleted = "enrollment.completed.v1",
    BackupCodesIssued = "enrollment.backup_codes.v1",
    EnrollmentRemoved = "enrollment.removed.v1",
    BrowsersForgottenDone = "enrollment.browsers_forgotten.v1",
    ExemptionSet = "enrollment.exemption.v1",
    PolicyShown = "enrollment.policy.v1",
    EnrollmentRejected = "enrollment.rejected.v1",
}
