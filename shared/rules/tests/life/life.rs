//! Lives: a step becomes an event, the worker decides it, and the model must agree with the
//! outcome.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use twofactor_contract::Incoming;
use twofactor_rules::Limits;
use twofactor_rules::admission::Attempt;
use twofactor_rules::text::{ProviderAnswer, TextOrder};
use uuid::Uuid;

use crate::action::Action;
use crate::knowledge::Knowledge;
use crate::model::{LOCK, Policy, User, seconds};
use crate::pick::{NUMBERS, Provider};
use crate::step::{Start, Step};
use crate::support::{Published as Sending, receive, seeded_rng};
use crate::texts::{Sent, SentFate, Texts};
use crate::worker::{Delivered, Published, Worker};

/// One life: the worker, the model, and the knowledge of four people.
pub struct Life {
    pub worker: Worker,
    pub known: [Knowledge; 4],
    pub users: [User; 4],
    pub policies: [Option<Policy>; 2],
    pub texts: Texts,
    events: Vec<Event>,
    /// Outcomes that this life has reached.
    pub reached: BTreeSet<String>,
    /// Calls of the provider that are still running.
    running_calls: Vec<(usize, ProviderAnswer)>,
}

/// An event that was sent, with the public form of its first outcome.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub name: &'static str,
    pub data: Value,
    pub time: Timestamp,
    pub who: usize,
    is_held: bool,
    public: Option<String>,
}

impl Event {
    pub fn session(&self) -> &str {
        self.data["session_id"].as_str().unwrap_or_default()
    }

    pub fn entered(&self) -> &str {
        self.data["code"].as_str().unwrap_or_default()
    }

    fn incoming(&self) -> Box<Incoming> {
        let sending = Sending {
            id: &self.id,
            event_type: self.name,
            data: &self.data,
            time: self.time,
            has_reply_to: true,
        };
        receive(&sending).expect("lives send valid events")
    }
}

impl Life {
    /// Makes a life at its beginning.
    pub fn begin(start: &Start) -> Self {
        let limits = Limits {
            guess_limit: LOCK,
            ..Limits::default()
        };
        let now = "2026-11-24T10:00:00Z".parse().expect("a moment");
        let mut life = Self {
            worker: Worker::new(now, limits, seeded_rng(start.seed)),
            known: Default::default(),
            users: Default::default(),
            policies: [None, None],
            texts: Texts::default(),
            events: Vec::new(),
            running_calls: Vec::new(),
            reached: BTreeSet::new(),
        };
        crate::start::apply(&mut life, start);
        life
    }

    /// Runs one step.
    pub fn live(&mut self, step: &Step) {
        self.worker.now += seconds(step.pause);
        match &step.action {
            Action::EndCall => self.end_call(),
            Action::Repeat { back, redelivered } => self.repeat(*back, *redelivered),
            Action::Conflict { back } => self.conflict(*back),
            action => {
                let (name, data) = self.event(step, action);
                self.events.push(Event {
                    id: self.events.len().to_string(),
                    name,
                    data,
                    time: self.worker.now - seconds(step.age),
                    who: step.who,
                    is_held: false,
                    public: None,
                });
                let provider = match action {
                    Action::Text(provider) | Action::StartSms(_, provider) => provider.clone(),
                    _ => Provider::Crash,
                };
                self.deliver(self.events.len() - 1, Attempt::default(), &provider);
            }
        }
        self.check_one_user_per_number();
    }

    /// Ends the calls that are still running.
    pub fn end(&mut self) {
        while !self.running_calls.is_empty() {
            self.end_call();
        }
    }

    fn end_call(&mut self) {
        if self.running_calls.is_empty() {
            return;
        }
        let (at, answer) = self.running_calls.remove(0);
        let id = self.events[at].incoming().outcome_id();
        if !self.worker.is_answered(id) {
            self.settle(at, &answer);
        }
    }

    fn repeat(&mut self, back: usize, redelivered: bool) {
        let Some(at) = self.events.len().checked_sub(back + 1) else {
            return;
        };
        let in_flight = self.running_calls.iter().any(|(calling, _)| *calling == at);
        let attempt = Attempt {
            redelivered,
            in_flight,
        };
        self.deliver(at, attempt, &Provider::Crash);
    }

    /// Sends the same id with another time: it is refused once there is an outcome, or a text on
    /// its way.
    fn conflict(&mut self, back: usize) {
        let Some(event) = self.events.iter().rev().nth(back).cloned() else {
            return;
        };
        if event.public.is_none() && !event.is_held {
            return;
        }
        let other = Event {
            time: event.time - seconds(1),
            ..event
        };
        match self.worker.deliver(&other.incoming(), Attempt::default()) {
            Delivered::Refusal(refusal) => assert_eq!(refusal.data["reason"], "id_conflict"),
            _ => panic!("two contents have one id"),
        }
    }

    fn deliver(&mut self, at: usize, attempt: Attempt, provider: &Provider) {
        let event = self.events[at].clone();
        let incoming = event.incoming();
        let result = self.worker.deliver(&incoming, attempt);
        if let Some(first) = &event.public {
            match result {
                Delivered::Repeat { public } => assert_eq!(&public, first),
                _ => panic!("an event was answered twice"),
            }
            return;
        }
        match result {
            Delivered::Outcome(published) => self.read(at, &published),
            Delivered::Refusal(refusal) => self.check_hidden(&refusal),
            Delivered::Repeat { .. } => panic!("a repeat of nothing"),
            Delivered::InFlight => assert!(event.is_held),
            Delivered::Abandoned => self.settle(at, &ProviderAnswer::Unknown),
            Delivered::Text(order) => {
                self.hold(at, &incoming, &order);
                match provider {
                    Provider::Answers(answer) => self.settle(at, answer),
                    Provider::AnswersLate(answer) => self.running_calls.push((at, answer.clone())),
                    Provider::Crash => {}
                }
            }
        }
    }

    /// Sends a text.
    fn hold(&mut self, at: usize, incoming: &Incoming, order: &TextOrder) {
        self.events[at].is_held = true;
        let event = self.events[at].clone();
        let who = event.who;
        let now = self.worker.now;
        let code = self.known[who].read(order);
        assert!(
            code.bytes()
                .all(|b| b"abcdefghijkmnpqrstuvwxyz23456789".contains(&b)),
            "{code}"
        );
        self.check_text_is_due(&event, order.to.expose());
        self.texts.go_out(Sent {
            id: incoming.outcome_id(),
            who,
            to: order.to.expose().clone(),
            code,
            session: event.session().to_owned(),
            is_for_login: event.name == "sms.requested.v1",
            at: now,
            fate: SentFate::OnItsWay,
            has_ended: false,
        });
        if event.name == "enrollment.sms.started.v1" {
            let pending = (
                order.to.expose().clone(),
                incoming.outcome_id(),
                now + seconds(600),
            );
            self.users[who].pending_number = Some(pending);
        }
    }

    fn settle(&mut self, at: usize, answer: &ProviderAnswer) {
        let incoming = self.events[at].incoming();
        let published = self.worker.settle(&incoming, answer);
        let fate = if answer.refusal().is_some() {
            SentFate::Refused
        } else {
            SentFate::Sent
        };
        let id: Uuid = incoming.outcome_id();
        self.texts.settle(id, fate);
        let pending = &mut self.users[self.events[at].who].pending_number;
        if fate == SentFate::Refused && pending.as_ref().is_some_and(|(_, text, _)| *text == id) {
            *pending = None;
        }
        self.publish(at, &published);
    }

    /// Reads an outcome that needed no text: the model must agree, and then learns from it.
    fn read(&mut self, at: usize, published: &Published) {
        self.publish(at, published);
        let event = self.events[at].clone();
        self.agree(&event, published);
    }

    fn publish(&mut self, at: usize, published: &Published) {
        let who = self.events[at].who;
        self.known[who].learn(&published.data);
        self.reached
            .insert(reached(self.events[at].name, published));
        self.check_hidden(published);
        self.events[at].public = Some(published.public.clone());
    }

    /// Checks that the public form of an outcome holds no secret of anybody.
    fn check_hidden(&mut self, published: &Published) {
        let public: Value = serde_json::from_str(&published.public).expect("JSON");
        let data = public["data"].to_string();
        for known in &self.known {
            known.check_hidden_in(&data);
        }
        for number in NUMBERS {
            assert!(!data.contains(&number[4..]), "a number in {data}");
        }
        for word in [
            "otpauth",
            "remember_token",
            "qr_png",
            "\"pending\":",
            "\"backup_codes\":[",
        ] {
            assert!(!data.contains(word), "{word} in {data}");
        }
    }

    /// Checks M18: only one user of an institution has a mobile number.
    fn check_one_user_per_number(&self) {
        for tenant in self.users.chunks(2) {
            let numbers: Vec<_> = tenant
                .iter()
                .filter_map(|user| user.number.as_ref())
                .collect();
            let unique: BTreeSet<_> = numbers.iter().collect();
            assert_eq!(unique.len(), numbers.len(), "a number of two users");
        }
    }
}

/// Returns the result of an event in short: its type, the outcome's type, and the reason or the way
/// in.
fn reached(event_type: &str, published: &Published) -> String {
    let word = |member: &str| published.data[member].as_str();
    // `sms.throttled.v1` has one reason, which it need not state.
    let throttled = (published.outcome_type == "sms.throttled.v1").then_some("throttled");
    let word = word("reason").or(word("via")).or(throttled);
    let word = word.unwrap_or_default();
    format!("{event_type} {} {word}", published.outcome_type)
        .trim_end()
        .to_owned()
}
