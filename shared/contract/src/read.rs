//! Reading a message: bytes become an event, or a refusal that says which check failed first and
//! where.
//!
//! The checks come in the contract's order. Those that need the database's clock, earlier
//! answers or policies follow in the rules crate; nothing here knows of them.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::declaration::Audited;
use crate::field_error::sentence;
use crate::fields::member_pointer;
use crate::json::Fault;
use crate::{
    AuditFields, Envelope, Event, EventId, Refusal, RefusalReason, ReplyTo, Secret, Service,
    Source, UtcTime, json, outcome,
};

/// The longest message that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// A delivery as the broker hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The body.
    pub body: &'a [u8],
    /// The AMQP property `content_type`.
    pub content_type: Option<&'a str>,
    /// The routing key.
    pub routing_key: &'a str,
    /// The AMQP property `reply_to`.
    pub reply_to: Option<&'a str>,
    /// `true` if every AMQP property, every header name and the routing key are UTF-8.
    pub properties_are_utf8: bool,
}

/// A valid event with everything that its answer needs.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The sender, id and time.
    pub envelope: Envelope,
    /// The event itself.
    pub event: Event,
    /// The fields that the trail and the outcome repeat.
    pub audit: AuditFields,
    /// The queue for the full outcome.
    pub reply_to: Option<ReplyTo>,
    /// `type`, `time` and `data` as canonical JSON: equal for duplicates.
    pub content: Secret<String>,
    /// The SHA-256 of the body, of which the id of a refusal is made.
    pub sha256: [u8; 32],
    outcome_id: Uuid,
}

/// A message that is not a valid event.
#[derive(Clone, Debug)]
pub struct RefusedMessage {
    /// The check that failed, and where.
    pub refusal: Refusal,
    /// The fields that could be read nevertheless.
    pub audit: AuditFields,
    /// The queue for the refusal, if `reply_to` names an allowed one.
    pub reply_to: Option<ReplyTo>,
    /// The SHA-256 of the body.
    pub sha256: [u8; 32],
}

/// Reads a message for a worker: checks 1 to 4 of the contract, except those that need a clock.
pub fn read(service: Service, message: Message<'_>) -> Result<Box<Incoming>, Box<RefusedMessage>> {
    let sha256 = Sha256::digest(message.body).into();
    let reply_to = message.reply_to.and_then(ReplyTo::parse);
    let refused = |refusal, audit| {
        Box::new(RefusedMessage {
            refusal,
            audit,
            reply_to: reply_to.clone(),
            sha256,
        })
    };
    let event = match parse(message) {
        Ok(event) => event,
        Err(refusal) => return Err(refused(refusal, AuditFields::default())),
    };
    let audit = AuditFields::of(&event, audited(&event));
    match check(service, message, event, &audit, reply_to.as_ref()) {
        Ok((envelope, content, event)) => Ok(Box::new(Incoming {
            outcome_id: outcome::outcome_id(&envelope.source, &envelope.id),
            envelope,
            event,
            audit,
            reply_to,
            content,
            sha256,
        })),
        Err(refusal) => Err(refused(refusal, audit)),
    }
}

/// Returns what the trail repeats of an event, if its type is known.
pub(crate) fn audited(event: &Map<String, Value>) -> Option<Audited> {
    let event_type = event.get("type")?.as_str()?;
    Event::find(event_type).map(|known| known.audited)
}

impl RefusedMessage {
    /// Makes the refusal of a message of which only the size and the digest are known.
    pub fn unread(refusal: Refusal, reply_to: Option<&str>, sha256: &[u8; 32]) -> Self {
        Self {
            refusal,
            audit: AuditFields::default(),
            reply_to: reply_to.and_then(ReplyTo::parse),
            sha256: *sha256,
        }
    }
}

impl Incoming {
    /// Returns the id of the outcome that will answer it.
    pub fn outcome_id(&self) -> Uuid {
        self.outcome_id
    }
}

/// Runs check 1, and check 2 as far as JSON goes.
pub(crate) fn parse(message: Message<'_>) -> Result<Map<String, Value>, Refusal> {
    if message.body.len() > MAX_BYTES {
        return Err(Refusal::too_large());
    }
    if !message.content_type.is_some_and(is_cloud_event) {
        return Err(Refusal::malformed(
            "Set the content type to application/cloudevents+json, in UTF-8.",
        ));
    }
    let Ok(json) = std::str::from_utf8(message.body) else {
        return Err(Refusal::malformed(
            "The message is not UTF-8; encode it so.",
        ));
    };
    match json::parse(json) {
        Ok(Value::Object(event)) => Ok(event),
        Ok(_) => Err(Refusal::malformed(
            "The message must be one JSON object, a CloudEvent.",
        )),
        Err(fault) => Err(Refusal::malformed(match fault {
            Fault::Twice => "The message has a JSON member twice; send each member once.",
            Fault::TooDeep => "The message nests JSON over 32 deep; send it flatter.",
            Fault::Invalid { .. } => {
                "The message is not valid JSON; send one CloudEvent in structured JSON mode."
            }
        })),
    }
}

/// Runs the rest of check 2, then checks 3 and 4. What of the envelope is valid is in `audit` already.
fn check(
    service: Service,
    message: Message<'_>,
    mut event: Map<String, Value>,
    audit: &AuditFields,
    reply_to: Option<&ReplyTo>,
) -> Result<(Envelope, Secret<String>, Event), Refusal> {
    let event_type = required_attributes(&event)?;
    if !message.properties_are_utf8 {
        return Err(Refusal::malformed(
            "An AMQP property, a header's name or the routing key cannot be read; send each as \
             text in UTF-8, and an id as text, not as raw bytes.",
        ));
    }
    if message.routing_key != event_type {
        return Err(Refusal::malformed_at(
            "/type",
            "The routing key must be the event's type.",
        ));
    }
    let known = Event::find(event_type).filter(|known| known.service == service);
    let Some(known) = known else {
        return Err(unknown_type(service));
    };

    if let Some(password) = password_in(&event) {
        let sentence = "A password must never cross the broker; remove this member.";
        return Err(Refusal::field(password, sentence));
    }
    let field = |name: &str, must: &str| Refusal::field(format!("/{name}"), sentence(name, must));
    let envelope = Envelope {
        id: (audit.id.clone()).ok_or_else(|| field("id", EventId::MUST))?,
        source: (audit.source.clone()).ok_or_else(|| field("source", Source::MUST))?,
        time: audit.time.ok_or_else(|| field("time", UtcTime::MUST))?,
        trace_parent: audit.trace_parent.clone(),
    };
    let mut content = Vec::with_capacity(message.body.len());
    for name in ["type", "time", "data"] {
        json::write_canonical(event.get(name).unwrap_or(&Value::Null), &mut content);
    }
    let content = String::from_utf8(content).expect("JSON that is written is UTF-8");
    let Some(data @ Value::Object(_)) = event.remove("data") else {
        return Err(field(
            "data",
            "must be an object with the members of the event type",
        ));
    };
    let again = || match parse(message) {
        Ok(mut event) => event.remove("data").unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let event = Event::read(known, data, &again).map_err(Refusal::from)?;
    if message.reply_to.is_some() && reply_to.is_none() {
        return Err(Refusal::whole(
            RefusalReason::InvalidField,
            "reply_to must be direct reply-to or a queue that begins with crm.reply. or amq.gen-.",
        ));
    }
    Ok((envelope, Secret::new(content), event))
}

/// Checks `id`, `source`, `type` and `specversion` as CloudEvents 1.0 requires, and returns `type`.
fn required_attributes(event: &Map<String, Value>) -> Result<&str, Refusal> {
    let attribute = |name: &'static str| match event.get(name).and_then(Value::as_str) {
        Some(value) if !value.is_empty() => Ok(value),
        _ => {
            let sentence = format!("CloudEvents requires {name} as a text that is not empty.");
            Err(Refusal::malformed_at(&format!("/{name}"), sentence))
        }
    };
    if attribute("specversion")? != "1.0" {
        return Err(Refusal::malformed_at(
            "/specversion",
            "specversion must be 1.0.",
        ));
    }
    let source = attribute("source")?;
    if !Source::is_uri_reference(source) {
        return Err(Refusal::malformed_at(
            "/source",
            "source must be a URI reference.",
        ));
    }
    attribute("id")?;
    attribute("type")
}

fn unknown_type(service: Service) -> Refusal {
    let mut types = Event::TYPES
        .iter()
        .filter(|known| known.service == service)
        .map(|known| known.name);
    let first = types.next().unwrap_or_default();
    let known = types.fold(first.to_owned(), |list, name| format!("{list}, {name}"));
    Refusal {
        reason: RefusalReason::UnknownType,
        field: Some("/type".to_owned()),
        message: format!("This event type is not known here; known are {known}."),
    }
}

/// Returns the pointer to the first member, at any depth, that may hold a password (M20: a password
/// never crosses the broker).
fn password_in(members: &Map<String, Value>) -> Option<String> {
    members.iter().find_map(|(name, value)| {
        if names_a_password(name) {
            return Some(member_pointer("", name));
        }
        let rest = password_below(value)?;
        Some(member_pointer("", name) + &rest)
    })
}

fn password_below(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => password_in(members),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
            let rest = password_below(item)?;
            Some(format!("/{at}{rest}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Returns whether a member of that name is refused, since it may hold a password (M20).
pub fn names_a_password(name: &str) -> bool {
    // Most names have no such letter, and cost nothing more.
    if !name.contains(['p', 'P']) {
        return false;
    }
    let bare: String = name
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .collect();
    ["password", "passwd", "passphrase", "pwd"]
        .iter()
        .any(|word| bare.contains(word))
}

fn is_cloud_event(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let is_right_type = parts
        .next()
        .is_some_and(|t| t.eq_ignore_ascii_case("application/cloudevents+json"));
    is_right_type
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) => {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            None => parameter.is_empty(),
        })
}
