//! The checks of every event that need a clock, a memory or the settings: 4 in part, 5, 6, 7
//! and 8.
//!
//! The checks before them are the contract crate's. What passes here is decided.

use jiff::Timestamp;
use twofactor_contract::{Event, Incoming, Refusal, with_data};

use crate::answer::Answer;
use crate::decide::decide;
use crate::decider::Decider as _;
use crate::decision::{Undecidable, Verdict};
use crate::purpose::HashPurpose;
use crate::{Keys, Limits, Moment, State};

/// What the worker knows of a delivery besides its content.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    /// The broker delivered it before.
    pub redelivered: bool,
    /// This very worker is sending a text for the event now.
    pub in_flight: bool,
}

/// Runs the checks in their order, and decides what passes them all.
pub fn consider(
    state: &State,
    earlier: Option<&Answer>,
    incoming: &Incoming,
    attempt: Attempt,
    moment: &mut Moment<'_>,
) -> Result<Verdict, Undecidable> {
    let time = incoming.envelope.time;
    let event = &incoming.event;
    let now = moment.now;
    let refusal = out_of_range(time, event, now, moment.limits);
    let refusal = refusal.or_else(|| reply_to_required(event, incoming.reply_to.is_some()));
    if let Some(refusal) = refusal {
        return Ok(Verdict::Refused(refusal));
    }
    if let Some(answer) = earlier {
        return Ok(repeat(answer, incoming, attempt, moment));
    }
    if let Some(refusal) = too_old(time, now) {
        return Ok(Verdict::Refused(refusal));
    }
    let is_known = state.policies.contains_key(event.tenant());
    if !is_known && !with_data!(event, data => data.is_for_unknown_tenants()) {
        return Ok(Verdict::Refused(Refusal::unknown_tenant()));
    }
    decide(state, incoming, moment).map(Verdict::Decided)
}

/// Check 4, as far as the database's clock and the settings decide it.
pub fn out_of_range(
    time: Timestamp,
    event: &Event,
    now: Timestamp,
    limits: &Limits,
) -> Option<Refusal> {
    if time > now + Limits::CLOCK_LEAD {
        let sentence = "time lies over 30 seconds ahead; set the publisher's clock by NTP.";
        return Some(Refusal::field("/time", sentence));
    }
    with_data!(event, data => data.out_of_range(now, limits))
}

/// Check 5: an answer with secrets reaches the reply queue alone.
pub fn reply_to_required(event: &Event, has_reply_to: bool) -> Option<Refusal> {
    let is_missing = event.answer_has_secrets() && !has_reply_to;
    is_missing.then(Refusal::reply_to_required)
}

/// Check 6: an event of this `source` and `id` was answered, or its text is on its way.
fn repeat(answer: &Answer, incoming: &Incoming, attempt: Attempt, moment: &Moment<'_>) -> Verdict {
    if answer.content != content_hash(incoming, moment.keys) {
        return Verdict::Refused(Refusal::id_conflict());
    }
    if answer.outcome.is_some() {
        return Verdict::Repeat;
    }
    // Held longer ago, or so far ahead that the clock was set back since: no worker is at it.
    let held_for = moment.now.duration_since(answer.decided_at);
    let patience_is_over = held_for.abs() >= Limits::HOLD_PATIENCE;
    if attempt.in_flight || !(attempt.redelivered || patience_is_over) {
        Verdict::InFlight
    } else {
        Verdict::Abandoned
    }
}

/// Check 7: what is so old that its repeat might no longer be known.
pub fn too_old(time: Timestamp, now: Timestamp) -> Option<Refusal> {
    (time + Limits::EVENT_TOO_OLD < now).then(Refusal::too_old)
}

/// The keyed hash of an event's content, which is all that is kept of it.
pub fn content_hash(incoming: &Incoming, keys: &Keys) -> crate::keys::Hash {
    keys.hash(HashPurpose::EventContent, &[incoming.content.expose()])
}
