//! The fields of a message, valid or not, that the trail and the outcome repeat.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::declaration::{Audited, AuditedMethod};
use crate::reset::AdminReason;
use crate::{
    AdminId, ClientIp, EventId, Method, SessionId, Source, TenantId, TraceParent, UserId, ViewerId,
    parse_rfc3339,
};

/// The readable fields of a message, valid or not. Every field but the administrator's reason,
/// which prints nothing, is safe to log.
#[derive(Clone, Debug, Default)]
pub struct AuditFields {
    /// The event's id.
    pub id: Option<EventId>,
    /// The event's source.
    pub source: Option<Source>,
    /// The event's type, even an unknown one, if it looks like a type.
    pub event_type: Option<Arc<str>>,
    /// Time at which the publisher received it.
    pub time: Option<Timestamp>,
    /// The institution.
    pub tenant_id: Option<TenantId>,
    /// The user.
    pub user_id: Option<UserId>,
    /// The acting person's id: an administrator or a viewer.
    pub actor_id: Option<Arc<str>>,
    /// The person's login session.
    pub session_id: Option<SessionId>,
    /// The trace that it belongs to.
    pub trace_parent: Option<TraceParent>,
    /// The method that it is about, also where the entered code did not matter.
    pub method: Option<Method>,
    /// The person's address; of valid events logins alone have one.
    pub ip: Option<ClientIp>,
    /// The administrator's reason. It may hold anything.
    pub admin_reason: Option<AdminReason>,
}

impl AuditFields {
    /// Reads the fields of an event that need not be valid; `audited` is the declaration of its
    /// type, where it is known.
    pub(crate) fn of(event: &Map<String, Value>, audited: Option<Audited>) -> Self {
        let attribute = |name: &str| event.get(name).and_then(Value::as_str);
        let data = event.get("data");
        let member = |name: &str| data?.get(name)?.as_str();
        let event_type = attribute("type").filter(|name| looks_like_a_type(name));
        let method = audited.and_then(|audited| match audited.method {
            AuditedMethod::None => None,
            AuditedMethod::Of(method) => Some(method),
            AuditedMethod::At(pointer) => Method::parse(data?.pointer(pointer)?.as_str()?),
        });
        let has_reason = audited.is_some_and(|audited| audited.admin_reason);
        let admin = member("admin_id").and_then(AdminId::parse);
        let viewer = member("viewer_id").and_then(ViewerId::parse);
        Self {
            id: attribute("id").and_then(EventId::parse),
            source: attribute("source").and_then(Source::parse),
            event_type: event_type.map(Into::into),
            time: attribute("time").and_then(parse_rfc3339),
            tenant_id: member("tenant_id").and_then(TenantId::parse),
            user_id: member("user_id").and_then(UserId::parse),
            actor_id: admin
                .map(|id| (&id).into())
                .or(viewer.map(|id| (&id).into())),
            session_id: member("session_id").and_then(SessionId::parse),
            trace_parent: attribute("traceparent").and_then(TraceParent::parse),
            method,
            ip: member("ip").and_then(ClientIp::parse),
            admin_reason: member("reason")
                .filter(|_| has_reason)
                .and_then(AdminReason::parse),
        }
    }
}

fn looks_like_a_type(name: &str) -> bool {
    let (stem, version) = name.rsplit_once(".v").unwrap_or((name, "1"));
    let letters =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    name.len() <= 100
        && stem.split('.').all(letters)
        && (1..=3).contains(&version.len())
        && version.bytes().all(|b| b.is_ascii_digit())
}
