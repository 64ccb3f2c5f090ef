//! The CloudEvents attributes of events and outcomes, as JSON Schema.

use serde_json::{Value, json};
use twofactor_contract::sealed;
use twofactor_contract::{Event, EventId, OutcomeType, Service};

/// The release that introduced everything that is published today.
pub const SINCE: &str = "1";

const ID: &str = "^[A-Za-z0-9._:-]{1,128}$";
const TRACE: &str = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}";

/// Returns the schema of an attribute.
fn attribute(title: &str, description: &str, mut constraints: Value) -> Value {
    constraints["title"] = title.into();
    constraints["description"] = description.into();
    constraints["x-since"] = SINCE.into();
    constraints
}

/// Returns the schema of an event with `data` of that schema.
pub fn of_event(event_type: &str, data: &Value) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event_type,
        "description": data["description"],
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": {
            "specversion": specversion(),
            "id": attribute(
                "Id",
                &format!("The event's id, unique for its source; it {}. UUIDv7 is recommended. A \
                          retry has the same id.", EventId::MUST),
                json!({"type": "string", "pattern": ID,
                       "examples": ["0193728f-6d1e-7c3a-9a55-0f6d2b7c4e11"]}),
            ),
            "source": attribute(
                "Source",
                "The publisher, a URI reference (RFC 3986).",
                json!({"type": "string", "format": "uri-reference", "minLength": 1,
                       "maxLength": 200, "examples": ["/crm"]}),
            ),
            "type": event_type_attribute(event_type),
            "time": attribute(
                "Time",
                "Time at which the publisher received it from the person, with an offset (RFC 3339): \
                 at most 30 seconds ahead and 7 days back. What a person sent to change something \
                 is stale after two minutes.",
                json!({"type": "string", "format": "date-time",
                       "examples": ["2026-11-24T10:00:00Z"]}),
            ),
            "datacontenttype": content_type(),
            "traceparent": trace_parent(
                "The W3C trace context, which the outcome passes on. A malformed one is ignored.",
            ),
            "data": data,
        },
    })
}

/// Returns the schema of an outcome with `data` of that schema.
pub fn of_outcome(known: &OutcomeType, data: &Value) -> Value {
    let is_about_a_user = !data["properties"]["user_id"].is_null();
    let mut outcome = whole_outcome(known, data);
    let attributes = outcome["properties"].as_object_mut();
    let attributes = attributes.expect("an envelope has attributes");
    if known.name == "audit.sealed.v1" {
        // It answers no event.
        for attribute in ["subject", "causationid", "causationsource", "traceparent"] {
            attributes.remove(attribute);
        }
    } else if !is_about_a_user && known.name != "event.rejected.v1" {
        attributes.remove("subject");
    }
    outcome
}

fn whole_outcome(known: &OutcomeType, data: &Value) -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": known.name,
        "description": data["description"],
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "datacontenttype", "data"],
        "properties": {
            "specversion": specversion(),
            "id": attribute(
                "Id",
                "The outcome's id, equal in every copy: a UUIDv5 derived from what it answers. \
                 Ignore an id that you have seen before.",
                json!({"type": "string", "format": "uuid",
                       "examples": ["12a70a8a-88c9-581f-85d2-05ad9ec7573b"]}),
            ),
            "source": attribute(
                "Source",
                "The worker that decided it.",
                json!({"type": "string", "enum": sources(known.name)}),
            ),
            "type": event_type_attribute(known.name),
            "time": attribute(
                "Time",
                "Time of the decision, by the database's clock: UTC with six digits of a second.",
                json!({"type": "string", "format": "date-time",
                       "examples": ["2026-11-24T10:00:00.213509Z"]}),
            ),
            "datacontenttype": content_type(),
            "subject": attribute(
                "Subject",
                "The user's id, if the outcome is about a user.",
                json!({"type": "string", "examples": ["u-4711"]}),
            ),
            "causationid": attribute(
                "Causation id",
                "The id of the event that it answers, if it could be read.",
                json!({"type": "string", "examples": ["0193728f-6d1e-7c3a-9a55-0f6d2b7c4e11"]}),
            ),
            "causationsource": attribute(
                "Causation source",
                "The source of the event that it answers, if it could be read.",
                json!({"type": "string", "examples": ["/crm"]}),
            ),
            "traceparent": trace_parent("The W3C trace context of the event that it answers."),
            "data": data,
        },
    })
}

/// Returns the possible `source`s of an outcome type.
pub fn sources(outcome_type: &str) -> Vec<&'static str> {
    if outcome_type == "audit.sealed.v1" {
        return vec![sealed::SOURCE];
    }
    let answers = |service: &Service| {
        outcome_type == "event.rejected.v1"
            || Event::TYPES.iter().any(|known| {
                let mut outcomes = known.outcomes.iter();
                known.service == *service
                    && outcomes.any(|possible| possible.outcome_type == outcome_type)
            })
    };
    let services = Service::ALL.into_iter().filter(answers);
    services.map(Service::source).collect()
}

fn specversion() -> Value {
    let description = "The version of CloudEvents.";
    attribute(
        "Spec version",
        description,
        json!({"type": "string", "const": "1.0"}),
    )
}

fn event_type_attribute(name: &str) -> Value {
    let description = "The type, which is also the routing key.";
    attribute(
        "Type",
        description,
        json!({"type": "string", "const": name}),
    )
}

fn content_type() -> Value {
    let description = "The media type of `data`.";
    let constraints = json!({"type": "string", "const": "application/json"});
    attribute("Data content type", description, constraints)
}

fn trace_parent(description: &str) -> Value {
    let example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let constraints = json!({"type": "string", "pattern": TRACE, "examples": [example]});
    attribute("Trace parent", description, constraints)
}
