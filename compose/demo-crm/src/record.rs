//! What passed between the CRM and the workers, for the page "behind the scenes".
//!
//! It keeps events and outcomes as their types print themselves, and a `Secret` prints as `[secret]`:
//! nothing is searched for and replaced. It knows no page.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use twofactor_client::{Answer, Attributes, ClientError, Event, Outcome};

const KEPT: usize = 60;

/// An event and what it was answered with.
#[derive(Clone)]
pub struct Exchange {
    /// The event's type.
    pub event_type: &'static str,
    /// The event's id, by which `twofactor-ctl explain` finds it.
    pub id: String,
    /// Whom it is about: the person's id, or the institution's.
    pub about: String,
    /// When the person's request came in.
    pub time: Timestamp,
    /// Whether the same event was sent before: a reload, a double click or a retry.
    pub is_again: bool,
    /// The event's `data`, secrets blotted.
    pub data: String,
    /// The type of the outcome, or nothing where there was no answer.
    pub outcome_type: Option<String>,
    /// The id of the outcome.
    pub outcome_id: String,
    /// The outcome's `data`, secrets blotted; or why there is none.
    pub outcome: String,
    /// Milliseconds until the answer came.
    pub took: i64,
}

/// The newest exchanges.
#[derive(Default)]
pub struct Record(Mutex<VecDeque<Exchange>>);

impl Record {
    /// Keeps an exchange that has just ended.
    pub fn keep<E: Event>(
        &self,
        event: &E,
        attributes: &Attributes,
        asked: Timestamp,
        answer: &Result<Answer, ClientError>,
    ) {
        let took = Timestamp::now().duration_since(asked).as_millis();
        let data_of_event = serde_json::to_value(event).unwrap_or_default();
        let mut exchange = Exchange {
            event_type: E::TYPE,
            id: attributes.id.clone(),
            about: about(&data_of_event),
            time: attributes.time,
            is_again: false,
            data: pretty(event),
            outcome_type: None,
            outcome_id: String::new(),
            outcome: String::new(),
            took: i64::try_from(took).unwrap_or(i64::MAX),
        };
        match answer {
            Ok(answer) => {
                exchange.outcome_type = Some(answer.outcome.outcome_type().to_owned());
                exchange.outcome_id.clone_from(&answer.envelope.id);
                exchange.outcome = pretty(&data(&answer.outcome));
            }
            Err(error) => exchange.outcome = error.to_string(),
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        exchange.is_again = kept.iter().any(|one| one.id == exchange.id);
        if kept.len() == KEPT {
            kept.pop_back();
        }
        kept.push_front(exchange);
    }

    /// All that are kept, newest first.
    pub fn list(&self) -> Vec<Exchange> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().cloned().collect()
    }
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn about(event: &Value) -> String {
    let id = event.get("user_id").or_else(|| event.get("tenant_id"));
    id.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The members of an outcome, secrets blotted.
fn data(outcome: &Outcome) -> Value {
    let value = match outcome {
        Outcome::EnrollmentBackupCodes(data) => serde_json::to_value(data),
        Outcome::EnrollmentBrowsersForgotten(data) => serde_json::to_value(data),
        Outcome::EnrollmentCompleted(data) => serde_json::to_value(data),
        Outcome::EnrollmentExemption(data) => serde_json::to_value(data),
        Outcome::EnrollmentPending(data) => serde_json::to_value(data),
        Outcome::EnrollmentPolicy(data) => serde_json::to_value(data),
        Outcome::EnrollmentRejected(data) => serde_json::to_value(data),
        Outcome::EnrollmentRemoved(data) => serde_json::to_value(data),
        Outcome::EventRejected(data) => serde_json::to_value(data),
        Outcome::LoginAccepted(data) => serde_json::to_value(data),
        Outcome::LoginChallenged(data) => serde_json::to_value(data),
        Outcome::LoginRejected(data) => serde_json::to_value(data),
        Outcome::ProfileList(data) => serde_json::to_value(data),
        Outcome::Profile(data) => serde_json::to_value(data),
        Outcome::ResetCompleted(data) => serde_json::to_value(data),
        Outcome::SmsFailed(data) => serde_json::to_value(data),
        Outcome::SmsSent(data) => serde_json::to_value(data),
        Outcome::SmsThrottled(data) => serde_json::to_value(data),
        Outcome::Unknown(data) => serde_json::to_value(data),
        other => Ok(Value::String(format!("{other:?}"))),
    };
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use twofactor_client::FakeClient;
    use twofactor_client::types::{EnrollmentTotpConfirmed, LoginAttempted, OUTCOME_TYPES};

    use super::*;

    #[tokio::test]
    async fn no_secret_is_kept() {
        let fake = FakeClient::new();
        let record = Record::default();
        let event = EnrollmentTotpConfirmed {
            tenant_id: "north".into(),
            user_id: "anna".into(),
            session_id: "s".into(),
            code: "287082".into(),
            language: None,
        };
        for outcome_type in OUTCOME_TYPES {
            fake.answers(outcome_type);
            let attributes = Attributes::new();
            let answer = fake.request_with(&event, attributes.clone()).await;
            record.keep(&event, &attributes, Timestamp::now(), &answer);
        }
        let all = record.list();
        assert_eq!(all.len(), OUTCOME_TYPES.len());
        let mut blotted = 0;
        for exchange in all {
            let printed = format!("{}{}", exchange.data, exchange.outcome);
            for secret in ["287082", "GPsCzpux", "GEZDGNBV", "iVBORw0K", "+447"] {
                assert!(!printed.contains(secret), "{printed}");
            }
            assert!(exchange.data.contains(r#""code": "[secret]""#));
            assert_eq!(exchange.about, "anna");
            blotted += usize::from(exchange.outcome.contains("[secret]"));
        }
        assert!(blotted >= 4, "{blotted} outcomes have secrets");
    }

    #[test]
    fn an_event_that_was_sent_before_is_known_again() {
        let record = Record::default();
        let attributes = Attributes::new();
        for attributes in [&attributes, &attributes, &Attributes::new()] {
            let event = LoginAttempted::default();
            let closed = Err(ClientError::BadUrl);
            record.keep(&event, attributes, Timestamp::now(), &closed);
        }
        let again = record
            .list()
            .iter()
            .map(|one| one.is_again)
            .collect::<Vec<_>>();
        assert_eq!(again, [false, true, false]);
    }
}
