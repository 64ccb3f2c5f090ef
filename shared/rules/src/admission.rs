//! The checks of every event that need a clock, earlier answers or the settings: check 4 in part,
//! and checks 5 to 8.
//!
//! The contract crate makes the earlier checks. An event that passes here is decided.

use jiff::Timestamp;
use twofactor_contract::{Event, Incoming, Refusal, with_data};

use crate::answer::Answer;
use crate::decide::decide;
use crate::decider::Decider as _;
use crate::decision::{Undecidable, Verdict};
use crate::purpose::HashPurpose;
use crate::{Keys, Limits, Moment, State};

/// The facts about a delivery besides its content.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attempt {
    /// `true` if the broker delivered it before.
    pub redelivered: bool,
    /// `true` while this worker is sending a text for the event.
    pub in_flight: bool,
}

/// Runs the checks in their order, and decides an event that passes them all.
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

/// Runs check 4, as far as it depends on the database's clock and the settings.
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

/// Runs check 5: an answer with secrets is sent to the reply queue alone.
pub fn reply_to_required(event: &Event, has_reply_to: bool) -> Option<Refusal> {
    let is_missing = event.answer_has_secrets() && !has_reply_to;
    is_missing.then(Refusal::reply_to_required)
}

/// Runs check 6: an event of this `source` and `id` was answered, or its text is on its way.
fn repeat(answer: &Answer, incoming: &Incoming, attempt: Attempt, moment: &Moment<'_>) -> Verdict {
    if answer.content != content_hash(incoming, moment.keys) {
        return Verdict::Refused(Refusal::id_conflict());
    }
    if answer.outcome.is_some() {
        return Verdict::Repeat;
    }
    // Held longer ago, or so far in the future that the clock was set back: no worker sends it.
    let held_for = moment.now.duration_since(answer.decided_at);
    let patience_is_over = held_for.abs() >= Limits::HOLD_PATIENCE;
    if attempt.in_flight || !(attempt.redelivered || patience_is_over) {
        Verdict::InFlight
    } else {
        Verdict::Abandoned
    }
}

/// Runs check 7: the event is so old that an earlier answer may no longer be kept.
pub fn too_old(time: Timestamp, now: Timestamp) -> Option<Refusal> {
    (time + Limits::EVENT_TOO_OLD < now).then(Refusal::too_old)
}

/// Returns the keyed hash of an event's content; nothing else is kept of the content.
pub fn content_hash(incoming: &Incoming, keys: &Keys) -> crate::keys::Hash {
    keys.hash(HashPurpose::EventContent, &[incoming.content.expose()])
}
