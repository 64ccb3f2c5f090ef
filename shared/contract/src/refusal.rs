//! The answer to a message that is not a valid event: `event.rejected.v1`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::declaration::{NoSecrets, OutcomeData};
use crate::field_error::FieldError;
use crate::reason::vocabulary;

vocabulary!(open
    /// The reason for a refusal, in the order of the checks.
    RefusalReason {
        /// Over 64 KiB.
        TooLarge = "too_large",
        /// Forbidden by JSON or by CloudEvents itself.
        Malformed = "malformed",
        /// A type that this worker does not know.
        UnknownType = "unknown_type",
        /// A member is missing, unknown, out of range, or named like a password.
        InvalidField = "invalid_field",
        /// The answer would hold secrets, and there is nowhere to send them.
        ReplyToRequired = "reply_to_required",
        /// The same `source` and `id` with other content.
        IdConflict = "id_conflict",
        /// `time` is more than 7 days ago.
        TooOld = "too_old",
        /// No policy was ever set for the tenant.
        UnknownTenant = "unknown_tenant",
        /// The worker failed on this event five times.
        InternalError = "internal_error",
    }
);

/// The answer to a message that is not a valid event: why it was refused, and where it is wrong.
/// The message changed nothing and does not occupy its `id`: once corrected, it may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refusal {
    /// The check that failed.
    pub reason: RefusalReason,
    /// JSON pointer (RFC 6901) into the event, if a single member is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/data/ip")]
    pub field: Option<String>,
    /// One sentence that says what to do. It never shows a value.
    #[schemars(example = &"ip must be an IPv4 or IPv6 address without a zone.")]
    pub message: String,
}

impl Refusal {
    /// Makes a refusal of the whole message.
    pub fn whole(reason: RefusalReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            field: None,
            message: message.into(),
        }
    }

    /// Makes `too_large`.
    pub fn too_large() -> Self {
        let sentence = "The message is over 64 KiB; send a smaller one.";
        Self::whole(RefusalReason::TooLarge, sentence)
    }

    /// Makes `reply_to_required`.
    pub fn reply_to_required() -> Self {
        let sentence = "The answer may hold secrets; set reply_to, so that it reaches you alone.";
        Self::whole(RefusalReason::ReplyToRequired, sentence)
    }

    /// Makes `id_conflict`.
    pub fn id_conflict() -> Self {
        let sentence = "An event with this source and id came before with other content; give \
                        each event its own id.";
        Self {
            field: Some("/id".to_owned()),
            ..Self::whole(RefusalReason::IdConflict, sentence)
        }
    }

    /// Makes `too_old`.
    pub fn too_old() -> Self {
        let sentence = "The event is over 7 days old; send a new one if it still matters.";
        Self {
            field: Some("/time".to_owned()),
            ..Self::whole(RefusalReason::TooOld, sentence)
        }
    }

    /// Makes `unknown_tenant`.
    pub fn unknown_tenant() -> Self {
        let sentence =
            "No policy was ever set for this tenant; send enrollment.policy.set.v1 first.";
        Self {
            field: Some("/data/tenant_id".to_owned()),
            ..Self::whole(RefusalReason::UnknownTenant, sentence)
        }
    }

    /// Makes `internal_error`, for an event that failed repeatedly on its own.
    pub fn internal_error() -> Self {
        let sentence = "This event could not be handled and was set aside; tell the operator.";
        Self::whole(RefusalReason::InternalError, sentence)
    }

    /// Makes `invalid_field` at a JSON pointer.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            reason: RefusalReason::InvalidField,
            field: Some(pointer.into()),
            message: message.into(),
        }
    }

    /// Makes `malformed` at a JSON pointer.
    pub(crate) fn malformed_at(pointer: &str, message: impl Into<String>) -> Self {
        Self {
            reason: RefusalReason::Malformed,
            field: Some(pointer.to_owned()),
            message: message.into(),
        }
    }

    /// Makes `malformed` for the whole message.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::whole(RefusalReason::Malformed, message)
    }
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::field(error.pointer(), error.message())
    }
}

impl OutcomeData for Refusal {
    const TYPE: &'static str = "event.rejected.v1";
    type Secrets = NoSecrets;
}
