//! The published example of each event type, as a CRM would send it: with its own id and time, the
//! rest as it stands in the file.

use std::fs;
use std::path::Path;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use twofactor_contract::Event;
use twofactor_testkit::{CrmEvent, World};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/examples");
/// The type that makes an institution known.
const FIRST: &str = "enrollment.policy.set.v1";

#[tokio::test]
async fn each_published_example_is_answered_as_its_type_declares() {
    let world = World::start().await.expect("a world");
    let first = Event::TYPES.iter().filter(|known| known.name == FIRST);
    let then = Event::TYPES.iter().filter(|known| known.name != FIRST);
    for known in first.chain(then) {
        let event = example(known.name);
        let outcome = world.crm.ask(&event).await.expect("an outcome");
        let declared = known.outcomes.iter();
        let mut declared = declared.map(|possible| possible.outcome_type);
        assert!(
            declared.any(|name| name == outcome.kind()),
            "the example of {} was answered by {}, reason {:?}, field {:?}",
            known.name,
            outcome.kind(),
            outcome.str("reason"),
            outcome.str("field"),
        );
    }
}

/// The event of the file, sent now. What the file dates to come, such as the end of an exemption,
/// is an hour ahead.
fn example(event_type: &str) -> CrmEvent {
    let file = Path::new(FOLDER).join(format!("{event_type}.json"));
    let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut event: Value = serde_json::from_slice(&bytes).expect("JSON");
    let soon = Timestamp::now() + 1.hour();
    for value in event["data"].as_object_mut().expect("data").values_mut() {
        let is_time = value
            .as_str()
            .is_some_and(|value| value.parse::<Timestamp>().is_ok());
        if is_time {
            *value = json!(soon.to_string());
        }
    }
    let fresh = CrmEvent::new(event_type, event["data"].take());
    ["datacontenttype", "source", "traceparent"]
        .into_iter()
        .fold(fresh, |fresh, name| fresh.with(name, event[name].take()))
}
