//! The verdict on a captured message: its type, its faults.
//!
//! It has no rule of its own: the faults are those that the reader finds, and then those of the
//! rules that need no state. It keeps no value of a message.

use jiff::Timestamp;
use serde_json::Value;
use twofactor_contract::{Event, Incoming, OUTCOME_TYPES, Reason, Refusal};
use twofactor_rules::admission::{out_of_range, reply_to_required, too_old};
use twofactor_rules::limits::Limits;

use super::capture::Captured;
use super::fault::Fault;
use super::reading::{REPLY_TO, Reading};

/// Faults of one message that are reported at most; the rest is not checked.
const MOST: usize = 100;

/// The verdict on a message.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The type, where it is one of the contract.
    pub type_name: Option<&'static str>,
    /// `true` if it comes from the workers, so that it is no event.
    pub is_outcome: bool,
    /// The faults of the message.
    pub faults: Vec<Fault>,
    /// Faults that it would have if it were published now, or under other settings.
    pub hints: Vec<Fault>,
    /// `true` if everything was checked; a fault can hide what follows it.
    pub is_whole: bool,
}

/// Checks one message. `now` decides about its `time`.
pub fn check(captured: &Captured, now: Timestamp) -> Verdict {
    let mut verdict = Verdict::default();
    let lenient = serde_json::from_slice::<Value>(&captured.body).unwrap_or_default();
    let outcome = outcome_type(&lenient);
    if outcome.is_some() || is_from_the_workers(&lenient) {
        verdict.is_outcome = true;
        verdict.is_whole = true;
        verdict.type_name = outcome;
        return verdict;
    }
    let mut reading = Reading::of(captured);
    verdict.type_name = reading.known.map(|known| known.name);
    loop {
        match reading.read() {
            Ok(incoming) => {
                if reading.is_of_its_type() {
                    verdict.is_whole = true;
                    judge(&reading, &incoming, now, &mut verdict);
                }
                return verdict;
            }
            Err(_) if verdict.faults.len() >= MOST => return verdict,
            Err(refusal) => {
                if !reading.mend(&refusal, &mut verdict.faults) {
                    return verdict;
                }
            }
        }
    }
}

/// Returns the type of a message where it is that of an outcome.
fn outcome_type(message: &Value) -> Option<&'static str> {
    let name = message["type"].as_str()?;
    let mut known = OUTCOME_TYPES.iter().map(|known| known.name);
    known.find(|known| *known == name)
}

/// Is a message an outcome by its source? A later release may have other outcomes.
fn is_from_the_workers(message: &Value) -> bool {
    let source = message["source"].as_str().unwrap_or_default();
    let name = message["type"].as_str().unwrap_or_default();
    source.starts_with("/twofactor/") && Event::find(name).is_none()
}

/// The checks of the rules that need no state, of an event that can be read.
fn judge(reading: &Reading<'_>, incoming: &Incoming, now: Timestamp, verdict: &mut Verdict) {
    let event = &incoming.event;
    let time = incoming.envelope.time;
    if let Some(has_reply_to) = reading.has_reply_to {
        let refusal = reply_to_required(event, has_reply_to);
        let fault = refusal.map(|refusal| Fault::with(&refusal, REPLY_TO));
        verdict.faults.extend(fault);
    }
    // An issuer that the event does not name is a setting, which nobody here knows.
    let limits = Limits {
        issuer: String::new(),
        ..Limits::default()
    };
    let fields = out_of_range(now, event, now, &limits);
    let is_own = |refusal: &Refusal| {
        let field = refusal.field.as_deref().unwrap_or_default();
        !reading.has_example_at(field)
    };
    match fields.filter(is_own) {
        Some(refusal) if refusal.field.as_deref() == Some("/data/until") => {
            verdict.hints.push(Fault::of(&refusal));
        }
        refusal => verdict.faults.extend(refusal.as_ref().map(Fault::of)),
    }
    let is_of_time = |refusal: &Refusal| refusal.field.as_deref() == Some("/time");
    let ahead = out_of_range(time, event, now, &limits).filter(is_of_time);
    let late = ahead.or_else(|| too_old(time, now));
    let late = late.map(|refusal| Fault::of(&refusal));
    let late = late.or_else(|| stale(event, time, now, &limits));
    if !reading.has_example_at("/time") {
        verdict.hints.extend(late);
    }
}

/// Returns the fault of an event that has waited too long, if its declaration has that answer.
fn stale(event: &Event, time: Timestamp, now: Timestamp, limits: &Limits) -> Option<Fault> {
    let mut outcomes = Event::find(event.event_type())?.outcomes.iter();
    let can_be = outcomes.any(|outcome| outcome.reasons.contains(&Reason::StaleEvent));
    let minutes = limits.event_max_age.as_mins();
    (can_be && time + limits.event_max_age < now).then(|| Fault {
        reason: Reason::StaleEvent.as_str(),
        field: Some("/time".to_owned()),
        message: format!(
            "time lies over {minutes} minutes back, which is EVENT_MAX_AGE where nobody set it."
        ),
        right: None,
        about: None,
    })
}
