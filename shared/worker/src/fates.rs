//! A batch until each of its events has met its fate: answered, held, put off, or set aside.
//!
//! Whose trouble is it? The store's errors say so. *Decide again*: somebody was faster, so the batch
//! is loaded anew. *Wait*: the database is away or not the one to ask; everybody waits, nothing is
//! counted, and the deliveries stay unacknowledged. *Set aside*: it is the event's; the batch is
//! taken apart until the one that fails stands alone, and what fails five times on its own is
//! refused with `internal_error`. *Unsure*: taken apart as well, but what fails alone steps back and
//! lets the others go on; its failures count only where others succeeded in between.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use twofactor_store::Fate;

use crate::decide::Step;
use crate::delivered::Delivered;
use crate::health::Status;
use crate::metrics::Metrics;
use crate::outbox::{Finished, Outbox};
use crate::patience::Patience;
use crate::texts::{LATER, Texts};
use crate::turn::{TurnError, Turns};

/// An event that failed this often on its own is set aside.
const FAILURES: u8 = 5;
/// A batch that was overtaken this often is taken apart.
const BATCH_CONFLICTS: u8 = 3;
/// An event that was overtaken this often on its own has failed.
const CONFLICTS: u8 = 20;
/// Before an event that was overtaken is decided again on its own.
const AFTER_CONFLICT: Duration = Duration::from_millis(5);
/// The longest wait of an event that steps back.
const STEPS_BACK: Duration = Duration::from_secs(30);

/// Decides batches, whatever it takes.
pub struct Fates {
    /// Through the database.
    pub turns: Turns,
    /// To the provider.
    pub texts: Texts,
    /// To the broker.
    pub outbox: Outbox,
    /// What is counted.
    pub metrics: Metrics,
    /// Told how the database is.
    pub status: Arc<Status>,
    /// Whether the process is asked to stop.
    pub stop: watch::Receiver<bool>,
    /// Batches that were decided so far.
    pub successes: AtomicU64,
}

/// Events that are decided together, and how often they were overtaken so.
struct Group {
    events: Vec<Delivered>,
    conflicts: u8,
}

impl Group {
    fn alone(event: Delivered) -> Self {
        Self {
            events: vec![event],
            conflicts: 0,
        }
    }
}

impl Fates {
    /// Returns once every event of the batch is decided and on its way, or will come again.
    pub async fn meet(&self, events: Vec<Delivered>) {
        let redelivered = events
            .iter()
            .filter(|event| event.message.redelivered)
            .count();
        self.metrics.took_batch(events.len(), redelivered);
        let mut groups = VecDeque::from([Group {
            events,
            conflicts: 0,
        }]);
        let mut patience = Patience::new();
        while let Some(mut group) = groups.pop_front() {
            group.events.retain(Delivered::is_wanted);
            if group.events.is_empty() {
                continue;
            }
            match self.turns.take(&mut group.events).await {
                Ok(steps) => {
                    patience = Patience::new();
                    self.status.set_database(None);
                    self.successes.fetch_add(1, Ordering::Relaxed);
                    let failed = self.carry_out(group.events, steps).await;
                    failed
                        .into_iter()
                        .rev()
                        .for_each(|event| groups.push_front(Group::alone(event)));
                }
                Err(error) if matches!(error.fate(), Fate::Wait) => {
                    self.wait(&error, &mut patience, &mut group).await;
                    groups.push_front(group);
                }
                Err(error) => self.take_apart(group, &error, &mut groups).await,
            }
        }
    }

    /// Carries out what was decided of each event; what failed for now is handed back.
    async fn carry_out(&self, events: Vec<Delivered>, steps: Vec<Step>) -> Vec<Delivered> {
        let mut finished = Vec::with_capacity(events.len());
        let mut failed = Vec::new();
        for (mut event, step) in events.into_iter().zip(steps) {
            match step {
                Step::Publish(outgoing) => finished.push(self.finish(event, *outgoing)),
                Step::Send(order) => {
                    self.turns.in_flight.begin(order.id);
                    self.texts.send(event, order);
                }
                Step::Later => self.texts.look_again(event, LATER),
                Step::Fail => {
                    event.failures += 1;
                    if event.failures < FAILURES {
                        failed.push(event);
                    } else {
                        finished.extend(self.give_up(event).await);
                    }
                }
            }
        }
        self.outbox.hand_over(finished).await;
        failed
    }

    fn finish(&self, event: Delivered, outgoing: crate::outgoing::Outgoing) -> Finished {
        match &outgoing.tally {
            Some(tally) => {
                self.metrics.decided(tally);
                if let Some(call) = &tally.text {
                    self.metrics.settled_text(self.turns.provider, call);
                }
            }
            None => self.metrics.repeated(),
        }
        if let (Some(_), Some(id)) = (&event.message.answered, event.message.outcome_id()) {
            self.turns.in_flight.end(id);
        }
        Finished {
            connection: event.connection,
            tag: event.tag,
            at: event.at,
            held: event.held,
            outgoing,
            trace: event.trace,
        }
    }

    /// Somebody was faster, or the database refused something: again, or apart, or given up.
    async fn take_apart(&self, mut group: Group, error: &TurnError, groups: &mut VecDeque<Group>) {
        let overtaken = matches!(error.fate(), Fate::DecideAgain);
        if group.events.len() > 1 {
            group.conflicts += u8::from(overtaken);
            if overtaken && group.conflicts < BATCH_CONFLICTS {
                groups.push_front(group);
                return;
            }
            tracing::warn!(%error, events = group.events.len(), "a batch is taken apart");
            let alone = group.events.into_iter().rev().map(Group::alone);
            alone.for_each(|group| groups.push_front(group));
            return;
        }
        for mut event in group.events {
            if overtaken && event.conflicts < CONFLICTS {
                event.conflicts += 1;
                tokio::time::sleep(AFTER_CONFLICT).await;
                groups.push_front(Group::alone(event));
                continue;
            }
            if matches!(error.fate(), Fate::Unsure) && !self.counts_against(&mut event) {
                self.step_back(event, error);
                continue;
            }
            event.failures += 1;
            let id = event.message.outcome_id();
            let failures = event.failures;
            tracing::error!(%error, event = ?id, failures, "an event failed on its own");
            if failures < FAILURES && matches!(error.fate(), Fate::Unsure) {
                self.step_back(event, error);
            } else if failures < FAILURES {
                groups.push_front(Group::alone(event));
            } else {
                let given_up = self.give_up(event).await;
                self.outbox.hand_over(given_up.into_iter().collect()).await;
            }
        }
    }

    /// Whether others succeeded since this event failed last, so that it is the only one.
    fn counts_against(&self, event: &mut Delivered) -> bool {
        let now = self.successes.load(Ordering::Relaxed);
        let then = event.failed_at.replace(now);
        then.is_some_and(|then| now > then)
    }

    /// Lets the others go first: nobody knows yet whether the event or the database is to blame.
    fn step_back(&self, mut event: Delivered, error: &TurnError) {
        self.status.set_database(Some(error.to_string()));
        let wait = LATER
            .saturating_mul(1 << event.steps_back.min(5))
            .min(STEPS_BACK);
        event.steps_back = event.steps_back.saturating_add(1);
        let id = event.message.outcome_id();
        tracing::warn!(%error, event = ?id, ?wait, "an event fails alone and steps back");
        self.texts.look_again(event, wait);
    }

    /// Refuses an event for good, unless its delivery is lost meanwhile.
    async fn give_up(&self, event: Delivered) -> Option<Finished> {
        let mut patience = Patience::new();
        let mut group = Group::alone(event);
        loop {
            group.events.retain(Delivered::is_wanted);
            let event = group.events.first_mut()?;
            match self.turns.give_up(event).await {
                Ok(Step::Publish(outgoing)) => {
                    return group
                        .events
                        .pop()
                        .map(|event| self.finish(event, *outgoing));
                }
                Ok(Step::Send(_) | Step::Later | Step::Fail) => return None,
                Err(error) => self.wait(&error, &mut patience, &mut group).await,
            }
        }
    }

    /// The database is away. Where the process is to stop, only texts that were sent are waited
    /// for: nobody else knows what became of them.
    async fn wait(&self, error: &TurnError, patience: &mut Patience, group: &mut Group) {
        self.status.set_database(Some(error.to_string()));
        let events = group.events.len();
        tracing::warn!(%error, events, "the database is away; its events wait");
        let mut stop = self.stop.clone();
        let stopping = async { stop.wait_for(|stop| *stop).await.is_ok() };
        tokio::select! {
            () = patience.wait() => {}
            true = stopping, if !*self.stop.borrow() => {}
        }
        if *self.stop.borrow() {
            group
                .events
                .retain(|event| event.message.answered.is_some());
        }
    }
}
