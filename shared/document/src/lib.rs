//! The generator of the published contract, which integrators build on.
//!
//! [`files`] makes every file that `shared/contract` publishes from the declarations of the
//! contract crate and the sentences of the rules. Only the page around the tables is written by
//! hand. What a release has published stays: [`compatibility`] finds changes that would break its
//! users. This crate is not part of what ships.

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

/// The folder of the published files, which is that of the contract crate.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract");

/// The release whose messages the present one must still read and produce.
pub const RELEASED: &str = "released/1";

/// Returns every generated file by its path below [`FOLDER`]. `page` is the present `README.md`,
/// whose generated tables are replaced.
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

/// Returns the JSON Schema of every message, by its type.
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
    let json = serde_json::to_string_pretty(value).expect("JSON");
    format!("{json}\n")
}
