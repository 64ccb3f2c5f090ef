//! Attributes of spans, by OpenTelemetry's semantic conventions 1.37.
//!
//! Every value is from a closed set, is a figure, or names a message or a machine. Nothing here
//! identifies the person that an event is about.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use twofactor_contract::Source;

use super::Writer;
use crate::outgoing::Outgoing;
use crate::topology::EVENTS_EXCHANGE;
use crate::trace::{Call, Stage, Trace, Work};

/// Returns the attributes of an event: its origin, its type, and its outcome.
pub fn of_event(trace: &Trace, outgoing: &Outgoing, writer: &Writer) -> Vec<KeyValue> {
    let mut all = vec![
        attribute("messaging.system", "rabbitmq"),
        attribute("messaging.operation.name", "process"),
        attribute("messaging.operation.type", "process"),
        attribute("cloudevents.event_spec_version", "1.0"),
        attribute("cloudevents.event_type", trace.event_type),
        KeyValue::new("messaging.destination.name", writer.queue.clone()),
        KeyValue::new("twofactor.redelivered", trace.redelivered),
        KeyValue::new("twofactor.duplicate", outgoing.tally.is_none()),
        KeyValue::new("twofactor.outcome", outgoing.outcome_type.clone()),
    ];
    if let Ok(tag) = i64::try_from(trace.tag) {
        all.push(KeyValue::new(
            "messaging.rabbitmq.message.delivery_tag",
            tag,
        ));
    }
    if let Some(id) = &trace.event_id {
        let id = id.as_str();
        all.push(KeyValue::new("messaging.message.id", id.to_owned()));
        all.push(KeyValue::new("cloudevents.event_id", id.to_owned()));
    }
    let source = trace.source.as_ref().map(Source::as_str);
    if let Some(source) = source.filter(|source| is_plain(source)) {
        all.push(KeyValue::new("cloudevents.event_source", source.to_owned()));
    }
    let dead = outgoing.dead.as_ref().map(|dead| dead.reason.as_str());
    let tally = outgoing.tally.as_ref();
    let reason = tally.map(|tally| tally.reason).or(dead).unwrap_or_default();
    for (name, value) in [
        ("twofactor.reason", reason),
        ("twofactor.via", tally.map_or("", |tally| tally.via)),
    ] {
        if !value.is_empty() {
            all.push(attribute(name, value));
        }
    }
    all
}

/// Returns the name, the kind and the attributes of the span of a stage.
pub fn of_stage(
    stage: &Stage,
    outgoing: &Outgoing,
    writer: &Writer,
) -> (&'static str, SpanKind, Vec<KeyValue>) {
    let (name, kind, mut all) = match &stage.work {
        Work::Load => ("load", SpanKind::Client, database("SELECT")),
        Work::Decide => ("decide", SpanKind::Internal, vec![]),
        Work::Commit => ("commit", SpanKind::Client, database("COMMIT")),
        Work::RollBack => ("rollback", SpanKind::Client, database("ROLLBACK")),
        Work::Text(call) => ("provider", SpanKind::Client, of_call(call, writer)),
        Work::Publish => ("publish", SpanKind::Producer, of_outcome(outgoing)),
    };
    let is_for_a_batch = !matches!(stage.work, Work::Decide | Work::Text(_));
    if let (true, Ok(events)) = (is_for_a_batch, i64::try_from(stage.events)) {
        all.push(KeyValue::new("messaging.batch.message_count", events));
    }
    if let Some(error) = &stage.error {
        all.push(KeyValue::new("error.type", error.clone()));
        if kind == SpanKind::Client && is_sqlstate(error) {
            all.push(KeyValue::new("db.response.status_code", error.clone()));
        }
    }
    (name, kind, all)
}

fn database(operation: &'static str) -> Vec<KeyValue> {
    vec![
        attribute("db.system.name", "postgresql"),
        attribute("db.operation.name", operation),
    ]
}

fn of_call(call: &Call, writer: &Writer) -> Vec<KeyValue> {
    let mut all = vec![
        attribute("http.request.method", "POST"),
        attribute("twofactor.text", call.answer.as_str()),
    ];
    if let Some((host, port)) = &writer.texts_go_to {
        all.push(KeyValue::new("server.address", host.clone()));
        all.push(KeyValue::new("server.port", i64::from(*port)));
    }
    if let Some(status) = call.status {
        let status = i64::from(status);
        all.push(KeyValue::new("http.response.status_code", status));
    }
    all
}

fn of_outcome(outgoing: &Outgoing) -> Vec<KeyValue> {
    let outcome = outgoing.outcome_type.clone();
    vec![
        attribute("messaging.system", "rabbitmq"),
        attribute("messaging.operation.name", "publish"),
        attribute("messaging.operation.type", "send"),
        attribute("messaging.destination.name", EVENTS_EXCHANGE),
        KeyValue::new("messaging.rabbitmq.destination.routing_key", outcome),
        KeyValue::new("messaging.message.id", outgoing.id.to_string()),
    ]
}

/// Makes an attribute whose value is from a closed set of strings.
pub fn attribute(name: &'static str, value: &'static str) -> KeyValue {
    KeyValue::new(name, value)
}

/// Returns `true` if a source can be shown. It may be any URI, also one with a password or a query.
fn is_plain(source: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/:._~-".contains(&b);
    source.bytes().all(is_plain)
}

fn is_sqlstate(error: &str) -> bool {
    error.len() == 5
        && error
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}
