//! `twofactor-ctl explain`: why an event was decided as it was.
//!
//! Every fact is given with the row that it is from. A fact that is in no row is "not known", with
//! the reason; nothing is decided anew, since the state has changed since.

mod beside;
mod line;
mod rule;
mod seen;
mod topic;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use twofactor_store::{Access, AnsweredEvent, Explained, Store};
use uuid::Uuid;

use crate::cli::Explain;
use crate::database::Database;
use crate::failure::{Done, Failure};
use crate::output::Output;

use line::Line;

/// Runs the command.
pub async fn run(asked: &Explain, output: Output) -> Result<Done, Failure> {
    let store = Database::find().await?.reader()?;
    let id = asked.event_id.as_str();
    let source = asked.source.as_deref();
    let mut found = store.explain(id, source).await?;
    let mut event_id = id.to_owned();
    if found.is_empty() {
        match answered(&store, id).await? {
            None => {
                eprintln!(
                    "twofactor-ctl: the trail has no event {id}, and no outcome of the last 8 days \
                     that this role may read has that id. It was never handled, or its month was \
                     dropped; look at twofactor-ctl dead list and at the queues."
                );
            }
            Some(AnsweredEvent { event_id: None, .. }) => {
                eprintln!(
                    "twofactor-ctl: {id} is the outcome of a message whose id could not be read; \
                     twofactor-ctl dead show {id} tells what was wrong with it."
                );
            }
            Some(AnsweredEvent {
                event_id: Some(cause),
                source,
            }) => {
                eprintln!("{id} is the id of an outcome; it answers the event {cause}.");
                found = store.explain(&cause, source.as_deref()).await?;
                // A refused event may have its id from another one.
                found.retain(|one| one.outcome_id.to_string() == id);
                event_id = cause;
            }
        }
    }
    for (at, one) in found.iter().enumerate() {
        let lines = lines(&store, &event_id, one).await?;
        let gap = if at == 0 { "" } else { "\n" };
        let words = format!("{gap}{}", words(&lines));
        output.put(&words, &object(&event_id, one, &lines))?;
    }
    Ok(Done::found(found.is_empty()))
}

/// Returns the event that an outcome answers, where the id may be an outcome's.
async fn answered(store: &Store, id: &str) -> Result<Option<AnsweredEvent>, Failure> {
    let Ok(id) = id.parse::<Uuid>() else {
        return Ok(None);
    };
    Ok(match store.answered_event(id).await? {
        Access::Open(cause) => cause,
        Access::Closed => None,
    })
}

/// The reason why a member of the row itself is not known.
const ABSENT: &str = "the event did not tell, or it could not be read";

/// Returns every line about an event.
async fn lines(store: &Store, event_id: &str, one: &Explained) -> Result<Vec<Line>, Failure> {
    let seen = store.recorded_facts(one.outcome_id).await?;
    let mut all = of_its_row(one);
    let beside = beside::lines(store, event_id, one, &seen).await?;
    let has_failures = beside.iter().any(|line| line.about == seen::FAILURES);
    all.extend(beside);
    all.extend(seen::lines(one, &seen, has_failures));
    Ok(all)
}

/// Returns the lines that the row of the event itself gives.
fn of_its_row(one: &Explained) -> Vec<Line> {
    let row = format!("audit.{}_log, seq {}", one.log.name(), one.seq);
    let of_row = |about, fact: Option<String>| Line {
        about,
        known: fact.map(|fact| (fact, row.clone())).ok_or(ABSENT),
    };
    let whom = one.user_id.as_ref().zip(one.tenant_id.as_ref());
    let whom = whom.map(|(user, tenant)| format!("{user} of {tenant}"));
    let outcome = format!("{} {}", one.outcome_type, one.outcome_id);
    let waited = one.occurred_at.map(|at| waited(at, one.recorded_at));
    let mut all = vec![
        of_row("event", one.event_type.clone()),
        of_row("source", one.source.clone()),
        of_row("user", whom),
        of_row("outcome", Some(outcome)),
        of_row("rule", Some(rule::rule(one))),
    ];
    if let Some(method) = &one.method {
        all.push(of_row("method", Some(method.clone())));
    }
    all.push(of_row("decided", Some(one.recorded_at.to_string())));
    all.push(of_row("waited", waited));
    if let Some(required) = one.policy_required {
        let fact = if required {
            "a second factor was required"
        } else {
            "none was required"
        };
        all.push(of_row("policy of the login", Some(fact.to_owned())));
    }
    all
}

fn waited(occurred_at: Timestamp, recorded_at: Timestamp) -> String {
    let seconds = recorded_at.duration_since(occurred_at).as_secs_f64();
    format!("{seconds:.3} s from the event's time to the decision")
}

fn words(lines: &[Line]) -> String {
    let line = |line: &Line| match &line.known {
        Ok((fact, source)) => format!("{:20} {fact}  [{source}]", line.about),
        Err(why) => format!("{:20} not known: {why}", line.about),
    };
    let lines: Vec<String> = lines.iter().map(line).collect();
    lines.join("\n")
}

fn object(event_id: &str, one: &Explained, lines: &[Line]) -> Value {
    let facts = lines.iter().map(|line| {
        let name = line.about.replace("'s", "").replace(' ', "_");
        let fact = match &line.known {
            Ok((fact, source)) => json!({ "fact": fact, "source": source, "why": null }),
            Err(why) => json!({ "fact": null, "source": null, "why": why }),
        };
        (name, fact)
    });
    json!({
        "event_id": event_id, "outcome_id": one.outcome_id, "seq": one.seq,
        "outcome_type": one.outcome_type, "reason": one.reason, "via": one.via,
        "facts": facts.collect::<Map<_, _>>(),
    })
}
