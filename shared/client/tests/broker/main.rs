//! What the client does with a broker that misbehaves. None of it needs a real one.

mod answers;
mod log;
mod stub;
mod trouble;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use stub::{Act, Got, StubBroker};
use twofactor_client::types::{LoginAttempted, LoginAttemptedCode, Method};
use twofactor_client::{Answer, Client, ClientError, NotSent, Outcome};

const CODE: &str = "493817";
const SHORT: Duration = Duration::from_millis(200);

fn login() -> LoginAttempted {
    LoginAttempted {
        tenant_id: "north".into(),
        user_id: "anna".into(),
        session_id: "s-1".into(),
        ip: "203.0.113.7".into(),
        code: Some(LoginAttemptedCode {
            method: Method::Totp,
            value: CODE.into(),
        }),
        ..LoginAttempted::default()
    }
}

/// A client that does in 1.5 s what others do in 30 s.
fn hurried(broker: &StubBroker) -> Client {
    let client = Client::new(&broker.url()).resend_after(SHORT);
    client.give_up_after(Duration::from_millis(1500))
}

/// One that waits long enough on a busy machine.
fn patient(broker: &StubBroker) -> Client {
    Client::new(&broker.url()).resend_after(Duration::from_secs(1))
}

fn event(got: &Got) -> Value {
    serde_json::from_slice(&got.body).expect("an event is JSON")
}

fn outcome(got: &Got, outcome_type: &str, data: &Value) -> Act {
    let outcome = json!({
        "specversion": "1.0", "id": "o-1", "source": "/twofactor/login", "type": outcome_type,
        "time": "2026-11-24T10:00:00.213509Z", "causationid": event(got)["id"], "data": data,
    });
    Act::Answer(outcome.to_string().into_bytes())
}

fn accepted(got: &Got) -> Act {
    let data = json!({
        "tenant_id": "north", "user_id": "anna", "session_id": "s-1", "via": "totp",
    });
    outcome(got, "login.accepted.v1", &data)
}

fn is_accepted(answer: &Result<Answer, ClientError>) -> bool {
    matches!(answer, Ok(answer) if matches!(answer.outcome, Outcome::LoginAccepted(_)))
}

fn not_sent(error: &ClientError) -> Option<NotSent> {
    match error {
        ClientError::NoAnswer { not_sent, .. } => *not_sent,
        other => panic!("{other}"),
    }
}

/// The one body and the one id of all events, and on how many connections they came.
fn same_event(broker: &StubBroker) -> (usize, usize) {
    let got = broker.got();
    let bodies: BTreeSet<_> = got.iter().map(|got| got.body.clone()).collect();
    assert_eq!(bodies.len(), 1, "other bytes were published");
    let connections: BTreeSet<_> = got.iter().map(|got| got.connection).collect();
    (got.len(), connections.len())
}
