//! The answer to a person's event about methods that is not done.

use schemars::JsonSchema;
use serde::Serialize;

use crate::declaration::{NoSecrets, OutcomeData};
use crate::subject::PerhapsInSession;
use crate::{Method, Next, Reason};

/// What a person or an administrator wanted is not done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EnrollmentRejected {
    /// Whom it is about.
    #[serde(flatten)]
    pub subject: PerhapsInSession,
    /// The method that it was about, where it was about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Why it was rejected.
    pub reason: Reason,
    /// A sentence that the page can show as it is.
    #[schemars(example = &"Log in with a code first, then try again.")]
    pub message: String,
    /// What the page should offer.
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
