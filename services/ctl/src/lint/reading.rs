//! A captured message while it is read by the workers' own reader, again and again.
//!
//! The reader names the first fault alone. So the fault is noted, the wrong member is replaced by
//! an example of the contract, and the message is read again, until no fault is found. It judges
//! nothing itself.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use twofactor_contract::{
    Event, EventType, Incoming, Message, Refusal, RefusalReason, Service, json, member_pointer,
    names_a_password, read,
};

use super::capture::Captured;
use super::fault::Fault;
use super::repeats::repeats;
use super::right::Right;

const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The `reply_to` that asks for direct reply-to; the broker replaces it by the reply's address.
const DIRECT: &str = "amq.rabbitmq.reply-to";
/// A right `reply_to`, as a publisher sets it.
pub const REPLY_TO: &str = "reply_to: amq.rabbitmq.reply-to";
const LEAVE_OUT: &str = "leave it out";

/// A message that is read again after each fault.
pub struct Reading<'a> {
    body: Vec<u8>,
    content_type: Option<&'a str>,
    routing_key: Option<String>,
    reply_to: Option<&'a str>,
    /// `Some(true)` if there is a `reply_to`; `None` where the capture shows no properties.
    pub has_reply_to: Option<bool>,
    /// The declaration of its type, where it has one.
    pub known: Option<&'static EventType>,
    /// `true` if that is the declaration of another type, since its own is unknown.
    is_stand_in: bool,
    /// Members that have an example in their place.
    replaced: BTreeSet<String>,
}

impl<'a> Reading<'a> {
    /// Returns a message before it is read.
    pub fn of(captured: &'a Captured) -> Self {
        let properties = captured.properties.as_ref();
        let reply_to = properties.and_then(|shown| shown.reply_to.as_deref());
        let mut reading = Self {
            body: captured.body.clone(),
            content_type: properties
                .map_or(Some(CONTENT_TYPE), |shown| shown.content_type.as_deref()),
            routing_key: captured.routing_key.clone(),
            reply_to: reply_to.filter(|name| *name != DIRECT),
            has_reply_to: properties.map(|_| reply_to.is_some()),
            known: None,
            is_stand_in: false,
            replaced: BTreeSet::new(),
        };
        let members = reading.members().unwrap_or_default();
        reading.known = type_of(&members).and_then(Event::find);
        reading
    }

    /// Is it read as the type that it names?
    pub fn is_of_its_type(&self) -> bool {
        !self.is_stand_in
    }

    /// Was that member replaced by an example?
    pub fn has_example_at(&self, pointer: &str) -> bool {
        self.replaced.contains(pointer)
    }

    /// Returns the members of the body; of one that occurs twice, the last.
    fn members(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(&self.body).ok()
    }

    fn rewrite(&mut self, event: Map<String, Value>) {
        self.body = Value::Object(event).to_string().into_bytes();
    }

    /// Reads it as it is now.
    pub fn read(&self) -> Result<Box<Incoming>, Refusal> {
        let members = self.members().unwrap_or_default();
        let own = type_of(&members).unwrap_or_default();
        let message = Message {
            body: &self.body,
            content_type: self.content_type,
            routing_key: self.routing_key.as_deref().unwrap_or(own),
            reply_to: self.reply_to,
            properties_are_utf8: true,
        };
        let read = read(service_of(own), message);
        read.map_err(|refused| refused.refusal)
    }

    /// Notes a fault and mends what it names; `false` where no further fault can be found.
    pub fn mend(&mut self, refusal: &Refusal, faults: &mut Vec<Fault>) -> bool {
        match (refusal.reason, refusal.field.as_deref()) {
            (RefusalReason::Malformed, None) => self.mend_text(refusal, faults),
            (RefusalReason::Malformed | RefusalReason::UnknownType, Some("/type")) => {
                self.mend_type(refusal, faults)
            }
            (RefusalReason::Malformed, Some(pointer)) => self.mend_member(pointer, refusal, faults),
            (RefusalReason::InvalidField, None) => {
                faults.push(Fault::with(refusal, REPLY_TO));
                self.reply_to = None;
                true
            }
            (RefusalReason::InvalidField, Some(pointer)) => {
                self.mend_password(refusal, faults) || self.mend_member(pointer, refusal, faults)
            }
            _ => {
                faults.push(Fault::of(refusal));
                false
            }
        }
    }

    /// Mends the content type, or a body that is no JSON as the workers read it.
    fn mend_text(&mut self, refusal: &Refusal, faults: &mut Vec<Fault>) -> bool {
        let is_right = self.content_type == Some(CONTENT_TYPE);
        if !is_right && read_as(CONTENT_TYPE, self).as_ref() != Err(refusal) {
            let right = format!("content_type: {CONTENT_TYPE}");
            faults.push(Fault::with(refusal, &right));
            self.content_type = Some(CONTENT_TYPE);
            return true;
        }
        let body = std::str::from_utf8(&self.body).unwrap_or_default();
        let is_twice = json::parse(body) == Err(json::Fault::Twice);
        if let Some(event) = self.members().filter(|_| is_twice) {
            faults.extend(repeats(body).into_iter().map(|pointer| Fault {
                field: Some(pointer),
                ..Fault::with(refusal, "each member once")
            }));
            self.rewrite(event);
            return true;
        }
        let mut fault = Fault::of(refusal);
        if let Err(error) = serde_json::from_slice::<Value>(&self.body) {
            let place = format!("line {}, column {}", error.line(), error.column());
            fault.message = format!("{} The fault is at its {place}.", fault.message);
        }
        faults.push(fault);
        false
    }

    /// Mends a type that is missing, is not the routing key, or is unknown.
    fn mend_type(&mut self, refusal: &Refusal, faults: &mut Vec<Fault>) -> bool {
        let Some(mut event) = self.members() else {
            return false;
        };
        let by_key = self.routing_key.as_deref().and_then(Event::find);
        let own = type_of(&event).and_then(Event::find);
        let first = Event::TYPES.first();
        let Some(known) = own.or(by_key).or(first) else {
            return false;
        };
        let mut fault = Fault::of(refusal);
        fault.about = Right::of(known).about("/type");
        fault.right = match (own, by_key) {
            (Some(_), _) => Some(format!("routing_key: {}", known.name)),
            (None, Some(_)) => Right::of(known).shown("/type"),
            (None, None) => likeliest(&event).and_then(|known| Right::of(known).shown("/type")),
        };
        faults.push(fault);
        self.is_stand_in |= own.or(by_key).is_none();
        self.known = Some(known);
        self.routing_key = None;
        event.insert("type".to_owned(), known.name.into());
        self.rewrite(event);
        true
    }

    /// Takes a member out that is named like a password: that is checked before any other member.
    fn mend_password(&mut self, refusal: &Refusal, faults: &mut Vec<Fault>) -> bool {
        let Some(event) = self.members() else {
            return false;
        };
        let mut event = Value::Object(event);
        if !take_password(&mut event) {
            return false;
        }
        faults.push(Fault::with(refusal, LEAVE_OUT));
        if let Value::Object(event) = event {
            self.rewrite(event);
        }
        true
    }

    fn mend_member(&mut self, pointer: &str, refusal: &Refusal, faults: &mut Vec<Fault>) -> bool {
        // The members of an unknown type are unknown; and an example is no fault of the publisher.
        let is_foreign = self.is_stand_in && pointer.starts_with("/data");
        if is_foreign || self.replaced.contains(pointer) {
            return false;
        }
        let known = self.known.or(Event::TYPES.first());
        let (Some(known), Some(event)) = (known, self.members()) else {
            faults.push(Fault::of(refusal));
            return false;
        };
        let right = Right::of(known);
        let mut event = Value::Object(event);
        let mut fault = Fault::of(refusal);
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        let unknown = right.unknown(pointer, &event).map(str::to_owned);
        let is_done = if let Some(unknown) = unknown {
            // Its name could be a value, so the pointer ends above it.
            fault.right = Some(LEAVE_OUT.to_owned());
            remove(&mut event, pointer, &unknown)
        } else if let Some(example) = right.example(pointer) {
            fault.right = right.shown(pointer);
            fault.about = right.about(pointer);
            self.replaced.insert(pointer.to_owned());
            put(&mut event, parent, name, example)
        } else {
            let meant = right.meant(parent, name);
            let meant = meant.and_then(|name| right.shown(&member_pointer(parent, name)));
            fault.right = Some(meant.unwrap_or_else(|| LEAVE_OUT.to_owned()));
            remove(&mut event, parent, name)
        };
        faults.push(fault);
        if let Value::Object(event) = event {
            self.rewrite(event);
        }
        is_done
    }
}

/// Reads the same message with that content type.
fn read_as(content_type: &str, reading: &Reading<'_>) -> Result<(), Refusal> {
    let message = Message {
        body: &reading.body,
        content_type: Some(content_type),
        routing_key: "",
        reply_to: None,
        properties_are_utf8: true,
    };
    let read = read(Service::Login, message);
    read.map(drop).map_err(|refused| refused.refusal)
}

fn type_of(event: &Map<String, Value>) -> Option<&str> {
    event.get("type").and_then(Value::as_str)
}

/// Returns the type that an unknown one was perhaps meant to be: of the same area, with the longest
/// common beginning.
fn likeliest(event: &Map<String, Value>) -> Option<&'static EventType> {
    let own = type_of(event)?;
    let alike = |known: &&EventType| {
        let pairs = own.bytes().zip(known.name.bytes());
        pairs.take_while(|(own, known)| own == known).count()
    };
    let likeliest = Event::TYPES.iter().max_by_key(alike)?;
    let area = own.find('.').filter(|dot| *dot < alike(&likeliest));
    area.map(|_| likeliest)
}

/// Returns the worker whose queue takes a type; for a type that no queue binds, that for logins.
fn service_of(event_type: &str) -> Service {
    let area = event_type.split('.').next().unwrap_or_default();
    let binding = format!("{area}.#");
    let mut services = Service::ALL.into_iter();
    let bound = services.find(|service| service.bindings().contains(&binding.as_str()));
    bound.unwrap_or(Service::Login)
}

/// Takes out the first member that is named like a password, in the reader's order.
fn take_password(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut first = None;
            for (name, value) in members.iter_mut() {
                if names_a_password(name) {
                    first = Some(name.clone());
                    break;
                }
                if take_password(value) {
                    return true;
                }
            }
            first.is_some_and(|name| members.remove(&name).is_some())
        }
        Value::Array(items) => items.iter_mut().any(take_password),
        _ => false,
    }
}

fn put(event: &mut Value, parent: &str, name: &str, value: Value) -> bool {
    let members = event.pointer_mut(parent).and_then(Value::as_object_mut);
    members.is_some_and(|members| {
        members.insert(name.to_owned(), value);
        true
    })
}

fn remove(event: &mut Value, parent: &str, name: &str) -> bool {
    let members = event.pointer_mut(parent).and_then(Value::as_object_mut);
    members.is_some_and(|members| members.remove(name).is_some())
}
