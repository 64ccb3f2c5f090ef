//! A batch, until each of its events is answered, held, put off, or set aside.
//!
//! The error of the store says what to do. *Decide again*: another worker was faster, so the batch
//! is loaded again. *Wait*: the database is away or unfit; all events wait, no failure is counted,
//! and the deliveries stay unacknowledged. *Set aside*: the event is at fault; the batch is taken
//! apart, and an event that fails five times on its own is refused with `internal_error`. *Unsure*:
//! the batch is taken apart too, but an event that fails alone is put off so that others can go on;
//! its failures count only if others succeeded in between.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use twofactor_store::Fate;

use crate::batch_order::Place;
use crate::decide::Step;
use crate::delivered::Delivered;
use crate::health::Status;
use crate::metrics::Metrics;
use crate::outbox::{Finished, Outbox};
use crate::outgoing::Outgoing;
use crate::patience::Patience;
use crate::texts::{LATER, Texts};
use crate::turn::{TurnError, Turns};

/// Count of failures on its own after which an event is set aside.
const FAILURES: u8 = 5;
/// Count of conflicts after which a batch is taken apart.
const BATCH_CONFLICTS: u8 = 3;
/// Count of conflicts on its own after which an event has failed.
const CONFLICTS: u8 = 20;
/// Wait after a conflict before an event is decided again on its own.
const AFTER_CONFLICT: Duration = Duration::from_millis(5);
/// Maximum wait of an event that is put off.
const LONGEST_PUT_OFF: Duration = Duration::from_secs(30);

/// Decides batches until every event is done.
pub struct Fates {
    /// Turns through the database.
    pub turns: Turns,
    /// Calls of the provider.
    pub texts: Texts,
    /// Publishing and acknowledging.
    pub outbox: Outbox,
    /// Metrics of the worker.
    pub metrics: Metrics,
    /// State of the worker, which notes how the database is.
    pub status: Arc<Status>,
    /// `true` once the process is asked to stop.
    pub stop: watch::Receiver<bool>,
    /// Count of batches that were decided so far.
    pub successes: AtomicU64,
}

/// Events that are decided together, and the count of conflicts of that group.
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
    /// Returns once every event of the batch is decided and handed over, or will be delivered
    /// again. The batch gives up its place in the order with that.
    pub async fn meet(&self, events: Vec<Delivered>, mut place: Place) {
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
            match self.turns.take(&mut group.events, &mut place).await {
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

    /// Carries out the step of each event; returns the events that failed and are tried again.
    async fn carry_out(&self, events: Vec<Delivered>, steps: Vec<Step>) -> Vec<Delivered> {
        let mut finished = Vec::with_capacity(events.len());
        let mut failed = Vec::new();
        for (mut event, step) in events.into_iter().zip(steps) {
            match step {
                Step::Publish(outgoing) => finished.push(self.finish(event, outgoing)),
                Step::Send(order) => self.texts.send(event, order),
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

    fn finish(&self, event: Delivered, outgoing: Box<Outgoing>) -> Finished {
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

    /// Handles a conflict or an error that is not the database's: decides again, takes the batch
    /// apart, or gives an event up.
    async fn take_apart(&self, mut group: Group, error: &TurnError, groups: &mut VecDeque<Group>) {
        let overtaken = matches!(error.fate(), Fate::DecideAgain);
        if group.events.len() > 1 {
            group.conflicts += u8::from(overtaken);
            if overtaken && group.conflicts < BATCH_CONFLICTS {
                groups.push_front(group);
                return;
            }
            tracing::warn!(%error, events = group.events.len(), "a batch is taken apart");
            let is_in_doubt = matches!(error.fate(), Fate::Unsure);
            for event in &mut group.events {
                event.is_in_doubt |= is_in_doubt;
            }
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
                self.put_off(event, error);
                continue;
            }
            event.failures += 1;
            let id = event.message.outcome_id();
            let failures = event.failures;
            tracing::error!(%error, event = ?id, failures, "an event failed on its own");
            if failures < FAILURES && matches!(error.fate(), Fate::Unsure) {
                self.put_off(event, error);
            } else if failures < FAILURES {
                groups.push_front(Group::alone(event));
            } else {
                let given_up = self.give_up(event).await;
                self.outbox.hand_over(given_up.into_iter().collect()).await;
            }
        }
    }

    /// Returns `true` if other batches succeeded since the last failure of this event.
    fn counts_against(&self, event: &mut Delivered) -> bool {
        let now = self.successes.load(Ordering::Relaxed);
        let then = event.failed_at.replace(now);
        then.is_some_and(|then| now > then)
    }

    /// Puts an event off: it is unknown yet if the event or the database is at fault.
    fn put_off(&self, mut event: Delivered, error: &TurnError) {
        self.status.set_database(Some(error.to_string()));
        let wait = LATER
            .saturating_mul(1 << event.times_put_off.min(5))
            .min(LONGEST_PUT_OFF);
        event.times_put_off = event.times_put_off.saturating_add(1);
        event.is_in_doubt = true;
        let id = event.message.outcome_id();
        tracing::warn!(%error, event = ?id, ?wait, "an event failed alone and is put off");
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
                    return group.events.pop().map(|event| self.finish(event, outgoing));
                }
                Ok(Step::Send(_) | Step::Later | Step::Fail) => return None,
                Err(error) => self.wait(&error, &mut patience, &mut group).await,
            }
        }
    }

    /// Waits for the database. If the process is asked to stop, only events whose text was sent are
    /// kept: no other worker knows the answer of the provider.
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
