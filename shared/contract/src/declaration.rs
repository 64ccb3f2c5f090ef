//! The declarations of event types and outcome types, which stand beside their structs.
//!
//! Everything that is a table over types comes from here: what the workers read and answer, the
//! series that metrics begin with, the trail's columns, the published documents. There are no
//! defaults: a type that leaves something open does not compile.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

use crate::field_error::FieldError;
use crate::{Language, Method, Reason, Service, SessionId, TenantId, UserId, Via};

/// The `data` of one event type.
pub trait EventData: DeserializeOwned + JsonSchema {
    /// The CloudEvents type, which is the routing key too.
    const TYPE: &'static str;
    /// The worker that answers it.
    const SERVICE: Service;
    /// Possible outcomes, besides `event.rejected.v1`.
    const OUTCOMES: &'static [PossibleOutcome];
    /// Members that the trail repeats, besides the ids.
    const AUDITED: Audited;

    /// Returns the institution, user and login session that it is about.
    fn about(&self) -> About<'_>;

    /// Returns the language of the sentences in its answer.
    fn language(&self) -> Language;

    /// Returns whether the answer may have secret members, so that the event needs a `reply_to`.
    fn answer_has_secrets(&self) -> bool;

    /// Checks what no single member can show: members that must differ, or must come together.
    fn check(&self) -> Result<(), FieldError>;
}

/// The `data` of one outcome type: the members that everybody may see.
pub trait OutcomeData: Serialize + JsonSchema {
    /// The CloudEvents type, which is the routing key too.
    const TYPE: &'static str;
    /// The members that only the reply carries, as a struct of their own.
    type Secrets: SecretMembers;
}

/// Members that only the reply carries. They can be written nowhere else, since no type that holds
/// them implements `Serialize` but this one, and this one lives in a [`crate::Secret`].
pub trait SecretMembers: Serialize + JsonSchema + Zeroize {}

/// No secret members.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub enum NoSecrets {}

impl Zeroize for NoSecrets {
    fn zeroize(&mut self) {
        match *self {}
    }
}

impl SecretMembers for NoSecrets {}

/// The institution, user and login session that an event is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The institution.
    pub tenant: &'a TenantId,
    /// The user, if the event is about a single one.
    pub user: Option<&'a UserId>,
    /// The person's login session, if the event names one.
    pub session: Option<&'a SessionId>,
}

impl<'a> About<'a> {
    /// Returns the subject of an event about an institution.
    pub const fn tenant(tenant: &'a TenantId) -> Self {
        Self {
            tenant,
            user: None,
            session: None,
        }
    }

    /// Returns the subject of an event about a user.
    pub const fn user(tenant: &'a TenantId, user: &'a UserId) -> Self {
        Self {
            tenant,
            user: Some(user),
            session: None,
        }
    }

    /// Returns the subject of an event about a user in a login session.
    pub const fn session(tenant: &'a TenantId, user: &'a UserId, session: &'a SessionId) -> Self {
        Self {
            tenant,
            user: Some(user),
            session: Some(session),
        }
    }
}

/// One possible outcome of an event type, with the reasons or ways in that it can name.
#[derive(Clone, Copy, Debug)]
pub struct PossibleOutcome {
    /// The outcome type.
    pub outcome_type: &'static str,
    /// Every possible reason; empty for an outcome without one.
    pub reasons: &'static [Reason],
    /// Every possible way in; empty except for `login.accepted.v1`.
    pub vias: &'static [Via],
}

impl PossibleOutcome {
    /// Declares an outcome without a reason.
    pub const fn plain<T: OutcomeData>() -> Self {
        Self {
            outcome_type: T::TYPE,
            reasons: &[],
            vias: &[],
        }
    }

    /// Declares an outcome for one of these reasons.
    pub const fn because<T: OutcomeData>(reasons: &'static [Reason]) -> Self {
        Self {
            outcome_type: T::TYPE,
            reasons,
            vias: &[],
        }
    }

    /// Declares a login that is accepted in one of these ways.
    pub const fn via<T: OutcomeData>(vias: &'static [Via]) -> Self {
        Self {
            outcome_type: T::TYPE,
            reasons: &[],
            vias,
        }
    }
}

/// The members of `data` that the trail repeats, besides the ids.
#[derive(Clone, Copy, Debug)]
pub struct Audited {
    /// Source of the trail's `method`.
    pub method: AuditedMethod,
    /// `true` if `reason` is an administrator's, which the trail keeps without telephone numbers.
    pub admin_reason: bool,
}

/// Source of the trail's `method`.
#[derive(Clone, Copy, Debug)]
pub enum AuditedMethod {
    /// The event is about no method.
    None,
    /// The method follows from the type.
    Of(Method),
    /// The member at this JSON pointer (RFC 6901) into `data` is the method.
    At(&'static str),
}
