//! CloudEvents 1.0 in structured JSON mode: the attributes around an event and around an outcome.
//!
//! It knows no AMQP.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::error::{ClientError, NotSent};
use crate::secret::to_wire;
use crate::types::{Event, Outcome};

/// Characters of an event's id.
const LONGEST_ID: usize = 128;
/// Bytes of an event.
const LARGEST_BODY: usize = 64 * 1024;

/// The attributes of an event that a caller may choose. The same attributes and data again are the
/// same event, which is decided once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Unique id of the event, 1 to 128 of `A-Z a-z 0-9 . _ : -`. By default a UUIDv7.
    pub id: String,
    /// Time at which the person's request came in. By default now.
    pub time: Timestamp,
    /// W3C trace context, passed on to the outcome. By default none.
    pub traceparent: Option<String>,
}

impl Attributes {
    /// A fresh id, now, and no trace.
    #[expect(clippy::new_without_default, reason = "two calls give two ids")]
    pub fn new() -> Self {
        Self::at(Timestamp::now())
    }

    /// A fresh id, that time, and no trace.
    pub fn at(time: Timestamp) -> Self {
        Self {
            id: Uuid::now_v7().to_string(),
            time,
            traceparent: None,
        }
    }
}

/// The attributes of an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Envelope {
    /// Id of the outcome, equal in every copy.
    pub id: String,
    /// The worker that decided it, such as `/twofactor/login`.
    pub source: String,
    /// Time of the decision.
    pub time: Timestamp,
    /// The user's id, where the outcome is about a user.
    #[serde(default)]
    pub subject: Option<String>,
    /// Id of the event that it answers, where it could be read.
    #[serde(default)]
    pub causationid: Option<String>,
    /// Source of the event that it answers, where it could be read.
    #[serde(default)]
    pub causationsource: Option<String>,
    /// W3C trace context of the event.
    #[serde(default)]
    pub traceparent: Option<String>,
}

/// What an event is answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The attributes of the outcome.
    pub envelope: Envelope,
    /// The outcome. [`Outcome::LoginAccepted`] alone lets a person in.
    pub outcome: Outcome,
}

/// An event as it is published, the same bytes at every try.
pub(crate) struct Message {
    pub event_type: &'static str,
    pub id: String,
    /// Of this request alone: no other with the same id takes its answer.
    pub correlation_id: String,
    pub body: Vec<u8>,
}

#[derive(Serialize)]
struct Written<'a, E> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    event_type: &'static str,
    time: Timestamp,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    data: &'a E,
}

#[derive(Deserialize)]
struct Read {
    specversion: String,
    #[serde(rename = "type")]
    outcome_type: String,
    #[serde(flatten)]
    envelope: Envelope,
    data: Value,
}

impl Message {
    /// Writes an event. One that the broker itself would choke on is refused, so that it closes no
    /// channel that others wait on.
    pub fn new<E: Event>(
        source: &str,
        event: &E,
        attributes: Attributes,
    ) -> Result<Self, ClientError> {
        let Attributes {
            id,
            time,
            traceparent,
        } = attributes;
        let refused = |problem| ClientError::BadEvent {
            event_type: E::TYPE.to_owned(),
            problem,
        };
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(refused("its id must have 1 to 128 characters"));
        }
        let body = to_wire(&Written {
            specversion: "1.0",
            id: &id,
            source,
            event_type: E::TYPE,
            time,
            datacontenttype: "application/json",
            traceparent,
            data: event,
        });
        let body = body.map_err(|_| refused("it cannot be written as JSON"))?;
        if body.len() > LARGEST_BODY {
            return Err(refused("it has more than 64 KiB"));
        }
        Ok(Self {
            event_type: E::TYPE,
            id,
            correlation_id: Uuid::new_v4().to_string(),
            body,
        })
    }

    /// Reads what came as its answer. Nothing of its content is in the error.
    pub fn answer(&self, bytes: &[u8]) -> Result<Answer, ClientError> {
        let bad = |problem| ClientError::BadAnswer {
            event_type: self.event_type.to_owned(),
            id: self.id.clone(),
            problem,
        };
        let read: Read = serde_json::from_slice(bytes).map_err(|_| bad("it is no CloudEvent"))?;
        if read.specversion != "1.0" {
            return Err(bad("it is of another version of CloudEvents"));
        }
        if !read.data.is_object() {
            return Err(bad("its data is no object"));
        }
        let outcome = Outcome::read(&read.outcome_type, read.data);
        Ok(Answer {
            envelope: read.envelope,
            outcome: outcome
                .map_err(|_| bad("its data lacks a member, or has one of another type"))?,
        })
    }

    /// The error where none came.
    pub fn no_answer(&self, waited: Duration, not_sent: Option<NotSent>) -> ClientError {
        ClientError::NoAnswer {
            event_type: self.event_type.to_owned(),
            id: self.id.clone(),
            waited,
            not_sent,
        }
    }
}
