//! The story while it is played: its observers, its counts, the values that must stay secret.
//!
//! It sends an event, receives the reply and the broadcast, and checks
//! what the contract says about every outcome. The expectations of a step are in the step.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Map, Value};
use twofactor_testkit::{Crm, CrmEvent, Observer, Outcome, SmsSandbox};

use super::promises::Ledger;
use super::screen::Screen;

/// The answer to one event.
pub struct Answer {
    /// The reply.
    pub outcome: Outcome,
    /// The names of the members that the reply alone carries.
    pub secret_members: Vec<String>,
    /// Time from publishing to the reply.
    pub took: Duration,
    /// The rules of the contract for every outcome that this one breaks.
    pub problems: Vec<String>,
}

/// The whole play.
pub struct Story {
    /// The CRM that publishes.
    pub crm: Crm,
    /// The observer of all broadcasts.
    pub observer: Observer,
    /// The inbox of all phones.
    pub sms: SmsSandbox,
    /// The screen that shows it.
    pub screen: Screen,
    /// The promises that were shown and kept.
    pub ledger: Ledger,
    secrets: BTreeSet<String>,
    steps: usize,
    failures: usize,
    events: u32,
}

impl Story {
    /// Returns a story that begins.
    pub fn begin(crm: Crm, observer: Observer, sms: SmsSandbox, screen: Screen) -> Self {
        Self {
            crm,
            observer,
            sms,
            screen,
            ledger: Ledger::default(),
            secrets: BTreeSet::new(),
            steps: 0,
            failures: 0,
            events: 0,
        }
    }

    /// Begins a new part.
    pub fn act(&self, title: &str, about: &str) {
        self.screen.headline(title, about);
    }

    /// Waits, as a person does who knows for how long.
    pub async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Publishes an event, waits for reply and broadcast, and compares them.
    pub async fn ask(&self, event: &CrmEvent) -> Result<Answer> {
        let started = Instant::now();
        let outcome = self.crm.ask(event).await?;
        let took = started.elapsed();
        let mut problems = Vec::new();
        let mut secret_members = Vec::new();
        match outcome.id() {
            None => problems.push("the outcome has no id".to_owned()),
            Some(id) => {
                let broadcast = self.observer.wait_for(id).await?;
                secret_members = compare(&outcome, &broadcast, &mut problems);
            }
        }
        // A refusal names itself after the bytes that were refused.
        let is_refusal = outcome.kind() == "event.rejected.v1";
        if !is_refusal && outcome.id() != Some(event.outcome_id()) {
            problems.push("the outcome's id does not follow from the event's".to_owned());
        }
        if outcome.attribute("causationid") != event.id() {
            problems.push("the outcome does not name the event that it answers".to_owned());
        }
        // What a person reads holds no secret.
        for read in ["message", "notice"] {
            if secret_members.iter().any(|member| member == read) {
                problems.push(format!("the broadcast lacks the {read}"));
            }
        }
        if !secret_members.is_empty() && outcome.is_persistent {
            problems.push("a reply with secrets was sent to be kept".to_owned());
        }
        Ok(Answer {
            outcome,
            secret_members,
            took,
            problems,
        })
    }

    /// Remembers the values that may be only in the reply and on the person's own phone.
    pub fn keep_secrets(&mut self, event: &CrmEvent, answers: &[Answer]) {
        self.events += 1;
        let entered = event.data();
        for value in [
            &entered["code"],
            &entered["code"]["value"],
            &entered["mobile_number"],
            &entered["remember_token"],
        ] {
            self.keep_secret(value);
        }
        for answer in answers {
            for name in &answer.secret_members {
                let value = &answer.outcome[name.as_str()];
                self.keep_secret(value);
                value.as_array().into_iter().flatten().for_each(|item| {
                    self.keep_secret(item);
                });
            }
        }
    }

    /// Remembers one value that must be found nowhere.
    pub fn keep_secret(&mut self, value: &Value) {
        if let Some(secret) = value.as_str().filter(|secret| secret.len() >= 6) {
            self.secrets.insert(secret.to_owned());
        }
    }

    /// Returns everything that must be nowhere.
    pub fn secrets(&self) -> &BTreeSet<String> {
        &self.secrets
    }

    /// Counts a step; returns its place in the story.
    pub fn next_step(&mut self) -> usize {
        self.steps += 1;
        self.steps
    }

    /// Notes the result of a step.
    pub fn note(&mut self, promises: &[u8], step: usize, is_good: bool) {
        self.failures += usize::from(!is_good);
        self.ledger.note(promises, step, is_good);
    }

    /// Returns the count of steps that were played.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Returns the count of steps with another outcome than expected.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Returns the count of published events.
    pub fn events(&self) -> u32 {
        self.events
    }
}

/// Returns the names of the members that are in the reply alone; all others must be the same.
fn compare(reply: &Outcome, broadcast: &Outcome, problems: &mut Vec<String>) -> Vec<String> {
    let none = Map::new();
    let members = |outcome: &'_ Outcome| outcome.data().as_object().unwrap_or(&none).clone();
    let private = members(reply);
    let public = members(broadcast);
    for (name, value) in &public {
        if private.get(name) != Some(value) {
            problems.push(format!("the broadcast has another {name}"));
        }
    }
    if reply.kind() != broadcast.kind() {
        problems.push("the broadcast is of another type".to_owned());
    }
    let alone = private.into_iter().map(|(name, _)| name);
    alone.filter(|name| !public.contains_key(name)).collect()
}
