//! A worker in memory for one case: it considers an event, applies the changes, keeps the answer,
//! and summarises the outcome in a few words.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use serde_json::Value;
use twofactor_contract::outcome::OutcomeEvent;
use twofactor_contract::{Incoming, Outcome, Service, UserKey, parse_rfc3339, rfc3339};
use twofactor_rules::admission::{consider, content_hash};
use twofactor_rules::answer::{Answer, KeptOutcome};
use twofactor_rules::settle;
use twofactor_rules::text::ProviderAnswer;
use twofactor_rules::trail::Notes;
use twofactor_rules::{Changed, Decision, Limits, Moment, State, Verdict};
use uuid::Uuid;

use crate::event::{Entered, Event};
use crate::seen::Seen;
use crate::support::{Published, app_code, as_loaded, check_needs, keys, receive, seeded_rng};

/// The state of a case, and the knowledge of its person.
pub struct World {
    pub state: State,
    pub now: Timestamp,
    pub limits: Limits,
    pub rng: StdRng,
    pub answers: HashMap<Uuid, Answer>,
    /// The secret in the person's app.
    pub app: Vec<u8>,
    /// The texts that were sent, oldest first.
    pub texts: Vec<String>,
    /// Codes that were texted, oldest first.
    pub texted: Vec<String>,
    /// The newest set of backup codes.
    pub backup: Vec<String>,
    /// The token that the browser got last.
    pub token: Option<String>,
    /// `data` of the last outcome as its reply carries it.
    pub last: Value,
    /// The notes of the last outcome for the trail.
    pub notes: Notes,
    /// The last outcome as it was published: the reply, and the public form.
    published: Option<(String, String)>,
    events: u32,
}

/// Plays a case: each event in order, with its expected outcome.
pub fn play<const N: usize>(seen: &mut Seen, mut world: World, steps: [(Event, &str); N]) -> World {
    for (at, (event, expected)) in steps.into_iter().enumerate() {
        let what = format!("step {at}: {} {}", event.name, event.data);
        assert_eq!(world.handle(seen, &event), expected, "{what}");
    }
    world
}

/// Plays one event with any outcome.
pub fn run(seen: &mut Seen, mut world: World, event: &Event) -> World {
    world.handle(seen, event);
    world
}

impl World {
    /// Makes a world at a time, in which nothing has happened.
    pub fn new(now: Timestamp, rng: StdRng) -> Self {
        Self {
            state: State::default(),
            now,
            limits: Limits::default(),
            rng,
            answers: HashMap::new(),
            app: Vec::new(),
            texts: Vec::new(),
            texted: Vec::new(),
            backup: Vec::new(),
            token: None,
            last: Value::Null,
            notes: Notes::default(),
            published: None,
            events: 0,
        }
    }

    /// Returns a copy of this world.
    pub fn again(&self) -> Self {
        Self {
            state: self.state.clone(),
            limits: self.limits.clone(),
            answers: self.answers.clone(),
            app: self.app.clone(),
            texts: self.texts.clone(),
            texted: self.texted.clone(),
            backup: self.backup.clone(),
            token: self.token.clone(),
            events: self.events,
            ..Self::new(self.now, seeded_rng(3))
        }
    }

    /// Returns the inputs of a decision.
    pub fn moment(&mut self) -> Moment<'_> {
        Moment {
            now: self.now,
            rng: &mut self.rng,
            keys: keys(),
            limits: &self.limits,
        }
    }

    fn handle(&mut self, seen: &mut Seen, event: &Event) -> String {
        self.now += SignedDuration::from_secs(event.after);
        self.events += 1;
        let time = self.now - SignedDuration::from_secs(event.old);
        let mut data = event.data.clone();
        if let Some(code) = &event.code {
            let value = Value::from(self.resolve(code, time));
            match data.get_mut("code") {
                Some(code) => code["value"] = value,
                None => data["code"] = value,
            }
        }
        if event.sends_token {
            data["remember_token"] = self.token.clone().expect("a token").into();
        }
        let own_id = self.events.to_string();
        let incoming = receive(&Published {
            id: event.id.unwrap_or(&own_id),
            event_type: event.name,
            data: &data,
            time,
            has_reply_to: event.has_reply_to,
        })
        .expect("an event that passes the first checks");
        let summary = self.consider(&incoming, event);
        if let Some(outcome_type) = summary.split(' ').next() {
            let outcome_type = format!("{outcome_type}.v1");
            seen.note(event.name, &outcome_type, &self.last);
        }
        if let Some((reply, public)) = self.published.take() {
            seen.note_bytes(format!("{}: {summary}", event.name), reply, public);
        }
        summary
    }

    fn resolve(&self, code: &Entered, time: Timestamp) -> String {
        match code {
            Entered::App(steps) => {
                app_code(&self.app, time + SignedDuration::from_secs(30 * steps))
            }
            Entered::Texted(back) => self.texted[self.texted.len() - 1 - back].clone(),
            Entered::Backup(index) => self.backup[*index].clone(),
            Entered::Typed(code) => (*code).to_owned(),
        }
    }

    fn consider(&mut self, incoming: &Incoming, event: &Event) -> String {
        let earlier = self.answers.get(&incoming.outcome_id()).cloned();
        let state = as_loaded(&self.state, incoming, &self.limits);
        let attempt = event.attempt;
        let mut moment = self.moment();
        let verdict = consider(&state, earlier.as_ref(), incoming, attempt, &mut moment);
        match verdict.expect("it can be decided") {
            Verdict::Repeat => {
                self.last = Value::Null;
                let kept = earlier
                    .and_then(|answer| answer.outcome)
                    .expect("an outcome");
                format!("repeat of {}", kept.outcome_type.trim_end_matches(".v1"))
            }
            Verdict::InFlight => "in flight".to_owned(),
            Verdict::Abandoned => self.settle(incoming, &ProviderAnswer::Unknown),
            Verdict::Refused(refusal) => self.publish(incoming, Outcome::of(&refusal)),
            Verdict::Decided(Decision::Held { order, changes, .. }) => {
                let code = &order.body.expose()[..6];
                assert!(!format!("{order:?} {changes:?}").contains(code));
                self.texts.push(order.body.expose().clone());
                self.apply(incoming, changes);
                self.keep(incoming, None);
                self.texted.push(order.body.expose()[..6].to_owned());
                match &event.provider {
                    Some(answer) => self.settle(incoming, answer),
                    None => "held".to_owned(),
                }
            }
            Verdict::Decided(answered @ Decision::Answered { .. }) => {
                self.answer(incoming, answered)
            }
        }
    }

    fn settle(&mut self, incoming: &Incoming, answer: &ProviderAnswer) -> String {
        let state = as_loaded(&self.state, incoming, &self.limits);
        let decision = settle(&state, incoming, answer, "twilio", &mut self.moment());
        self.answer(incoming, decision.expect("a held text"))
    }

    fn answer(&mut self, incoming: &Incoming, decision: Decision) -> String {
        let printed = format!("{decision:?}");
        let summary = self.take_effect(incoming, decision);
        self.check_prints_no_secret(&printed);
        summary
    }

    /// Checks that the secret members of the last outcome are in nothing that can be printed.
    fn check_prints_no_secret(&self, printed: &str) {
        let Some((_, public)) = &self.published else {
            return;
        };
        let public: Value = serde_json::from_str(public).expect("JSON");
        let reply = self.last.as_object().expect("an object");
        for (name, secret) in reply {
            if public["data"].get(name).is_none() {
                for string in strings(secret).filter(|string| string.len() >= 6) {
                    assert!(!printed.contains(string), "{name} in {printed}");
                }
            }
        }
    }

    fn take_effect(&mut self, incoming: &Incoming, decision: Decision) -> String {
        let Decision::Answered {
            outcome,
            changes,
            notes,
        } = decision
        else {
            panic!("a settled text is answered")
        };
        self.apply(incoming, changes);
        self.notes = *notes;
        let kept = self.outcome_event(incoming, outcome.clone());
        let user = incoming.event.user();
        let kept = KeptOutcome::seal(&kept, user.as_ref(), keys(), &mut self.rng);
        self.keep(incoming, Some(kept));
        self.publish(incoming, outcome)
    }

    fn apply(&mut self, incoming: &Incoming, changes: Vec<twofactor_rules::Change>) {
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

    fn outcome_event(&self, incoming: &Incoming, outcome: Outcome) -> OutcomeEvent {
        OutcomeEvent::new(
            Service::Login,
            incoming.outcome_id(),
            &incoming.audit,
            self.now,
            outcome,
        )
    }

    /// Publishes an outcome: the person learns the secret members of the reply, and nobody else
    /// does.
    fn publish(&mut self, incoming: &Incoming, outcome: Outcome) -> String {
        let published = self.outcome_event(incoming, outcome);
        let with_secrets = published.reply();
        let reply_json = with_secrets
            .as_ref()
            .map_or(&*published.public, |it| it.expose());
        let reply: Value = serde_json::from_str(reply_json).expect("JSON");
        let data = reply["data"].clone();
        self.published = Some((reply_json.to_owned(), published.public.to_string()));
        self.learn(&data);
        check_form_of_times(&reply);
        for secret in self.texted.iter().chain(&self.backup).chain(&self.token) {
            assert!(
                !published.public.contains(secret.as_str()),
                "{}",
                published.public
            );
        }
        self.last = data;
        summary(&published.outcome_type, &self.last)
    }

    fn learn(&mut self, data: &Value) {
        if let Some(secret) = data["secret"].as_str() {
            let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes());
            self.app = secret.expect("base32");
        }
        if let Some(codes) = data["backup_codes"].as_array() {
            let codes = codes.iter().filter_map(Value::as_str);
            self.backup = codes.map(str::to_owned).collect();
        }
        if let Some(token) = data["remember_token"].as_str() {
            self.token = Some(token.to_owned());
        }
    }

    /// The user of most cases.
    pub fn anna() -> UserKey {
        UserKey {
            tenant: "north".known_id(),
            user: "anna".known_id(),
        }
    }
}

/// Summarises an outcome in the order of the contract's tables: type, way in or reason, next step,
/// wait.
fn summary(outcome_type: &str, data: &Value) -> String {
    let mut words = vec![outcome_type.trim_end_matches(".v1").to_owned()];
    for member in ["via", "reason", "field", "delivery", "remembered", "next"] {
        words.extend(data[member].as_str().map(str::to_owned));
    }
    let wait = data["retry_after_seconds"].as_i64();
    words.extend(wait.map(|seconds| format!("{seconds}s")));
    words.join(" ")
}

/// A string that is known to be an id.
pub trait KnownId<T> {
    fn known_id(self) -> T;
}

impl<T> KnownId<T> for &str
where
    T: TryFrom<Value>,
    T::Error: std::fmt::Debug,
{
    fn known_id(self) -> T {
        T::try_from(Value::from(self)).expect("an id")
    }
}

/// Returns every string in a value.
fn strings(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::String(string) => Box::new(std::iter::once(string.as_str())),
        Value::Array(items) => Box::new(items.iter().flat_map(strings)),
        Value::Object(members) => Box::new(members.values().flat_map(strings)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Box::new(std::iter::empty()),
    }
}

/// Checks that every time is in UTC with `Z` and six digits of a second.
fn check_form_of_times(value: &Value) {
    match value {
        Value::String(string) => {
            if let Some(moment) = parse_rfc3339(string) {
                assert_eq!(*string, rfc3339(moment));
            }
        }
        Value::Array(items) => items.iter().for_each(check_form_of_times),
        Value::Object(members) => members.values().for_each(check_form_of_times),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
