//! Stages of the work on an event, with their times, kept until it is acknowledged and its spans
//! can be written.
//!
//! Plain times and facts: no decision reads them, and nothing here knows spans. If nothing is
//! traced, or the trace of an event is not sampled, nothing is kept and no clock is read.

use std::time::Instant;

use twofactor_contract::{EventId, Source, TraceParent};
use twofactor_rules::text::ProviderAnswer;

use crate::intake::Received;
use crate::metrics::known_type;

/// Maximum count of stages that are kept of one event. An event that waits for long keeps the
/// newest.
const STAGES: usize = 64;

/// Stages of one event since it was delivered.
#[derive(Debug)]
pub struct Trace {
    /// Span in which it was published.
    pub parent: Option<TraceParent>,
    /// Id of the event, if that could be read.
    pub event_id: Option<EventId>,
    /// Source of the event, if that could be read.
    pub source: Option<Source>,
    /// Type of the event, or `other`.
    pub event_type: &'static str,
    /// `true` if the broker delivered it before.
    pub redelivered: bool,
    /// Delivery tag.
    pub tag: u64,
    /// Time of the delivery.
    pub taken: Instant,
    /// Stages, in their order.
    pub stages: Vec<Stage>,
}

/// Part of the work on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Kind of work.
    pub work: Work,
    /// Time of its beginning.
    pub from: Instant,
    /// Time of its end.
    pub to: Instant,
    /// Count of events that it was done for at once.
    pub events: usize,
    /// Error, if it failed: a word, or the SQLSTATE.
    pub error: Option<String>,
}

/// Kind of work on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A transaction was begun, and the state for the decision was read.
    Load,
    /// The event was decided.
    Decide,
    /// The decision was written and committed.
    Commit,
    /// There was nothing to write, so the transaction was rolled back.
    RollBack,
    /// The provider was called.
    Text(Call),
    /// The outcome was published, and every copy confirmed or given up.
    Publish,
}

/// Call of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Answer of the provider.
    pub answer: ProviderAnswer,
    /// HTTP status, if it answered.
    pub status: Option<u16>,
}

impl Trace {
    /// Begins the trace of a message that was delivered at `taken`; none if its parent is not
    /// sampled.
    pub fn begin(message: &Received, tag: u64, taken: Instant) -> Option<Box<Self>> {
        let audit = message.audit();
        let parent = audit.trace_parent.clone();
        if parent.as_ref().is_some_and(|parent| !parent.is_sampled()) {
            return None;
        }
        Some(Box::new(Self {
            parent,
            event_id: audit.id.clone(),
            source: audit.source.clone(),
            event_type: known_type(audit.event_type.as_deref()),
            redelivered: message.redelivered,
            tag,
            taken,
            stages: Vec::with_capacity(4),
        }))
    }

    /// Keeps a stage. One that repeats the failure of the stage before only prolongs that one.
    pub fn keep(&mut self, stage: Stage) {
        if let Some(last) = self.stages.last_mut()
            && stage.error.is_some()
            && (&last.work, &last.error) == (&stage.work, &stage.error)
        {
            last.to = stage.to;
            return;
        }
        if self.stages.len() == STAGES {
            self.stages.remove(0);
        }
        self.stages.push(stage);
    }
}

/// Takes the times of a batch, if one of its events has a trace.
pub struct Stopwatch(Option<Running>);

struct Running {
    since: Instant,
    work: Work,
    events: usize,
    stages: Vec<Stage>,
    decisions: Vec<(Instant, Option<&'static str>)>,
}

impl Stopwatch {
    /// Begins with that work for `events` events; reads no clock unless it is wanted.
    pub fn start(is_wanted: bool, work: Work, events: usize) -> Self {
        Self(is_wanted.then(|| Running {
            since: Instant::now(),
            work,
            events,
            stages: Vec::with_capacity(3),
            decisions: Vec::new(),
        }))
    }

    /// Ends one kind of work, and begins another.
    pub fn turn_to(&mut self, work: Work) {
        if let Some(running) = &mut self.0 {
            running.end_stage(Instant::now(), None);
            running.work = work;
        }
    }

    /// Notes that the next event of the batch is decided; `error` says why it could not be.
    pub fn decided(&mut self, error: Option<&'static str>) {
        if let Some(running) = &mut self.0 {
            running.decisions.push((Instant::now(), error));
        }
    }

    /// Ends the last work. Each trace keeps the stages of the batch, with its own part of the
    /// decisions. Returns the time of the end.
    pub fn stop<'a>(
        self,
        traces: impl Iterator<Item = Option<&'a mut Trace>>,
        error: Option<String>,
    ) -> Option<Instant> {
        let mut running = self.0?;
        let end = Instant::now();
        running.end_stage(end, error);
        for (place, trace) in traces.enumerate() {
            let Some(trace) = trace else { continue };
            for stage in &running.stages {
                trace.keep(running.share(place, stage));
            }
        }
        Some(end)
    }
}

impl Running {
    fn end_stage(&mut self, now: Instant, error: Option<String>) {
        self.stages.push(Stage {
            work: self.work.clone(),
            from: self.since,
            to: now,
            events: self.events,
            error,
        });
        self.since = now;
    }

    /// Returns the share of one event in a stage: its own decision, or the whole of any other
    /// stage.
    fn share(&self, place: usize, stage: &Stage) -> Stage {
        let mut own = stage.clone();
        if let (Work::Decide, Some((to, error))) = (&stage.work, self.decisions.get(place)) {
            let before = place.checked_sub(1).map(|before| self.decisions[before].0);
            (own.from, own.to, own.events) = (before.unwrap_or(stage.from), *to, 1);
            own.error = error.map(str::to_owned);
        }
        own
    }
}

#[cfg(test)]
mod tests;
