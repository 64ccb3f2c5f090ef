//! What happened to an event and when, kept while it is worked on, so that its spans can be
//! written once it is acknowledged.
//!
//! Plain moments and facts: nothing here is read by a decision, and nothing here knows what a
//! span is. Where nothing is traced, and for an event whose trace nobody records, nothing is kept
//! and no clock is read.

use std::time::Instant;

use twofactor_contract::{EventId, Source, TraceParent};
use twofactor_rules::text::ProviderAnswer;

use crate::intake::Received;
use crate::metrics::known_type;

/// Stages that are kept of one event. One that waits for long has more; its newest count.
const STAGES: usize = 64;

/// What happened to one event since it was delivered.
#[derive(Debug)]
pub struct Trace {
    /// The span in whose course it was published.
    pub parent: Option<TraceParent>,
    /// Its id, if that could be read.
    pub event_id: Option<EventId>,
    /// Its source, if that could be read.
    pub source: Option<Source>,
    /// Its type, or `other`.
    pub event_type: &'static str,
    /// Whether the broker delivered it before.
    pub redelivered: bool,
    /// The delivery tag.
    pub tag: u64,
    /// When it was delivered.
    pub taken: Instant,
    /// What was done, in its order.
    pub stages: Vec<Stage>,
}

/// A part of the work on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What was done.
    pub work: Work,
    /// When it began.
    pub from: Instant,
    /// When it ended.
    pub to: Instant,
    /// How many events it was done for at once.
    pub events: usize,
    /// What went wrong: a word, or the SQLSTATE.
    pub error: Option<String>,
}

/// What can be done about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// A transaction was begun, and what the decision needs was read in it.
    Load,
    /// It was decided.
    Decide,
    /// The decision was written and committed.
    Commit,
    /// There was nothing to write, so the transaction was given up.
    RollBack,
    /// The provider was asked to send a text.
    Text(Call),
    /// The outcome was published, and every copy confirmed.
    Publish,
}

/// How the provider was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it said.
    pub answer: ProviderAnswer,
    /// The HTTP status, if it answered.
    pub status: Option<u16>,
}

impl Trace {
    /// The trace of a message that was delivered at `taken`; none where whoever began the trace
    /// does not record it.
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

    /// Keeps a stage. The same that failed in the same way again only lasts longer.
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

/// Takes the moments of a batch, if one of its events has a trace.
pub struct Stopwatch(Option<Running>);

struct Running {
    since: Instant,
    work: Work,
    events: usize,
    stages: Vec<Stage>,
    decisions: Vec<(Instant, Option<&'static str>)>,
}

impl Stopwatch {
    /// Begins with that work for so many events; reads no clock unless it is wanted.
    pub fn start(is_wanted: bool, work: Work, events: usize) -> Self {
        Self(is_wanted.then(|| Running {
            since: Instant::now(),
            work,
            events,
            stages: Vec::with_capacity(3),
            decisions: Vec::new(),
        }))
    }

    /// One kind of work is done, another begins.
    pub fn turn_to(&mut self, work: Work) {
        if let Some(running) = &mut self.0 {
            running.end_stage(Instant::now(), None);
            running.work = work;
        }
    }

    /// The next event of the batch is decided; `error` says why it could not be.
    pub fn decided(&mut self, error: Option<&'static str>) {
        if let Some(running) = &mut self.0 {
            running.decisions.push((Instant::now(), error));
        }
    }

    /// All is done, or went wrong: each trace keeps the stages of the batch, with its own part of
    /// the decisions. Returns when that was.
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

    /// What one event has of a stage: its own decision, and all of the rest.
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
