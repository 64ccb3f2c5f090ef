//! The table of possible outcomes by event, for the integrator's page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use twofactor_contract::Event;
use twofactor_contract::EventType;
use twofactor_contract::declaration::PossibleOutcome;

use crate::schemas;

/// Returns the table: a row for each possible outcome of each event.
pub fn table() -> String {
    let schemas = schemas();
    let mut table = String::from(
        "| event | worker | outcome | `via` or `reason` |\n\
         |---|---|---|---|\n",
    );
    for known in Event::TYPES {
        for (at, possible) in known.outcomes.iter().enumerate() {
            let event = if at == 0 {
                event(known)
            } else {
                " | ".to_owned()
            };
            let outcome = outcome(&schemas, possible.outcome_type);
            let _ = writeln!(table, "| {event} | {outcome} | {} |", details(possible));
        }
    }
    table
}

/// Returns the first two cells of an event's row.
fn event(known: &EventType) -> String {
    format!("{} | `{}`", linked(known.name), known.service.name())
}

/// Returns a type with links to its schema and its example.
fn linked(name: &str) -> String {
    format!("[`{name}`](schema/{name}.schema.json) ([example](examples/{name}.json))")
}

/// Returns the outcome, marked if its reply can have secret members.
fn outcome(schemas: &BTreeMap<&'static str, Value>, name: &str) -> String {
    let members = schemas[name]["properties"]["data"]["properties"].as_object();
    let mut members = members.into_iter().flatten();
    let has_secrets = members.any(|(_, member)| member["x-secret"] == true);
    let mark = if has_secrets { " 🔒" } else { "" };
    format!("{}{mark}", linked(name))
}

fn details(possible: &PossibleOutcome) -> String {
    let vias = possible
        .vias
        .iter()
        .map(|via| format!("`{}`", via.as_str()));
    let reasons = possible.reasons.iter().map(|reason| {
        let name = reason.as_str();
        format!("[`{name}`](#{name})")
    });
    vias.chain(reasons).collect::<Vec<_>>().join(" ")
}
