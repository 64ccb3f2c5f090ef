//! The spans that a collector receives: one trace from the CRM on, nothing about a person in it,
//! and no login that waits for a collector.

mod collector;
mod events;
mod failures;
mod outages;
mod privacy;
mod settings;

use collector::Collector;
use twofactor_testkit::Plan;

/// The setting of the collector.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Workers that send their spans to a collector.
async fn traced() -> (Collector, Plan) {
    let collector = Collector::start().await;
    let plan = Plan::default().set(ENDPOINT, &collector.endpoint());
    (collector, plan)
}
