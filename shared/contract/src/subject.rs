//! Whom an outcome is about: the ids that it repeats from its event.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{SessionId, TenantId, UserId};

/// A user of an institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
}

impl Subject {
    /// The user whom these ids name.
    pub fn of(tenant_id: &TenantId, user_id: &UserId) -> Self {
        Self {
            tenant_id: tenant_id.clone(),
            user_id: user_id.clone(),
        }
    }
}

/// A user of an institution, in a login session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SessionSubject {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session.
    pub session_id: SessionId,
}

impl SessionSubject {
    /// The user and the session whom these ids name.
    pub fn of(tenant_id: &TenantId, user_id: &UserId, session_id: &SessionId) -> Self {
        Self {
            tenant_id: tenant_id.clone(),
            user_id: user_id.clone(),
            session_id: session_id.clone(),
        }
    }
}

/// A user of an institution, in a login session where the event has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PerhapsInSession {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session, where the event has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

impl PerhapsInSession {
    /// Whom an event about a user is about.
    pub fn of(tenant_id: &TenantId, user_id: &UserId, session_id: Option<&SessionId>) -> Self {
        Self {
            tenant_id: tenant_id.clone(),
            user_id: user_id.clone(),
            session_id: session_id.cloned(),
        }
    }
}
