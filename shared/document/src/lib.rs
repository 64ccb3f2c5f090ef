//! The published contract, generated: what other people build on.
//!
//! [`files`] makes every file that `shared/contract` publishes from the declarations of the contract
//! crate and the sentences of the rules. Nothing is written by hand but the page around them. What a
//! release has published stays: [`compatibility`] says what would break those who build on it. This
//! crate is no part of what ships.

mod answers;
mod asyncapi;
pub mod clients;
pub mod compatibility;
mod envelope;
mod examples;
mod reasons;
mod schema;
mod sentences;
mod stale;

use std::collections::BTreeMap;

use serde_json::Value;
use twofactor_contract::{Event, OUTCOME_TYPES};

pub use stale::{KEPT, stale, superfluous};

/// Where the published files stand, beside the sources of the contract crate.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract");

/// The release whose wire the present one must still read and produce.
pub const RELEASED: &str = "released/1";

/// Every generated file by its path below [`FOLDER`]. `page` is the present `README.md`, whose
/// generated tables are made anew.
pub fn files(page: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let schemas = schemas();
    let examples = examples::all();
    for (path, text) in clients::files(&schemas, &examples) {
        files.insert(path, text);
    }
    for (name, schema) in schemas {
        files.insert(format!("schema/{name}.schema.json"), pretty(&schema));
    }
    for (name, example) in examples {
        files.insert(format!("examples/{name}.json"), pretty(&example));
    }
    files.insert("asyncapi.yaml".to_owned(), asyncapi::document()?);
    files.insert("catalogue.json".to_owned(), pretty(&sentences::catalogue()));
    files.insert("README.md".to_owned(), reasons::in_page(page)?);
    Ok(files)
}

/// The JSON Schema of every message, by its type.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    let events = Event::TYPES
        .iter()
        .map(|known| (known.name, schema::of_event(known)));
    let outcomes = OUTCOME_TYPES
        .iter()
        .map(|known| (known.name, schema::of_outcome(known)));
    events.chain(outcomes).collect()
}

fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("JSON");
    format!("{text}\n")
}
