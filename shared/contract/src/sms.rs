//! A code by text message for a login: `sms.requested.v1` and its three outcomes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::declaration::{
    About, Audited, AuditedMethod, EventData, NoSecrets, OutcomeData, PossibleOutcome,
};
use crate::field_error::FieldError;
use crate::reason::vocabulary;
use crate::subject::SessionSubject;
use crate::{Language, Method, Next, Reason, Service, SessionId, TenantId, UserId, UtcTime};

/// A person asks for a code by text message. At most one is sent in any five minutes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmsRequested {
    /// The institution.
    pub tenant_id: TenantId,
    /// The user who asks for a code.
    pub user_id: UserId,
    /// The login session that the code will be valid for.
    pub session_id: SessionId,
    /// The language of the text and of the sentences in the answer; English where it is absent.
    #[serde(default, deserialize_with = "crate::fields::present")]
    pub language: Option<Language>,
}

impl EventData for SmsRequested {
    const TYPE: &'static str = "sms.requested.v1";
    const SERVICE: Service = Service::Sms;
    const OUTCOMES: &'static [PossibleOutcome] = &[
        PossibleOutcome::plain::<SmsSent>(),
        PossibleOutcome::because::<SmsThrottled>(&[Reason::Throttled]),
        PossibleOutcome::because::<SmsFailed>(&[
            Reason::StaleEvent,
            Reason::ResetSince,
            Reason::MethodNotSetUp,
            Reason::Locked,
            Reason::TooManyFailures,
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

vocabulary!(closed
    /// The account that a text is billed to. System messages use no institution's credit.
    BilledTo {
        /// The product's own account.
        System = "system",
    }
);

vocabulary!(open
    /// The known state of a text that counts as sent.
    Delivery {
        /// The provider accepted it.
        Accepted = "accepted",
        /// The provider did not answer; the code is valid if the text arrives.
        Unknown = "unknown",
    }
);

/// A text is on its way. The page offers the field for its code.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SmsSent {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// Time until which the code is valid.
    pub expires_at: UtcTime,
    /// Time from which another text can be requested.
    pub next_request_at: UtcTime,
    /// The account that the text is billed to: always the system's.
    pub billed_to: BilledTo,
    /// The known state of the text.
    pub delivery: Delivery,
    /// The next step that the page should offer.
    pub next: Next,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"We sent you a text with a code.")]
    pub message: String,
}

impl OutcomeData for SmsSent {
    const TYPE: &'static str = "sms.sent.v1";
    type Secrets = NoSecrets;
}

/// No text was sent, since the last one is too recent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SmsThrottled {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// Seconds until a text can be requested; rounded up.
    #[schemars(example = 241)]
    pub retry_after_seconds: i64,
    /// The next step that the page should offer.
    pub next: Next,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"Please wait 5 minutes.")]
    pub message: String,
}

impl OutcomeData for SmsThrottled {
    const TYPE: &'static str = "sms.throttled.v1";
    type Secrets = NoSecrets;
}

/// No text was sent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SmsFailed {
    /// The user and login session that it is about.
    #[serde(flatten)]
    pub subject: SessionSubject,
    /// The reason why no text was sent.
    pub reason: Reason,
    /// Seconds until trying again can help; rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 60)]
    pub retry_after_seconds: Option<i64>,
    /// The next step that the page should offer.
    pub next: Next,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"We could not send a text just now. Please try again.")]
    pub message: String,
}

impl OutcomeData for SmsFailed {
    const TYPE: &'static str = "sms.failed.v1";
    type Secrets = NoSecrets;
}
