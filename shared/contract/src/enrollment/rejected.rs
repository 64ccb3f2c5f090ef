//! The rejection of an event about methods, exemptions or profiles.

use schemars::JsonSchema;
use serde::Serialize;

use crate::declaration::{NoSecrets, OutcomeData};
use crate::subject::PerhapsInSession;
use crate::{Method, Next, Reason};

/// A request of a person or an administrator is rejected.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EnrollmentRejected {
    /// The user, and the login session if the event names one.
    #[serde(flatten)]
    pub subject: PerhapsInSession,
    /// The method that the event was about, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// The reason for the rejection.
    pub reason: Reason,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"Log in with a code first, then try again.")]
    pub message: String,
    /// The next step that the page should offer.
    pub next: Next,
    /// Seconds until trying again can help; rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 30)]
    pub retry_after_seconds: Option<i64>,
}

impl OutcomeData for EnrollmentRejected {
    const TYPE: &'static str = "enrollment.rejected.v1";
    type Secrets = NoSecrets;
}
