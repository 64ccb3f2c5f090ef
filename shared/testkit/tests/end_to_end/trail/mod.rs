//! The trail as auditors read it: a row for every handled event, for every call of the provider,
//! for every change of a policy; and nobody can change one.

mod beside;
mod events;
mod refusals;
mod rights;
mod seals;

use serde_json::Value;
use tokio_postgres::Client;
use twofactor_testkit::{CrmEvent, Institution, Outcome, Plan, Role, World};

/// The logs of the services.
const LOGS: [&str; 4] = ["login_log", "sms_log", "enrollment_log", "reset_log"];

/// Returns all workers, and an institution that requires a second factor.
async fn world() -> (World, Institution) {
    let world = Plan::default().start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    (world, institution)
}

/// Returns these rows as the auditor sees them, in the order of `seq`.
async fn rows(auditor: &Client, table: &str, column: &str, value: &str) -> Vec<Value> {
    let sql =
        format!("select to_jsonb(t)::text from audit.{table} t where {column} = $1 order by seq");
    let rows = auditor.query(&sql, &[&value]).await;
    let rows = rows.expect("the auditor may read").into_iter();
    rows.map(|row| serde_json::from_str(row.get(0)).expect("JSON"))
        .collect()
}

/// Returns the one row about an event, which is in that log and in no other.
async fn only_row(auditor: &Client, log: &str, event: &CrmEvent) -> Value {
    let mut found = Vec::new();
    for each in LOGS {
        for row in rows(auditor, each, "event_id", event.id()).await {
            assert_eq!(each, log, "{}", event.event_type());
            found.push(row);
        }
    }
    assert_eq!(found.len(), 1, "rows of {}", event.event_type());
    found.remove(0)
}

/// Returns the outcome of an event.
async fn ask(world: &World, event: &CrmEvent) -> Outcome {
    world.crm.ask(event).await.expect("an outcome")
}

/// Returns a connection of the auditor.
async fn auditor(world: &World) -> Client {
    world.database.connect(Role::Auditor).await
}

/// Fails if a member of the row is not as expected.
fn has(row: &Value, expected: &Value) {
    for (name, value) in expected.as_object().expect("members") {
        let event = &row["event_type"];
        let found = row.get(name);
        assert_eq!(found, Some(value), "{name} of {event}");
    }
}

/// Returns the columns of a table, with that prefix, in their order.
fn columns(row: &Value) -> Vec<&str> {
    let mut names: Vec<_> = row
        .as_object()
        .expect("a row")
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}
