//! What could be read of a message that need not be valid: for the trail, and for its sender.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    AdminId, EventId, SessionId, Source, TenantId, TraceParent, UserId, ViewerId, parse_rfc3339,
};

/// What could be read of a message, valid or not. Every part is safe to log.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The event's id.
    pub id: Option<EventId>,
    /// The event's source.
    pub source: Option<Source>,
    /// The event's type, also one that nobody knows, if it looks like a type.
    pub event_type: Option<String>,
    /// When the publisher received it.
    pub time: Option<Timestamp>,
    /// The institution.
    pub tenant_id: Option<TenantId>,
    /// The user.
    pub user_id: Option<UserId>,
    /// Who acted: an administrator or a viewer.
    pub actor_id: Option<String>,
    /// The login.
    pub session_id: Option<SessionId>,
    /// The trace it belongs to.
    pub trace_parent: Option<TraceParent>,
}

impl Seen {
    /// Reads what can be read of an event that need not be valid.
    pub(crate) fn of(event: &Map<String, Value>) -> Self {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        let data = |name: &str| event.get("data")?.get(name)?.as_str();
        Self {
            id: text("id").and_then(EventId::parse),
            source: text("source").and_then(Source::parse),
            event_type: text("type")
                .filter(|name| looks_like_a_type(name))
                .map(str::to_owned),
            time: text("time").and_then(parse_rfc3339),
            tenant_id: data("tenant_id").and_then(TenantId::parse),
            user_id: data("user_id").and_then(UserId::parse),
            actor_id: data("admin_id")
                .and_then(AdminId::parse)
                .map(|id| id.to_string())
                .or_else(|| {
                    data("viewer_id")
                        .and_then(ViewerId::parse)
                        .map(|id| id.to_string())
                }),
            session_id: data("session_id").and_then(SessionId::parse),
            trace_parent: text("traceparent").and_then(TraceParent::parse),
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
