//! What an event type and an outcome type declare beside their structs.
//!
//! Everything that is a table over types comes from here: what the workers read and answer, the
//! series that metrics begin with, the trail's columns, the published documents. There are no
//! defaults: a type that leaves something open does not compile.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroize;

use crate::fields::{FieldError, read_data};
use crate::{
    Event, Language, Method, Reason, RefusalReason, Service, SessionId, TenantId, UserId, Via,
    members,
};

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

/// An event type as a value: its declaration, and how its `data` is read.
#[derive(Clone, Copy)]
pub struct EventType {
    /// The CloudEvents type.
    pub name: &'static str,
    /// The worker that answers it.
    pub service: Service,
    /// What it can be answered with, besides `event.rejected.v1`.
    pub outcomes: &'static [PossibleOutcome],
    /// Which of its members the trail repeats.
    pub audited: Audited,
    /// The members that its `data` knows.
    pub members: fn() -> &'static [&'static str],
    /// The JSON Schema of its `data`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    pub(crate) read: fn(Value) -> Result<Event, FieldError>,
}

impl EventType {
    pub(crate) const fn of<T: EventData + Into<Event>>() -> Self {
        Self {
            name: T::TYPE,
            service: T::SERVICE,
            outcomes: T::OUTCOMES,
            audited: T::AUDITED,
            members: members::of::<T>,
            schema: |generator| T::json_schema(generator),
            read: |data| {
                let data: T = read_data(data)?;
                data.check()?;
                Ok(data.into())
            },
        }
    }
}

/// An outcome type as a value.
#[derive(Clone, Copy)]
pub struct OutcomeType {
    /// The CloudEvents type.
    pub name: &'static str,
    /// The JSON Schema of what everybody may see of its `data`.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// The JSON Schema of the members that only the reply carries.
    pub secrets: fn(&mut SchemaGenerator) -> Schema,
}

impl OutcomeType {
    pub(crate) const fn of<T: OutcomeData>() -> Self {
        Self {
            name: T::TYPE,
            schema: |generator| T::json_schema(generator),
            secrets: |generator| T::Secrets::json_schema(generator),
        }
    }
}

/// Every reason for which any event can be refused.
pub const REFUSALS: &[RefusalReason] = RefusalReason::ALL;
