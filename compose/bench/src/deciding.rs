//! One event from its bytes to its outcome, by the same rules as a worker's: what every way of
//! handling it must do, however its state is loaded and kept.
//!
//! It loads and keeps nothing itself.

use anyhow::{Context, Result, bail};
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{Incoming, Message, Secret, Service, read};
use twofactor_rules::admission::{Attempt, consider, content_hash};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::facts::Facts;
use twofactor_rules::keys::Hash;
use twofactor_rules::trail::TrailRow;
use twofactor_rules::{Changed, Decision, Moment, State, Verdict};

/// Everything that is kept and published of an event.
pub struct Decided {
    /// The outcome, as the broadcast and the reply carry it.
    pub outcome: OutcomeEvent,
    /// The reply's body, if it has secrets; else it is that of the broadcast.
    pub reply: Option<Secret<String>>,
    /// The outcome as it is kept.
    pub kept: KeptOutcome,
    /// The hash of the event's content.
    pub content: Hash,
    /// What the decision saw.
    pub facts: Facts,
    /// The row of the trail.
    pub row: TrailRow,
}

/// Reads an event for a service.
pub fn incoming(service: Service, routing_key: &str, body: &[u8]) -> Result<Box<Incoming>> {
    let message = Message {
        body,
        content_type: Some("application/cloudevents+json"),
        routing_key,
        reply_to: Some("crm.reply.bench"),
        properties_are_utf8: true,
    };
    match read(service, message) {
        Ok(incoming) => Ok(incoming),
        Err(refused) => bail!("the event is refused: {:?}", refused.refusal.reason),
    }
}

/// Decides an event, and lets it take effect in the state.
pub fn decided(
    service: Service,
    incoming: &Incoming,
    earlier: Option<&Answer>,
    state: &mut State,
    moment: &mut Moment<'_>,
) -> Result<Decided> {
    let verdict = consider(state, earlier, incoming, Attempt::default(), moment)?;
    let Verdict::Decided(Decision::Answered {
        outcome,
        changes,
        notes,
    }) = verdict
    else {
        bail!("the event has no outcome of its own");
    };
    state.apply(&Changed {
        tenant: incoming.event.tenant().clone(),
        user: incoming.event.user_id().cloned(),
        changes,
    });
    let id = incoming.outcome_id();
    let outcome = OutcomeEvent::new(service, id, &incoming.audit, moment.now, outcome);
    let user = incoming.event.user().context("the event names no user")?;
    let kept = KeptOutcome::seal(&outcome, Some(&user), moment.keys, moment.rng);
    let facts = notes.facts.clone();
    let row = TrailRow::new(service, &incoming.audit, &outcome, None, notes);
    Ok(Decided {
        reply: outcome.reply(),
        outcome,
        kept,
        content: content_hash(incoming, moment.keys),
        facts,
        row,
    })
}
