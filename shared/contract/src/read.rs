//! Bytes become an event, or a refusal that says which check failed first and where.
//!
//! The checks come in the contract's order. Those that need the database's clock, earlier
//! answers or policies follow in the rules crate; nothing here knows of them.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::fields::{FieldError, member_pointer, sentence};
use crate::json::Fault;
use crate::{
    Envelope, Event, EventId, Refusal, RefusalReason, ReplyTo, Secret, Seen, Service, Source, Told,
    TraceParent, json, outcome, parse_rfc3339,
};

/// The longest message that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// A delivery as the broker hands it over.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The body.
    pub body: &'a [u8],
    /// AMQP `content_type`.
    pub content_type: Option<&'a str>,
    /// The routing key.
    pub routing_key: &'a str,
    /// AMQP `reply_to`.
    pub reply_to: Option<&'a str>,
    /// Whether every AMQP property, header name and the routing key are text in UTF-8.
    pub properties_are_text: bool,
}

/// A valid event with all that its answer needs.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Who sent it when.
    pub envelope: Envelope,
    /// What it says.
    pub event: Event,
    /// Where the full outcome goes.
    pub reply_to: Option<ReplyTo>,
    /// `type`, `time` and `data` as canonical JSON: equal for duplicates.
    pub content: Secret<String>,
    /// The hex SHA-256 of the bytes: the name of a refusal.
    pub sha256: String,
}

/// A message that is no valid event.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Which check failed, and where.
    pub refusal: Refusal,
    /// What could be read all the same.
    pub seen: Seen,
    /// And what it tells besides.
    pub told: Told,
    /// Where the refusal goes, if to an allowed queue.
    pub reply_to: Option<ReplyTo>,
    /// The hex SHA-256 of the bytes.
    pub sha256: String,
}

/// Reads a message for a worker: checks 1 to 4 of the contract, but for the clock.
pub fn read(service: Service, message: Message<'_>) -> Result<Box<Incoming>, Box<Refused>> {
    let sha256 = hex(&Sha256::digest(message.body));
    let reply_to = message.reply_to.and_then(ReplyTo::parse);
    let refused = |refusal, seen, told| {
        Box::new(Refused {
            refusal,
            seen,
            told,
            reply_to: reply_to.clone(),
            sha256: sha256.clone(),
        })
    };
    let event =
        parse(message).map_err(|refusal| refused(refusal, Seen::default(), Told::default()))?;
    let seen = Seen::of(&event);
    let told = Told::read(
        seen.event_type.as_deref().unwrap_or_default(),
        event.get("data"),
    );
    let (envelope, content, event) =
        check(service, message, event).map_err(|refusal| refused(refusal, seen, told))?;
    Ok(Box::new(Incoming {
        envelope,
        event,
        reply_to,
        content,
        sha256,
    }))
}

impl Refused {
    /// A message of which nothing was read but its size and its digest.
    pub fn unread(refusal: Refusal, reply_to: Option<&str>, sha256: &[u8; 32]) -> Self {
        Self {
            refusal,
            seen: Seen::default(),
            told: Told::default(),
            reply_to: reply_to.and_then(ReplyTo::parse),
            sha256: hex(sha256),
        }
    }
}

impl Incoming {
    /// What the trail and the outcome repeat of the event.
    pub fn seen(&self) -> Seen {
        let actor = match &self.event {
            Event::Exempted(event) => Some(event.admin_id.as_str()),
            Event::PolicySet(event) => Some(event.admin_id.as_str()),
            Event::ResetRequested(event) => Some(event.admin_id.as_str()),
            Event::ResetUserErased(event) => Some(event.admin_id.as_str()),
            Event::PolicyRequested(event) => Some(event.viewer_id.as_str()),
            Event::ProfileRequested(event) => Some(event.viewer_id.as_str()),
            Event::ProfileListRequested(event) => Some(event.viewer_id.as_str()),
            _ => None,
        };
        Seen {
            id: Some(self.envelope.id.clone()),
            source: Some(self.envelope.source.clone()),
            event_type: Some(self.event.event_type().to_owned()),
            time: Some(self.envelope.time),
            tenant_id: Some(self.event.tenant().clone()),
            user_id: self.event.user_id().cloned(),
            actor_id: actor.map(str::to_owned),
            session_id: self.event.session().cloned(),
            trace_parent: self.envelope.trace_parent.clone(),
        }
    }

    /// The id of the outcome that will answer it.
    pub fn outcome_id(&self) -> uuid::Uuid {
        outcome::outcome_id(&self.envelope.source, &self.envelope.id)
    }
}

/// Checks 1 and 2, as far as JSON goes.
pub(crate) fn parse(message: Message<'_>) -> Result<Map<String, Value>, Refusal> {
    if message.body.len() > MAX_BYTES {
        return Err(Refusal::too_large());
    }
    if !message.content_type.is_some_and(is_cloud_event) {
        return Err(Refusal::malformed(
            "Set the content type to application/cloudevents+json, in UTF-8.",
        ));
    }
    let Ok(text) = std::str::from_utf8(message.body) else {
        return Err(Refusal::malformed(
            "The message is not UTF-8; encode it so.",
        ));
    };
    match json::parse(text) {
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

/// The rest of check 2, then 3 and 4.
fn check(
    service: Service,
    message: Message<'_>,
    mut event: Map<String, Value>,
) -> Result<(Envelope, Secret<String>, Event), Refusal> {
    let (id, source, event_type) = required_attributes(&event)?;
    if !message.properties_are_text {
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
    let known = Event::service_of(event_type).filter(|(_, owner)| *owner == service);
    let Some((event_type, _)) = known else {
        return Err(unknown_type(service));
    };

    no_password("", &Value::Object(event.clone()))?;
    let field = |name: &str, must: &str| Refusal::field(format!("/{name}"), sentence(name, must));
    let envelope = Envelope {
        id: EventId::parse(id).ok_or_else(|| field("id", EventId::MUST))?,
        source: Source::parse(source).ok_or_else(|| field("source", Source::MUST))?,
        time: event
            .get("time")
            .and_then(Value::as_str)
            .and_then(parse_rfc3339)
            .ok_or_else(|| {
                field(
                    "time",
                    "must be an RFC 3339 moment with an offset, such as 2026-11-24T10:00:00Z",
                )
            })?,
        trace_parent: event
            .get("traceparent")
            .and_then(Value::as_str)
            .and_then(TraceParent::parse),
    };
    let mut content = String::with_capacity(message.body.len());
    for name in ["type", "time", "data"] {
        json::write_canonical(event.get(name).unwrap_or(&Value::Null), &mut content);
    }
    let Some(data @ Value::Object(_)) = event.remove("data") else {
        return Err(field(
            "data",
            "must be an object with the members of the event type",
        ));
    };
    let read = Event::read(event_type, data).and_then(|event| event.check().map(|()| event));
    let event = read.map_err(FieldError::into_refusal)?;
    if message
        .reply_to
        .is_some_and(|name| ReplyTo::parse(name).is_none())
    {
        return Err(Refusal::whole(
            RefusalReason::InvalidField,
            "reply_to must be direct reply-to or a queue that begins with crm.reply. or amq.gen-.",
        ));
    }
    Ok((envelope, Secret::new(content), event))
}

/// `specversion`, `id`, `source` and `type` as CloudEvents 1.0 itself demands them.
fn required_attributes(event: &Map<String, Value>) -> Result<(&str, &str, &str), Refusal> {
    let attribute = |name: &'static str| match event.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text),
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
    Ok((attribute("id")?, source, attribute("type")?))
}

fn unknown_type(service: Service) -> Refusal {
    let mut types = Event::TYPES
        .iter()
        .filter(|(_, owner)| *owner == service)
        .map(|(name, _)| *name);
    let first = types.next().unwrap_or_default();
    let known = types.fold(first.to_owned(), |list, name| format!("{list}, {name}"));
    Refusal {
        reason: RefusalReason::UnknownType,
        field: Some("/type".to_owned()),
        message: format!("This event type is not known here; known are {known}."),
    }
}

/// M20: a password never crosses the broker, under whatever name and however deep.
fn no_password(pointer: &str, value: &Value) -> Result<(), Refusal> {
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            if names_a_password(name) {
                let sentence = "A password must never cross the broker; remove this member.";
                return Err(Refusal::field(member_pointer(pointer, name), sentence));
            }
            no_password(&member_pointer(pointer, name), value)
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| no_password(&format!("{pointer}/{at}"), item)),
        _ => Ok(()),
    }
}

fn names_a_password(name: &str) -> bool {
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
    let right = parts
        .next()
        .is_some_and(|t| t.eq_ignore_ascii_case("application/cloudevents+json"));
    right
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) => {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            None => parameter.is_empty(),
        })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}
