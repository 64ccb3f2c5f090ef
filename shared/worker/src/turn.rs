//! One batch through the database: load for all, decide one by one, write for all.
//!
//! The path of an event without the broker: its needs, the transaction, the decision, the commit.
//! What follows after an error is decided elsewhere.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::rngs::ThreadRng;
use twofactor_contract::outcome::refusal_id;
use twofactor_contract::{Refusal, Service};
use twofactor_rules::{Keys, Limits, Needs, needs};
use twofactor_store::{Draft, Fate, LockWait, Store, StoreError, Turn};
use uuid::Uuid;

use crate::batch_order::Place;
use crate::decide::{BatchDecider, Step};
use crate::delivered::Delivered;
use crate::failpoint::{Failpoint, Fault, panic_over, reach};
use crate::in_flight::InFlight;
use crate::intake::Received;
use crate::trace::{Stopwatch, Work};
use crate::{chance, clock};

/// Error in the span of an event that could not be decided.
const UNDECIDABLE: &str = "undecidable";

/// Reason why a batch was not decided.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// Error of the database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Deciding panicked; the draft is thrown away.
    #[error("deciding panicked; the place is logged with the panic")]
    Panicked,
}

impl TurnError {
    /// Returns what is to be done about it.
    pub fn fate(&self) -> Fate {
        match self {
            Self::Store(error) => error.fate(),
            Self::Panicked => Fate::SetAside,
        }
    }

    /// Returns a word for it, or the SQLSTATE.
    fn name(&self) -> String {
        let name = match self {
            Self::Store(error) => error.code().unwrap_or(match error.fate() {
                Fate::Wait => "database_away",
                Fate::DecideAgain | Fate::Unsure | Fate::SetAside => "database_error",
            }),
            Self::Panicked => "panic",
        };
        name.to_owned()
    }
}

/// Parts that every turn of a worker needs.
pub struct Turns {
    /// Service of the worker.
    pub service: Service,
    /// Keys that seal and hash.
    pub keys: Keys,
    /// Limits of the rules.
    pub limits: Limits,
    /// Database.
    pub store: Store,
    /// Name of the provider in the trail.
    pub provider: &'static str,
    /// Texts that are being sent.
    pub in_flight: InFlight,
    /// Fault that a test asked for.
    pub fault: Option<Fault>,
}

impl Turns {
    /// Decides a batch and commits it; returns a step for each event, in their order. After an
    /// error nothing is decided. It begins anew if the batch ahead must be decided again.
    pub async fn take(
        &self,
        batch: &mut [Delivered],
        place: &mut Place,
    ) -> Result<Vec<Step>, TurnError> {
        loop {
            let is_traced = batch.iter().any(|event| event.trace.is_some());
            let mut watch = Stopwatch::start(is_traced, Work::Load, batch.len());
            let taken = self.decide_and_commit(batch, place, &mut watch).await;
            let traces = batch.iter_mut().map(|event| event.trace.as_deref_mut());
            watch.stop(traces, taken.as_ref().err().map(TurnError::name));
            let is_whole = |step: &Step| !matches!(step, Step::Fail);
            match &taken {
                Ok(Some(steps)) if steps.iter().all(is_whole) => place.written(),
                Ok(_) | Err(_) => place.decide_again(),
            }
            match taken? {
                Some(steps) => return Ok(steps),
                None => place.until_ahead_ended().await,
            }
        }
    }

    /// Returns `None` if nothing was written, because the batch ahead must be decided again.
    async fn decide_and_commit(
        &self,
        batch: &[Delivered],
        place: &mut Place,
        watch: &mut Stopwatch,
    ) -> Result<Option<Vec<Step>>, TurnError> {
        let messages = || batch.iter().map(|delivered| &delivered.message);
        let needs = survived(|| self.needs(messages()))?;
        // A list is read without locks, and shows what was written before.
        if !needs.listed.is_empty() && !place.ahead_is_written().await {
            place.until_ahead_ended().await;
        }
        let waits = if batch.iter().any(|event| event.is_in_doubt) {
            LockWait::Short
        } else {
            LockWait::Usual
        };
        let mut turn = self.store.begin_with(&needs, waits).await?;
        // Policies are read without locks, so the batch behind one that sets them is not loaded yet.
        if needs.policies.is_empty() {
            place.locked();
        }
        watch.turn_to(Work::Decide);
        let draft = &mut turn.draft;
        let decided: Vec<Result<Step, Box<Refusal>>> = survived(|| {
            let rng = &mut chance::rng();
            let mut decider = self.decider(rng);
            let decide = |message| {
                let step = decider.decide(message, draft);
                watch.decided(matches!(step, Ok(Step::Fail)).then_some(UNDECIDABLE));
                step
            };
            messages().map(decide).collect()
        })?;
        if !place.ahead_is_written().await {
            watch.turn_to(Work::RollBack);
            turn.roll_back().await;
            return Ok(None);
        }
        let steps = self.answer_refused(batch, decided, &mut turn).await?;
        self.write_with_texts(turn, &steps, watch).await?;
        Ok(Some(steps))
    }

    /// Answers what is refused: after the decisions, since most batches refuse nothing, and no other
    /// event depends on a refusal; and once the batch ahead is written, which may have refused the
    /// same bytes.
    async fn answer_refused(
        &self,
        batch: &[Delivered],
        decided: Vec<Result<Step, Box<Refusal>>>,
        turn: &mut Turn,
    ) -> Result<Vec<Step>, TurnError> {
        let messages = || batch.iter().map(|delivered| &delivered.message);
        let refused = messages().zip(&decided).filter(|(_, one)| one.is_err());
        let ids: BTreeSet<Uuid> = refused
            .map(|(message, _)| refusal_id(message.sha256()))
            .collect();
        if !ids.is_empty() {
            turn.load_refusals(&ids).await?;
        }
        let draft = &mut turn.draft;
        let step = |(message, decided): (&Received, Result<Step, Box<Refusal>>)| {
            decided.unwrap_or_else(|refusal| self.refuse(message, &refusal, draft))
        };
        survived(|| messages().zip(decided).map(step).collect())
    }

    /// Writes a batch. Its texts count as in flight from before the commit on, since the next batch may
    /// find their holds at once.
    async fn write_with_texts(
        &self,
        turn: Turn,
        steps: &[Step],
        watch: &mut Stopwatch,
    ) -> Result<(), StoreError> {
        let begun = steps.iter().filter_map(|step| match step {
            Step::Send(order) => self.in_flight.begin(order.id).then_some(order.id),
            Step::Publish(_) | Step::Later | Step::Fail => None,
        });
        let begun: Vec<Uuid> = begun.collect();
        let written = self.write(turn, watch).await;
        if written.is_err() {
            for id in begun {
                self.in_flight.end(id);
            }
        }
        written
    }

    /// Refuses an event that failed for good. If the database cannot keep the refusal, it is
    /// published all the same; an error means that the database is away.
    pub async fn give_up(&self, event: &mut Delivered) -> Result<Step, TurnError> {
        let message = &event.message;
        let refusal = Refusal::internal_error();
        let mut watch = Stopwatch::start(event.trace.is_some(), Work::Load, 1);
        let kept = self.keep_refusal(message, &refusal, &mut watch).await;
        let kept = kept.map_err(TurnError::Store);
        let trace = std::iter::once(event.trace.as_deref_mut());
        watch.stop(trace, kept.as_ref().err().map(TurnError::name));
        match kept {
            Ok(step) => Ok(step),
            Err(error) if matches!(error.fate(), Fate::Wait) => Err(error),
            Err(error) => {
                tracing::error!(%error, "a refusal is published that could not be kept");
                Ok(self.refuse(message, &refusal, &mut Draft::new(clock::now())))
            }
        }
    }

    async fn keep_refusal(
        &self,
        message: &Received,
        refusal: &Refusal,
        watch: &mut Stopwatch,
    ) -> Result<Step, StoreError> {
        let mut turn = self.store.begin(&Needs::default()).await?;
        let id = refusal_id(message.sha256());
        turn.load_refusals(&[id].into()).await?;
        watch.turn_to(Work::Decide);
        let step = self.refuse(message, refusal, &mut turn.draft);
        self.write(turn, watch).await?;
        Ok(step)
    }

    fn refuse(&self, message: &Received, refusal: &Refusal, draft: &mut Draft) -> Step {
        self.decider(&mut chance::rng())
            .refuse(message, refusal, draft)
    }

    fn decider<'a>(&'a self, rng: &'a mut ThreadRng) -> BatchDecider<'a> {
        let mut decider = BatchDecider::new(
            self.service,
            &self.keys,
            &self.limits,
            &self.in_flight,
            self.provider,
            rng,
        );
        decider.fault = self.fault;
        decider
    }

    fn needs<'a>(&self, messages: impl Iterator<Item = &'a Received>) -> Needs {
        let mut all = Needs::default();
        for message in messages {
            if let Ok(incoming) = &message.content {
                panic_over(self.fault, Failpoint::PanicOnLoad, incoming);
                needs(incoming, &self.keys, &self.limits, &mut all);
            }
        }
        all
    }

    async fn write(&self, turn: Turn, watch: &mut Stopwatch) -> Result<(), StoreError> {
        if turn.draft.is_unchanged() {
            watch.turn_to(Work::RollBack);
            turn.roll_back().await;
            return Ok(());
        }
        watch.turn_to(Work::Commit);
        reach(self.fault, Failpoint::BeforeCommit).await;
        turn.commit().await?;
        reach(self.fault, Failpoint::AfterCommit).await;
        Ok(())
    }
}

/// Returns the result of `decide`, or an error if it panicked.
fn survived<T>(decide: impl FnOnce() -> T) -> Result<T, TurnError> {
    // State that a panic leaves half changed belongs to a draft that is thrown away.
    catch_unwind(AssertUnwindSafe(decide)).map_err(|_| TurnError::Panicked)
}
