//! A client without a broker, for the unit tests of a CRM: it answers from the published examples.
//!
//! What is asked and answered passes through the same reading and writing as with a broker.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::client::Client;
use crate::envelope::{Answer, Attributes, Message};
use crate::error::ClientError;
use crate::types::Event;

const EXAMPLES: &str = include_str!("examples.json");
/// Members that an outcome has from its event.
const IDS: [&str; 5] = [
    "tenant_id",
    "user_id",
    "session_id",
    "admin_id",
    "viewer_id",
];

/// Answers each request with the next of the answers that were set. Clones share them.
#[derive(Clone, Default)]
pub struct FakeClient(Arc<Mutex<Set>>);

#[derive(Default)]
struct Set {
    /// `None` where there is to be no answer.
    answers: VecDeque<Option<Example>>,
    requests: Vec<Value>,
}

/// A published example of an outcome, by its type, as an answer of the fake.
#[derive(Clone)]
pub struct Example {
    name: String,
    members: Map<String, Value>,
}

impl Example {
    /// The example of that outcome type.
    pub fn of(outcome_type: &str) -> Self {
        Self {
            name: outcome_type.to_owned(),
            members: Map::new(),
        }
    }

    /// The one for that reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.name = format!("{}#{reason}", self.name);
        self
    }

    /// With another value of a member of its `data`; `null` leaves the member out.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    fn message(&self) -> Value {
        let mut examples: Map<String, Value> =
            serde_json::from_str(EXAMPLES).expect("the examples are published as JSON");
        let Some(mut message) = examples.remove(&self.name) else {
            let outcome_type = self.name.split('#').next().unwrap_or_default();
            let mut known = examples.keys().map(String::as_str);
            let known: Vec<&str> = known
                .by_ref()
                .filter(|k| k.starts_with(outcome_type))
                .collect();
            let known = known.join(", ");
            panic!(
                "no example of {} is published; of its type: {known}",
                self.name
            );
        };
        if let Some(data) = message["data"].as_object_mut() {
            data.extend(self.members.clone());
            data.retain(|_, value| !value.is_null());
        }
        message
    }
}

impl From<&str> for Example {
    fn from(outcome_type: &str) -> Self {
        Self::of(outcome_type)
    }
}

impl FakeClient {
    /// A fake without answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client that asks this fake instead of a broker.
    pub fn client(&self) -> Client {
        Client::fake(self.clone())
    }

    /// Sets the answer to the next request that has none: the published example of that outcome, with
    /// the ids of the request.
    ///
    /// # Panics
    ///
    /// Where no such example is published.
    pub fn answers(&self, example: impl Into<Example>) {
        let example = example.into();
        // At once, so that the test fails at this line.
        drop(example.message());
        self.lock().answers.push_back(Some(example));
    }

    /// Makes the next request that has no answer yet end with [`ClientError::NoAnswer`], at once.
    pub fn no_answer(&self) {
        self.lock().answers.push_back(None);
    }

    /// The events that were asked, oldest first, as they would have been published: with their
    /// codes.
    pub fn requests(&self) -> Vec<Value> {
        self.lock().requests.clone()
    }

    /// As [`Client::request`].
    pub async fn request<E: Event>(&self, event: &E) -> Result<Answer, ClientError> {
        self.client().request(event).await
    }

    /// As [`Client::request_with`].
    pub async fn request_with<E: Event>(
        &self,
        event: &E,
        attributes: Attributes,
    ) -> Result<Answer, ClientError> {
        self.client().request_with(event, attributes).await
    }

    /// Answers a message.
    ///
    /// # Panics
    ///
    /// Where no answer is set.
    pub(crate) fn answer(&self, message: &Message, after: Duration) -> Result<Answer, ClientError> {
        let event: Value = serde_json::from_slice(&message.body).expect("it was just written");
        let mut set = self.lock();
        set.requests.push(event.clone());
        let Some(answer) = set.answers.pop_front() else {
            panic!(
                "no answer to {} is set: call answers() before",
                message.event_type
            );
        };
        drop(set);
        let Some(example) = answer else {
            return Err(message.no_answer(after, None));
        };
        let mut outcome = example.message();
        outcome["causationid"] = event["id"].clone();
        outcome["causationsource"] = event["source"].clone();
        for id in IDS {
            if let (Some(ours), Some(theirs)) = (event["data"].get(id), outcome["data"].get_mut(id))
                && !example.members.contains_key(id)
            {
                *theirs = ours.clone();
            }
        }
        message.answer(&serde_json::to_vec(&outcome).expect("a value is JSON"))
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        // A test that failed elsewhere is shown, and not this.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
