//! The checks of every event that need a clock, a memory or the settings: 4 in part, 5, 6, 7
//! and 8.
//!
//! The checks before them are the contract crate's. What passes here is decided.

use jiff::Timestamp;
use twofactor_contract::{Event, Incoming, Refusal, RefusalReason};

use crate::answer::Answer;
use crate::decide::decide;
use crate::decision::{Undecidable, Verdict};
use crate::purpose::HashPurpose;
use crate::{Keys, Limits, Moment, State, enrollment};

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
    if !state.policies.contains_key(event.tenant()) && !matches!(event, Event::PolicySet(_)) {
        let sentence =
            "No policy was ever set for this tenant; send enrollment.policy.set.v1 first.";
        return Ok(Verdict::Refused(Refusal {
            field: Some("/data/tenant_id".into()),
            ..Refusal::whole(RefusalReason::UnknownTenant, sentence)
        }));
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
    match event {
        Event::Exempted(exempted) if exempted.until.0 > now + Limits::EXEMPTION => Some(
            Refusal::field("/data/until", "until must lie 30 days ahead at most."),
        ),
        Event::TotpStarted(started) => enrollment::totp::unfit(started, limits),
        Event::LoginAttempted(_)
        | Event::SmsRequested(_)
        | Event::TotpConfirmed(_)
        | Event::SmsStarted(_)
        | Event::SmsConfirmed(_)
        | Event::BackupCodesRequested(_)
        | Event::MethodReset(_)
        | Event::BrowsersForgotten(_)
        | Event::Exempted(_)
        | Event::PolicySet(_)
        | Event::PolicyRequested(_)
        | Event::ProfileRequested(_)
        | Event::ProfileListRequested(_)
        | Event::ResetRequested(_)
        | Event::ResetUserErased(_) => None,
    }
}

/// Check 5: an answer with secrets reaches the reply queue alone.
pub fn reply_to_required(event: &Event, has_reply_to: bool) -> Option<Refusal> {
    let sentence = "The answer may hold secrets; set reply_to, so that it reaches you alone.";
    let is_missing = event.answer_has_secrets() && !has_reply_to;
    is_missing.then(|| Refusal::whole(RefusalReason::ReplyToRequired, sentence))
}

/// Check 6: an event of this `source` and `id` was answered, or its text is on its way.
fn repeat(answer: &Answer, incoming: &Incoming, attempt: Attempt, moment: &Moment<'_>) -> Verdict {
    if answer.content != content_hash(incoming, moment.keys) {
        let sentence = "An event with this source and id came before with other content; give each event its own id.";
        return Verdict::Refused(Refusal {
            field: Some("/id".into()),
            ..Refusal::whole(RefusalReason::IdConflict, sentence)
        });
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
    let sentence = "The event is over 7 days old; send a new one if it still matters.";
    (time + Limits::EVENT_TOO_OLD < now).then(|| Refusal {
        field: Some("/time".into()),
        ..Refusal::whole(RefusalReason::TooOld, sentence)
    })
}

/// The keyed hash of an event's content, which is all that is kept of it.
pub fn content_hash(incoming: &Incoming, keys: &Keys) -> crate::keys::Hash {
    keys.hash(HashPurpose::EventContent, &[incoming.content.expose()])
}
