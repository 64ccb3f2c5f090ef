//! One complete example of every message, and one example for every reason of a rejection or
//! refusal.
//!
//! A complete example has every member of the schema, each with the example from its declaration.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use twofactor_contract::declaration::PossibleOutcome;
use twofactor_contract::{Event, Language, Method, Reason, Refusal, RefusalReason};
use twofactor_rules::rejection::Rejection;

use crate::{envelope, schemas};

/// Returns every example by its name: the type, or the type and the reason.
pub fn all() -> BTreeMap<String, Value> {
    let schemas = schemas();
    let complete = |(name, schema): (&&str, &Value)| ((*name).to_owned(), of(schema));
    let mut all: BTreeMap<_, _> = schemas.iter().map(complete).collect();
    for event in Event::TYPES {
        for possible in event.outcomes {
            // The complete one has a wait, as not every reason has.
            let complete = [Reason::TooManyFailures, Reason::Throttled].into_iter();
            let mut complete = complete.filter(|reason| possible.reasons.contains(reason));
            if let Some(reason) = complete.next() {
                let outcome = &schemas[possible.outcome_type];
                let example = rejected(outcome, event.name, possible, reason);
                all.insert(possible.outcome_type.to_owned(), example);
            }
            for reason in possible.reasons {
                let outcome = &schemas[possible.outcome_type];
                let name = format!("{}.{}", possible.outcome_type, reason.as_str());
                all.entry(name)
                    .or_insert_with(|| rejected(outcome, event.name, possible, *reason));
            }
        }
    }
    for refusal in refusals() {
        let name = format!("event.rejected.v1.{}", refusal.reason.as_str());
        let mut example = of(&schemas["event.rejected.v1"]);
        example["data"] = json!({"reason": refusal.reason, "message": refusal.message});
        if let Some(field) = refusal.field {
            example["data"]["field"] = field.into();
        }
        all.insert(name, example);
    }
    all
}

/// Makes a value with every member of a schema.
fn of(schema: &Value) -> Value {
    if let Some(fixed) = schema.get("const") {
        return fixed.clone();
    }
    if let Some(example) = schema["examples"].get(0) {
        return example.clone();
    }
    for list in ["enum", "x-extensible-enum"] {
        if let Some(first) = schema[list].get(0) {
            return first.clone();
        }
    }
    match schema["type"].as_str() {
        Some("object") => {
            let members = schema["properties"].as_object().into_iter().flatten();
            let members = members.filter(|(name, _)| *name != "secrets_gone");
            Value::Object(
                members
                    .map(|(name, member)| (name.clone(), of(member)))
                    .collect(),
            )
        }
        Some("array") => json!([of(&schema["items"])]),
        _ => panic!("a member has no example: {schema}"),
    }
}

/// Makes the example of a rejection, with the sentence that a person sees. Only reasons that are
/// about waiting have a wait.
fn rejected(schema: &Value, event_type: &str, possible: &PossibleOutcome, reason: Reason) -> Value {
    let mut example = of(schema);
    let method = match event_type {
        "login.attempted.v1" if reason == Reason::NoCodeSent => Some(Method::Sms),
        "login.attempted.v1" | "enrollment.totp.confirmed.v1" => Some(Method::Totp),
        "enrollment.backup_codes.requested.v1" | "enrollment.exempted.v1" => None,
        _ => Some(Method::Sms),
    };
    let waits = match reason {
        Reason::Throttled => Some(241),
        Reason::TooManyFailures => Some(30),
        _ => None,
    };
    let mut rejection = Rejection::new(reason, method);
    if let Some(seconds) = waits {
        rejection = rejection.retry_after(seconds);
    }
    let data = example["data"].as_object_mut().expect("an object");
    set(data, "message", rejection.message(Language::En).into());
    set(data, "next", rejection.next.as_str().into());
    set(data, "reason", reason.as_str().into());
    match waits {
        Some(seconds) => set(data, "retry_after_seconds", seconds.into()),
        None => drop(data.remove("retry_after_seconds")),
    }
    match method {
        Some(method) => set(data, "method", method.as_str().into()),
        None => drop(data.remove("method")),
    }
    let sources = envelope::sources(possible.outcome_type);
    example["source"] = sources.first().copied().into();
    example
}

/// Sets a member, if the type has it.
fn set(data: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(member) = data.get_mut(name) {
        *member = value;
    }
}

/// Returns one refusal for each reason, in the words that publishers receive.
fn refusals() -> Vec<Refusal> {
    let of_check = |reason| match reason {
        RefusalReason::TooLarge => Refusal::too_large(),
        RefusalReason::Malformed => Refusal::whole(
            reason,
            "Set the content type to application/cloudevents+json, in UTF-8.",
        ),
        RefusalReason::UnknownType => Refusal {
            field: Some("/type".to_owned()),
            ..Refusal::whole(
                reason,
                "This event type is not known here; known are login.attempted.v1.",
            )
        },
        RefusalReason::InvalidField => Refusal::field(
            "/data/ip",
            "ip must be an IPv4 or IPv6 address without a zone.",
        ),
        RefusalReason::ReplyToRequired => Refusal::reply_to_required(),
        RefusalReason::IdConflict => Refusal::id_conflict(),
        RefusalReason::TooOld => Refusal::too_old(),
        RefusalReason::UnknownTenant => Refusal::unknown_tenant(),
        RefusalReason::InternalError => Refusal::internal_error(),
    };
    RefusalReason::ALL.iter().copied().map(of_check).collect()
}
