//! A client without a broker, for the unit tests of a CRM: it answers from the published examples.
//!
//! What is asked and answered passes through the same reading and writing as with a broker.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::envelope::{Answer, Attributes, Message};
use crate::error::ClientError;
use crate::types::Event;

const EXAMPLES: &str = include_str!("examples.json");
const GIVEN_UP_AFTER: Duration = Duration::from_secs(30);
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

/// Without what was asked, which has codes.
impl fmt::Debug for FakeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeClient").finish_non_exhaustive()
    }
}

/// A published example of an outcome, by its type, as an answer of the fake.
#[derive(Clone, Debug)]
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

    /// As [`Client::request`](crate::Client::request).
    pub async fn request<E: Event>(&self, event: &E) -> Result<Answer, ClientError> {
        self.request_with(event, Attributes::new()).await
    }

    /// As [`Client::request_with`](crate::Client::request_with).
    #[expect(clippy::unused_async, reason = "it has the form of the client's")]
    pub async fn request_with<E: Event>(
        &self,
        event: &E,
        attributes: Attributes,
    ) -> Result<Answer, ClientError> {
        self.answer(&Message::new("/crm", event, attributes)?)
    }

    /// Answers a message.
    ///
    /// # Panics
    ///
    /// Where no answer is set.
    pub(crate) fn answer(&self, message: &Message) -> Result<Answer, ClientError> {
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
            return Err(message.no_answer(GIVEN_UP_AFTER, None));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{LoginAttempted, OUTCOME_TYPES, Outcome};

    fn login() -> LoginAttempted {
        LoginAttempted {
            user_id: "anna".into(),
            ..LoginAttempted::default()
        }
    }

    #[tokio::test]
    async fn every_published_outcome_can_be_the_answer() {
        let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).expect("examples");
        let mut answered = 0;
        for name in examples.keys() {
            let (outcome_type, reason) = name.split_once('#').unwrap_or((name, ""));
            if !OUTCOME_TYPES.contains(&outcome_type) {
                continue;
            }
            let fake = FakeClient::new();
            let example = Example::of(outcome_type);
            fake.answers(match reason {
                "" => example,
                reason => example.because(reason),
            });
            let answer = fake.request(&login()).await.expect("an answer");
            assert_eq!(answer.outcome.outcome_type(), outcome_type);
            let asked = fake.requests().remove(0);
            assert_eq!(answer.envelope.causationid.as_deref(), asked["id"].as_str());
            answered += 1;
        }
        assert!(answered > OUTCOME_TYPES.len(), "{answered} examples");
    }

    #[tokio::test]
    async fn members_can_be_other_than_in_the_example() {
        let fake = FakeClient::new();
        let example = Example::of("login.accepted.v1");
        fake.answers(
            example
                .with("via", "grace")
                .with("remember_token", Value::Null),
        );
        let answer = fake.request(&login()).await.expect("an answer");
        let Outcome::LoginAccepted(accepted) = answer.outcome else {
            panic!("{:?}", answer.outcome);
        };
        assert_eq!(accepted.via.as_str(), "grace");
        assert_eq!(accepted.user_id, "anna");
        assert_eq!(accepted.remember_token, None);
    }

    #[tokio::test]
    async fn an_answer_prints_without_its_secrets() {
        let fake = FakeClient::new();
        for outcome_type in ["login.accepted.v1", "enrollment.pending.v1", "profile.v1"] {
            fake.answers(outcome_type);
            let answer = fake.request(&login()).await.expect("an answer");
            let printed = format!("{answer:?}");
            assert!(printed.contains("[secret]"), "{printed}");
            for secret in ["GPsCzpux", "GEZDGNBV", "iVBORw0K", "+447"] {
                assert!(!printed.contains(secret), "{printed}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "login.rejected.v1#wrong_code")]
    fn an_example_that_is_not_published_names_those_that_are() {
        FakeClient::new().answers(Example::of("login.rejected.v1").because("bad_mood"));
    }

    #[tokio::test]
    #[should_panic(expected = "no answer to login.attempted.v1 is set")]
    async fn a_test_that_set_no_answer_is_told_so() {
        let _ = FakeClient::new().request(&login()).await;
    }
}
