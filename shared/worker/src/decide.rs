//! Every event of a batch in its order: decided by the rules, recorded in the draft.
//!
//! Synchronous and without I/O; the store's [`Draft`] is memory. It knows how an outcome becomes
//! an answer that is kept, a row of the trail and copies to publish, and it knows no rule.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rand::CryptoRng;
use twofactor_contract::outcome::{OutcomeEvent, refusal_id};
use twofactor_contract::{AuditFields, Incoming, Outcome, Refusal, Service};
use twofactor_rules::admission::{Attempt, consider, content_hash};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::facts::Facts;
use twofactor_rules::text::{ProviderAnswer, TextOrder};
use twofactor_rules::trail::{Notes, TrailRow};
use twofactor_rules::{Changed, Decision, Keys, Limits, Moment, Undecidable, Verdict, settle};
use twofactor_store::{Draft, NewAnswer, NewRefusal};
use uuid::Uuid;

use crate::failpoint::{Failpoint, Fault, panic_over};
use crate::in_flight::InFlight;
use crate::intake::Received;
use crate::metrics::{Tally, known_type};
use crate::outgoing::Outgoing;

/// Next step of an event, once the draft is committed.
pub enum Step {
    /// Publish its outcome, and acknowledge it.
    Publish(Box<Outgoing>),
    /// Send a text, and decide it again with the provider's answer.
    Send(Box<TextOrder>),
    /// Decide it again soon.
    Later,
    /// Count a failure: it could not be decided.
    Fail,
}

/// Decides one batch of one worker, by the rules.
pub struct BatchDecider<'a> {
    /// Service of the worker.
    pub service: Service,
    /// Keys that seal and hash.
    pub keys: &'a Keys,
    /// Limits of the rules.
    pub limits: &'a Limits,
    /// Texts that are being sent.
    pub in_flight: &'a InFlight,
    /// Name of the provider in the trail.
    pub provider: &'static str,
    /// Random source of secrets.
    pub rng: &'a mut dyn CryptoRng,
    /// Fault that a test asked for.
    pub fault: Option<Fault>,
    /// Texts that this batch holds.
    held: HashSet<Uuid>,
}

impl<'a> BatchDecider<'a> {
    /// A decider for one batch.
    pub fn new(
        service: Service,
        keys: &'a Keys,
        limits: &'a Limits,
        in_flight: &'a InFlight,
        provider: &'static str,
        rng: &'a mut dyn CryptoRng,
    ) -> Self {
        Self {
            service,
            keys,
            limits,
            in_flight,
            provider,
            rng,
            fault: None,
            held: HashSet::new(),
        }
    }

    /// Decides one event. Changes the draft only if it could be decided. An error is the refusal of an
    /// event that is not decided: [`Self::refuse`] answers it, once earlier ones are loaded.
    pub fn decide(&mut self, message: &Received, draft: &mut Draft) -> Result<Step, Box<Refusal>> {
        let incoming = match &message.content {
            Ok(incoming) => incoming,
            Err(refused) => return Err(Box::new(refused.refusal.clone())),
        };
        // The rules see the draft and change nothing, so after a panic it is as it was.
        let judged = catch_unwind(AssertUnwindSafe(|| self.judge(message, incoming, draft)));
        match judged {
            Ok(Ok(verdict)) => self.record(message, incoming, verdict, draft),
            Ok(Err(error)) => {
                tracing::error!(event = %incoming.outcome_id(), %error, "an event is undecidable");
                Ok(Step::Fail)
            }
            Err(_) => {
                tracing::error!(event = %incoming.outcome_id(), "deciding an event panicked");
                Ok(Step::Fail)
            }
        }
    }

    /// Answers a message by `event.rejected.v1`, as before if these bytes were refused before. Earlier
    /// refusals are looked up in the draft.
    pub fn refuse(&mut self, message: &Received, refusal: &Refusal, draft: &mut Draft) -> Step {
        let id = refusal_id(message.sha256());
        let reason = refusal.reason;
        if let Some(kept) = draft.refusals.get(&(id, reason)) {
            let again = Outgoing::repeat(message, id, kept, None);
            // The first delivery may have been lost before its dead letter was published.
            let again = if message.redelivered {
                again.with_dead_letter(message, refusal)
            } else {
                again
            };
            return Step::Publish(Box::new(again));
        }
        let audit = message.audit();
        let now = draft.now;
        let event = OutcomeEvent::new(self.service, id, audit, now, Outcome::of(refusal));
        let outcome = KeptOutcome::seal(&event, None, self.keys, self.rng);
        draft.refuse(NewRefusal {
            id,
            reason,
            refused_at: now,
            outcome,
        });
        let notes = Box::new(Notes::of_refused(audit));
        draft.trail(TrailRow::new(
            self.service,
            audit,
            &event,
            Some(reason),
            notes,
        ));
        let tally = Tally {
            event_type: known_type(audit.event_type.as_deref()),
            outcome: "event.rejected.v1",
            reason: reason.as_str(),
            via: "",
            age: age(audit, draft),
            totp_offset: None,
            text: None,
        };
        let outgoing = Outgoing::first(message, event, tally);
        let outgoing = outgoing.with_dead_letter(message, refusal);
        Step::Publish(Box::new(outgoing))
    }

    fn judge(
        &mut self,
        message: &Received,
        incoming: &Incoming,
        draft: &Draft,
    ) -> Result<Verdict, Undecidable> {
        panic_over(self.fault, Failpoint::PanicOnDecide, incoming);
        let id = incoming.outcome_id();
        let earlier = draft.answers.get(&id);
        if let Some(answer) = &message.answered {
            return match earlier {
                Some(Answer {
                    outcome: Some(_), ..
                }) => Ok(Verdict::Repeat),
                _ => self.settle(incoming, answer, draft).map(Verdict::Decided),
            };
        }
        let in_flight = self.in_flight.has(id) || self.held.contains(&id);
        let attempt = Attempt {
            redelivered: message.redelivered,
            in_flight,
        };
        let mut moment = self.moment(draft);
        match consider(&draft.state, earlier, incoming, attempt, &mut moment)? {
            Verdict::Abandoned => self
                .settle(incoming, &ProviderAnswer::Unknown, draft)
                .map(Verdict::Decided),
            verdict => Ok(verdict),
        }
    }

    fn settle(
        &mut self,
        incoming: &Incoming,
        answer: &ProviderAnswer,
        draft: &Draft,
    ) -> Result<Decision, Undecidable> {
        let provider = self.provider;
        let moment = &mut self.moment(draft);
        settle(&draft.state, incoming, answer, provider, moment)
    }

    fn moment(&mut self, draft: &Draft) -> Moment<'_> {
        Moment {
            now: draft.now,
            rng: self.rng,
            keys: self.keys,
            limits: self.limits,
        }
    }

    fn record(
        &mut self,
        message: &Received,
        incoming: &Incoming,
        verdict: Verdict,
        draft: &mut Draft,
    ) -> Result<Step, Box<Refusal>> {
        Ok(match verdict {
            Verdict::Repeat => self.repeat(message, incoming, draft),
            Verdict::InFlight | Verdict::Abandoned => Step::Later,
            Verdict::Refused(refusal) => return Err(Box::new(refusal)),
            Verdict::Decided(Decision::Held {
                order,
                changes,
                facts,
            }) => {
                draft.change(&changed(incoming, changes));
                self.keep(incoming, None, facts, draft);
                self.held.insert(order.id);
                Step::Send(order)
            }
            Verdict::Decided(Decision::Answered {
                outcome,
                changes,
                notes,
            }) => {
                draft.change(&changed(incoming, changes));
                let audit = &incoming.audit;
                let event_type = audit.event_type.as_deref();
                let tally = Tally::of(event_type, outcome.outcome_type, &notes);
                let tally = Tally {
                    age: age(audit, draft),
                    ..tally
                };
                let id = incoming.outcome_id();
                let event = OutcomeEvent::new(self.service, id, audit, draft.now, outcome);
                let user = incoming.event.user();
                let kept = KeptOutcome::seal(&event, user.as_ref(), self.keys, self.rng);
                self.keep(incoming, Some(kept), notes.facts.clone(), draft);
                draft.trail(TrailRow::new(self.service, audit, &event, None, notes));
                Step::Publish(Box::new(Outgoing::first(message, event, tally)))
            }
        })
    }

    fn repeat(&self, message: &Received, incoming: &Incoming, draft: &Draft) -> Step {
        let id = incoming.outcome_id();
        let earlier = draft.answers.get(&id);
        let Some((answer, kept)) = earlier.and_then(|a| Some((a, a.outcome.as_ref()?))) else {
            tracing::error!(event = %id, "an event is a repeat of one that has no outcome");
            return Step::Fail;
        };
        let user = incoming.event.user();
        let secrets = answer
            .secrets(user.as_ref(), draft.now, self.keys)
            .unwrap_or_else(|error| {
                tracing::error!(event = %id, %error, "the secrets of a kept outcome do not open");
                None
            });
        Step::Publish(Box::new(Outgoing::repeat(message, id, kept, secrets)))
    }

    fn keep(
        &self,
        incoming: &Incoming,
        outcome: Option<KeptOutcome>,
        facts: Facts,
        draft: &mut Draft,
    ) {
        let content = content_hash(incoming, self.keys);
        draft.answer(NewAnswer {
            id: incoming.outcome_id(),
            tenant: incoming.event.tenant().clone(),
            user: incoming.event.user_id().cloned(),
            answer: Answer {
                content,
                decided_at: draft.now,
                outcome,
            },
            facts,
        });
    }
}

fn changed(incoming: &Incoming, changes: Vec<twofactor_rules::Change>) -> Changed {
    Changed {
        tenant: incoming.event.tenant().clone(),
        user: incoming.event.user_id().cloned(),
        changes,
    }
}

/// Returns the time from the event to now; zero if the clocks disagree.
fn age(audit: &AuditFields, draft: &Draft) -> Option<Duration> {
    let age = draft.now.duration_since(audit.time?);
    Some(Duration::try_from(age).unwrap_or_default())
}

#[cfg(test)]
mod tests;
