//! A worker in memory: it considers events, applies changes, keeps answers and holds texts. It
//! knows no promise.

use std::collections::HashMap;

use jiff::Timestamp;
use rand::rngs::StdRng;
use serde_json::Value;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{Incoming, Outcome, Service};
use twofactor_rules::admission::{Attempt, consider, content_hash};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::settle;
use twofactor_rules::text::{ProviderAnswer, TextOrder};
use twofactor_rules::{Change, Changed, Decision, Limits, Moment, State, Verdict};
use uuid::Uuid;

use crate::support::{as_loaded, check_needs, keys};

/// The result of one delivery.
pub enum Delivered {
    /// An outcome was decided.
    Outcome(Box<Published>),
    /// A refusal, which changes nothing.
    Refusal(Box<Published>),
    /// The first outcome again.
    Repeat { public: String },
    /// A text must be sent.
    Text(Box<TextOrder>),
    /// Another attempt is sending the text.
    InFlight,
    /// The fate of its text cannot be known any more.
    Abandoned,
}

/// An outcome in its two forms.
#[derive(Debug)]
pub struct Published {
    pub outcome_type: String,
    /// The event that everybody may read.
    pub public: String,
    /// `data` as the reply has it.
    pub data: Value,
}

/// The worker.
pub struct Worker {
    pub state: State,
    pub now: Timestamp,
    pub limits: Limits,
    pub rng: StdRng,
    answers: HashMap<Uuid, Answer>,
}

impl Worker {
    pub fn new(now: Timestamp, limits: Limits, rng: StdRng) -> Self {
        Self {
            state: State::default(),
            now,
            limits,
            rng,
            answers: HashMap::new(),
        }
    }

    /// Returns whether an event has an outcome.
    pub fn is_answered(&self, id: Uuid) -> bool {
        self.answers
            .get(&id)
            .is_some_and(|answer| answer.outcome.is_some())
    }

    pub fn deliver(&mut self, incoming: &Incoming, attempt: Attempt) -> Delivered {
        let earlier = self.answers.get(&incoming.outcome_id()).cloned();
        let mut moment = Moment {
            now: self.now,
            rng: &mut self.rng,
            keys: keys(),
            limits: &self.limits,
        };
        let state = as_loaded(&self.state, incoming, &self.limits);
        let verdict = consider(&state, earlier.as_ref(), incoming, attempt, &mut moment);
        match verdict.expect("it can be decided") {
            Verdict::Repeat => {
                let kept = earlier
                    .and_then(|answer| answer.outcome)
                    .expect("an outcome");
                Delivered::Repeat {
                    public: kept.public.to_string(),
                }
            }
            Verdict::InFlight => Delivered::InFlight,
            Verdict::Abandoned => Delivered::Abandoned,
            Verdict::Refused(refusal) => {
                let event = self.in_envelope(incoming, Outcome::of(&refusal));
                Delivered::Refusal(Box::new(published(&event)))
            }
            Verdict::Decided(Decision::Held { order, changes, .. }) => {
                self.apply(incoming, changes);
                self.keep(incoming, None);
                Delivered::Text(order)
            }
            Verdict::Decided(Decision::Answered {
                outcome, changes, ..
            }) => Delivered::Outcome(Box::new(self.answer(incoming, outcome, changes))),
        }
    }

    /// Settles a text: the provider answered, or never will.
    pub fn settle(&mut self, incoming: &Incoming, answer: &ProviderAnswer) -> Published {
        let mut moment = Moment {
            now: self.now,
            rng: &mut self.rng,
            keys: keys(),
            limits: &self.limits,
        };
        let state = as_loaded(&self.state, incoming, &self.limits);
        match settle(&state, incoming, answer, "twilio", &mut moment).expect("a held text") {
            Decision::Answered {
                outcome, changes, ..
            } => self.answer(incoming, outcome, changes),
            Decision::Held { .. } => panic!("a settled text is answered"),
        }
    }

    fn answer(&mut self, incoming: &Incoming, outcome: Outcome, changes: Vec<Change>) -> Published {
        self.apply(incoming, changes);
        let event = self.in_envelope(incoming, outcome);
        let user = incoming.event.user();
        let kept = KeptOutcome::seal(&event, user.as_ref(), keys(), &mut self.rng);
        self.keep(incoming, Some(kept));
        published(&event)
    }

    fn apply(&mut self, incoming: &Incoming, changes: Vec<Change>) {
        check_needs(incoming, &changes, &self.limits);
        self.state.apply(&Changed {
            tenant: incoming.event.tenant().clone(),
            user: incoming.event.user_id().cloned(),
            changes,
        });
    }

    fn keep(&mut self, incoming: &Incoming, outcome: Option<KeptOutcome>) {
        let answer = Answer {
            content: content_hash(incoming, keys()),
            decided_at: self.now,
            outcome,
        };
        self.answers.insert(incoming.outcome_id(), answer);
    }

    fn in_envelope(&self, incoming: &Incoming, outcome: Outcome) -> OutcomeEvent {
        let id = incoming.outcome_id();
        OutcomeEvent::new(Service::Login, id, &incoming.audit, self.now, outcome)
    }
}

fn published(event: &OutcomeEvent) -> Published {
    let with_secrets = event.reply();
    let reply = with_secrets
        .as_ref()
        .map_or(&*event.public, |it| it.expose());
    let reply: Value = serde_json::from_str(reply).expect("JSON");
    Published {
        outcome_type: event.outcome_type.to_string(),
        public: event.public.to_string(),
        data: reply["data"].clone(),
    }
}
