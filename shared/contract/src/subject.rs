//! The subject of an outcome: the ids that it repeats from its event.

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
    /// Returns the subject with these ids.
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
    /// Returns the subject with these ids.
    pub fn of(tenant_id: &TenantId, user_id: &UserId, session_id: &SessionId) -> Self {
        Self {
            tenant_id: tenant_id.clone(),
            user_id: user_id.clone(),
            session_id: session_id.clone(),
        }
    }
}

/// A user of an institution, and the login session if the event names one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PerhapsInSession {
    /// The institution.
    pub tenant_id: TenantId,
    /// The person.
    pub user_id: UserId,
    /// The person's login session, if the event names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

impl PerhapsInSession {
    /// Returns the subject with these ids.
    pub fn of(tenant_id: &TenantId, user_id: &UserId, session_id: Option<&SessionId>) -> Self {
        Self {
            tenant_id: tenant_id.clone(),
            user_id: user_id.clone(),
            session_id: session_id.cloned(),
        }
    }
}
