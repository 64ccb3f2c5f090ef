//! What an event type and an outcome type declare beside their structs.
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
    /// What it can be answered with, besides `event.rejected.v1`.
    const OUTCOMES: &'static [PossibleOutcome];
    /// Which of its members the trail repeats, besides the ids.
    const AUDITED: Audited;

    /// Whom it is about.
    fn about(&self) -> About<'_>;

    /// The language of the sentences in its answer.
    fn language(&self) -> Language;

    /// Whether the answer may have secret members, so that it needs a `reply_to`.
    fn answer_has_secrets(&self) -> bool;

    /// What no single member can show: members that must differ, or must come together.
    fn check(&self) -> Result<(), FieldError>;
}

/// The `data` of one outcome type: what everybody may see of it.
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

/// Whom an event is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The institution.
    pub tenant: &'a TenantId,
    /// The one user, if it is about one.
    pub user: Option<&'a UserId>,
    /// The person's login session, where the event names one.
    pub session: Option<&'a SessionId>,
}

impl<'a> About<'a> {
    /// An event about an institution.
    pub const fn tenant(tenant: &'a TenantId) -> Self {
        Self {
            tenant,
            user: None,
            session: None,
        }
    }

    /// An event about a user.
    pub const fn user(tenant: &'a TenantId, user: &'a UserId) -> Self {
        Self {
            tenant,
            user: Some(user),
            session: None,
        }
    }

    /// An event about a user in a login session.
    pub const fn session(tenant: &'a TenantId, user: &'a UserId, session: &'a SessionId) -> Self {
        Self {
            tenant,
            user: Some(user),
            session: Some(session),
        }
    }
}

/// One outcome type that an event type can be answered with, and what it can say then.
#[derive(Clone, Copy, Debug)]
pub struct PossibleOutcome {
    /// The outcome type.
    pub outcome_type: &'static str,
    /// Each reason that it can have; empty where it has none.
    pub reasons: &'static [Reason],
    /// Each way in that it can name; empty but for `login.accepted.v1`.
    pub vias: &'static [Via],
}

impl PossibleOutcome {
    /// An outcome without a reason.
    pub const fn plain<T: OutcomeData>() -> Self {
        Self {
            outcome_type: T::TYPE,
            reasons: &[],
            vias: &[],
        }
    }

    /// An outcome for one of these reasons.
    pub const fn because<T: OutcomeData>(reasons: &'static [Reason]) -> Self {
        Self {
            outcome_type: T::TYPE,
            reasons,
            vias: &[],
        }
    }

    /// A login accepted by one of these.
    pub const fn via<T: OutcomeData>(vias: &'static [Via]) -> Self {
        Self {
            outcome_type: T::TYPE,
            reasons: &[],
            vias,
        }
    }
}

/// Which members of `data` the trail repeats, besides the ids.
#[derive(Clone, Copy, Debug)]
pub struct Audited {
    /// Where the trail's `method` comes from.
    pub method: AuditedMethod,
    /// Whether `reason` is an administrator's, which the trail keeps blanked.
    pub admin_reason: bool,
}

/// Where the trail's `method` comes from.
#[derive(Clone, Copy, Debug)]
pub enum AuditedMethod {
    /// The event is about no method.
    None,
    /// The type itself says it.
    Of(Method),
    /// The member at this JSON pointer (RFC 6901) into `data` says it.
    At(&'static str),
}
