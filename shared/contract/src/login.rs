//! A login, after the password: `login.attempted.v1` and its three outcomes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
    SecretMembers,
};
use crate::field_error::FieldError;
use crate::reason::vocabulary;
use crate::subject::SessionSubject;
use crate::{
    ClientIp, Language, Method, Next, Reason, Secret, Service, SessionId, TenantId, UserId,
    UtcTime, Via,
};

/// A person attempts to log in, after a correct password, with a code or without one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginAttempted {
    /// The institution.
    pub tenant_id: TenantId,
    /// The user who logs in.
    pub user_id: UserId,
    /// The login session, from the password form to the end of the CRM's own session: a fresh
    /// random id, and never the value of a cookie.
    pub session_id: SessionId,
    /// The person's own address, not that of a proxy. IPv4-mapped and NAT64 addresses count as
    /// their IPv4 address; a zone id is refused.
    pub ip: ClientIp,
    /// The code that the person entered, if any.
    #[serde(default, deserialize_with = "crate::fields::object")]
    pub code: Option<EnteredCode>,
    /// `true` to remember this browser; requires a `reply_to`.
    #[serde(default, deserialize_with = "crate::fields::boolean")]
    #[schemars(example = true)]
    pub remember_me: bool,
    /// The value of the cookie that the browser kept from an earlier login.
    #[serde(default, deserialize_with = "crate::fields::present")]
    #[schemars(example = &"GPsCzpuxXOuv9cZPPPp7NWZBfUXE0hs9gLKPLhYXYsM")]
    pub remember_token: Option<Secret<String>>,
    /// The language of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

/// A code as the person entered it, with the method that the person chose.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(deny_unknown_fields)]
pub struct EnteredCode {
    /// The method whose field it was entered in.
    pub method: Method,
    /// The entry, unchanged: the worker ignores white space, and dashes and capitals where they
    /// carry no meaning.
    #[schemars(example = &"123456")]
    pub value: Secret<String>,
}

impl EventData for LoginAttempted {
    const TYPE: &'static str = "login.attempted.v1";
    const SERVICE: Service = Service::Login;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::via::<LoginAccepted>(Via::ALL),
        PossibleOutcome::plain::<LoginChallenged>(),
        PossibleOutcome::because::<LoginRejected>(&[
            Reason::StaleEvent,
            Reason::ResetSince,
            Reason::MethodNotSetUp,
            Reason::Locked,
            Reason::TooManyFailures,
            Reason::MalformedCode,
            Reason::WrongCode,
            Reason::CodeUsed,
            Reason::CodeExpired,
            Reason::NoCodeSent,
        ]),
    ];
    const AUDITED: Audited = Audited {
        method: AuditedMethod::At("/code/method"),
        admin_reason: false,
    };

    fn about(&self) -> About<'_> {
        About::session(&self.tenant_id, &self.user_id, &self.session_id)
    }

    fn language(&self) -> Language {
        self.language.unwrap_or(Language::En)
    }

    fn answer_has_secrets(&self) -> bool {
        self.remember_me
    }

    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }
}

/// The login is accepted. The CRM logs the person in on the reply alone, never on the broadcast.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoginAccepted {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The factor or exception by which the login was accepted.
    pub via: Via,
    /// Count of backup codes left, after one was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 9)]
    pub backup_codes_left: Option<usize>,
    /// Deadline for setting up a method, while grace runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_up_by: Option<UtcTime>,
    /// A sentence for the person's mailbox, after a backup code: the CRM sends it by e-mail (NIST SP
    /// 800-63B-4, section 4.1.2.1). It has no code, number or address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"A backup code was used to log in to your account.")]
    pub notice: Option<String>,
    /// Time until which the browser is remembered, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered_until: Option<UtcTime>,
}

/// The secret members of an accepted login, for the browser alone.
#[derive(Serialize, JsonSchema, Zeroize)]
pub struct LoginAcceptedSecrets {
    /// The value of a cookie for the browser to keep: `Secure`, `HttpOnly`, `SameSite=Lax`, and
    /// expiring no later than `remembered_until`.
    #[schemars(example = &"GPsCzpuxXOuv9cZPPPp7NWZBfUXE0hs9gLKPLhYXYsM")]
    pub remember_token: String,
}

impl SecretMembers for LoginAcceptedSecrets {}

impl OutcomeData for LoginAccepted {
    const TYPE: &'static str = "login.accepted.v1";
    type Secrets = LoginAcceptedSecrets;
}

/// The person must enter a code, or set up a method first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoginChallenged {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The methods that are set up; empty if one must be set up first.
    pub methods: Vec<Method>,
    /// The next step that the page should offer.
    pub next: Next,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"Enter a code to log in.")]
    pub message: String,
    /// Seconds until codes are checked again, while a wait runs; rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 30)]
    pub retry_after_seconds: Option<i64>,
    /// The reason why the remember token of the event did not waive the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered: Option<TokenVerdict>,
}

vocabulary!(closed
    /// The reason why a remember token did not waive the code.
    TokenVerdict {
        /// Valid, but at another address: keep the cookie.
        OtherIp = "other_ip",
        /// Expired: delete the cookie.
        Expired = "expired",
        /// Unknown, or no longer known: delete the cookie.
        Unknown = "unknown",
    }
);

impl OutcomeData for LoginChallenged {
    const TYPE: &'static str = "login.challenged.v1";
    type Secrets = NoSecrets;
}

/// The login is rejected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LoginRejected {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The reason for the rejection.
    pub reason: Reason,
    /// The next step that the page should offer.
    pub next: Next,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"That code is not right.")]
    pub message: String,
    /// The methods that are set up.
    pub methods: Vec<Method>,
    /// Seconds until trying again can help; rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 30)]
    pub retry_after_seconds: Option<i64>,
}

impl OutcomeData for LoginRejected {
    const TYPE: &'static str = "login.rejected.v1";
    type Secrets = NoSecrets;
}
