//! What the client does with a broker that misbehaves. None of it needs a real one.

mod log;
mod stub;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use stub::{Act, Got, StubBroker};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};
use twofactor_client::types::{LoginAttempted, LoginAttemptedCode, Method};
use twofactor_client::{Answer, Attributes, Client, ClientError, NotSent, Outcome};

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

#[tokio::test]
async fn an_event_is_published_as_the_contract_says() {
    let broker = StubBroker::start(|got| vec![Act::Confirm, accepted(got)]).await;
    let client = patient(&broker).source("/crm/north");
    let attributes = Attributes {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        ..Attributes::new()
    };
    let answer = client.request_with(&login(), attributes.clone()).await;
    assert!(is_accepted(&answer), "{answer:?}");
    let got = broker.got().remove(0);
    assert_eq!(got.routing_key, "login.attempted.v1");
    assert!(got.is_mandatory);
    let property = |value: &Option<amq_protocol::types::ShortString>| {
        value.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    let properties = &got.properties;
    assert_eq!(
        property(properties.content_type()),
        "application/cloudevents+json"
    );
    assert_eq!(property(properties.reply_to()), "amq.rabbitmq.reply-to");
    assert!(!property(properties.correlation_id()).is_empty());
    assert_eq!(property(properties.message_id()), attributes.id);
    assert_eq!(*properties.delivery_mode(), Some(2));
    let expected = json!({
        "specversion": "1.0", "id": attributes.id, "source": "/crm/north",
        "type": "login.attempted.v1", "time": attributes.time.to_string(),
        "datacontenttype": "application/json", "traceparent": attributes.traceparent,
        "data": {
            "tenant_id": "north", "user_id": "anna", "session_id": "s-1", "ip": "203.0.113.7",
            "code": {"method": "totp", "value": CODE},
        },
    });
    assert_eq!(event(&got), expected);
}

#[tokio::test]
async fn what_is_not_answered_is_published_again_until_the_time_is_over() {
    let broker = StubBroker::start(|_| vec![Act::Confirm]).await;
    let client = hurried(&broker);
    let begun = Instant::now();
    let error = client.request(&login()).await.expect_err("no answer");
    assert_eq!(not_sent(&error), None);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_millis(1500) && waited < Duration::from_secs(3));
    let (events, connections) = same_event(&broker);
    assert!((2..=8).contains(&events), "{events} times");
    assert_eq!(connections, 1);
}

#[tokio::test]
async fn the_first_answer_counts() {
    let broker = StubBroker::start(|got| {
        let rejected = outcome(got, "event.rejected.v1", &json!({"reason": "id_conflict"}));
        vec![Act::Confirm, accepted(got), rejected]
    })
    .await;
    let client = patient(&broker);
    for _ in 0..3 {
        let answer = client.request(&login()).await;
        assert!(is_accepted(&answer), "{answer:?}");
    }
    let connections: BTreeSet<_> = broker.got().iter().map(|got| got.connection).collect();
    assert_eq!(connections.len(), 1);
}

/// An id that is used twice must not let one person in by the answer to another.
#[tokio::test]
async fn an_id_that_is_given_twice_gets_each_caller_its_own_answer() {
    let broker = StubBroker::start(|got| {
        let data = &event(got)["data"];
        let data = json!({
            "tenant_id": "north", "user_id": data["user_id"], "session_id": "s-1", "via": "totp",
        });
        vec![outcome(got, "login.accepted.v1", &data), Act::Confirm]
    })
    .await;
    let client = patient(&broker);
    let attributes = Attributes::new();
    let ask = async |user_id: &str| {
        let login = LoginAttempted {
            user_id: user_id.to_owned(),
            ..login()
        };
        match client.request_with(&login, attributes.clone()).await {
            Ok(answer) => match answer.outcome {
                Outcome::LoginAccepted(accepted) => accepted.user_id,
                other => panic!("{other:?}"),
            },
            Err(error) => panic!("{error}"),
        }
    };
    let answers = tokio::join!(ask("anna"), ask("ben"));
    assert_eq!(answers, ("anna".to_owned(), "ben".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_ask_at_once_and_each_gets_its_own_answer() {
    let broker = StubBroker::start(|got| {
        let user = &event(got)["data"]["user_id"];
        let data = json!({
            "tenant_id": "north", "user_id": user, "session_id": "s-1", "via": "totp",
        });
        vec![outcome(got, "login.accepted.v1", &data), Act::Confirm]
    })
    .await;
    let client = patient(&broker);
    let asked = (0..500).map(|number| {
        let client = client.clone();
        let user_id = format!("u-{number}");
        tokio::spawn(async move {
            let login = LoginAttempted {
                user_id: user_id.clone(),
                ..login()
            };
            match client.request(&login).await.expect("an answer").outcome {
                Outcome::LoginAccepted(accepted) => assert_eq!(accepted.user_id, user_id),
                other => panic!("{other:?}"),
            }
        })
    });
    for one in asked.collect::<Vec<_>>() {
        one.await.expect("its own answer");
    }
    assert!(broker.got().iter().all(|got| got.connection == 1));
}

#[tokio::test]
async fn a_lost_connection_is_no_callers_trouble() {
    let mut count = 0;
    let broker = StubBroker::start(move |got| {
        count += 1;
        match count {
            1 => vec![Act::Hang],
            2 => vec![Act::Confirm, Act::Hang],
            3 => vec![Act::Confirm, Act::CloseChannel(541)],
            _ => vec![Act::Confirm, accepted(got)],
        }
    })
    .await;
    let answer = patient(&broker).request(&login()).await;
    assert!(is_accepted(&answer), "{answer:?}");
    assert_eq!(same_event(&broker), (4, 4));
}

#[tokio::test]
async fn a_broker_that_falls_silent_is_left() {
    let mut is_first = true;
    let broker = StubBroker::start(move |got| {
        if std::mem::take(&mut is_first) {
            return vec![Act::FallSilent];
        }
        vec![Act::Confirm, accepted(got)]
    })
    .await;
    let answer = patient(&broker).request(&login()).await;
    assert!(is_accepted(&answer), "{answer:?}");
    assert_eq!(same_event(&broker), (2, 2));
}

#[tokio::test]
async fn what_the_broker_declines_is_tried_again() {
    let mut declined = 2;
    let broker = StubBroker::start(move |got| {
        if declined > 0 {
            declined -= 1;
            return vec![Act::Decline];
        }
        vec![Act::Confirm, accepted(got)]
    })
    .await;
    let answer = patient(&broker).request(&login()).await;
    assert!(is_accepted(&answer), "{answer:?}");
    assert_eq!(same_event(&broker), (3, 1));
}

#[tokio::test]
async fn the_error_says_why_nothing_was_sent() {
    for (acts, why) in [
        (vec![Act::Decline], NotSent::Declined),
        (vec![Act::CloseChannel(404)], NotSent::Returned),
        (vec![Act::Block], NotSent::Blocked),
    ] {
        let broker = StubBroker::start(move |_| acts.clone()).await;
        let client = hurried(&broker);
        let error = client.request(&login()).await.expect_err("nothing is sent");
        assert_eq!(not_sent(&error), Some(why), "{error}");
    }
}

#[tokio::test]
async fn a_broker_without_a_certificate_is_called_so() {
    let broker = StubBroker::start(|got| vec![Act::Confirm, accepted(got)]).await;
    let url = broker.url().replace("amqp://", "amqps://");
    let client = Client::new(&url).give_up_after(Duration::from_secs(1));
    let error = client.request(&login()).await.expect_err("no encryption");
    assert_eq!(not_sent(&error), Some(NotSent::Untrusted), "{error}");
}

/// lapin logs what comes back with its content, which has the code.
#[tokio::test]
async fn what_no_queue_took_is_tried_again_and_logged_nowhere() {
    let log = log::captured();
    let broker = StubBroker::start(|_| vec![Act::Return, Act::Confirm]).await;
    let client = hurried(&broker);
    let error = client.request(&login()).await.expect_err("no queue");
    assert_eq!(not_sent(&error), Some(NotSent::Returned));
    let (events, connections) = same_event(&broker);
    assert!((2..=10).contains(&events), "{events} times");
    assert_eq!(connections, 1);
    let said = log.text();
    assert!(said.contains("a line of the test"), "nothing was captured");
    let bytes: Vec<String> = CODE.bytes().map(|byte| byte.to_string()).collect();
    for code in [CODE, &bytes.join(", "), "hunter2"] {
        assert!(!said.contains(code), "{said}");
    }
}

#[tokio::test]
async fn a_blocked_broker_gets_nothing_until_it_takes_events_again() {
    let blocked = Duration::from_millis(600);
    let broker = StubBroker::start(move |got| {
        let again = [Act::Block, Act::Pause(blocked), Act::Unblock];
        [vec![Act::Confirm, accepted(got)], again.to_vec()].concat()
    })
    .await;
    let client = patient(&broker);
    assert!(is_accepted(&client.request(&login()).await));
    tokio::time::sleep(SHORT).await;
    let begun = Instant::now();
    assert!(is_accepted(&client.request(&login()).await));
    assert!(begun.elapsed() >= SHORT);
    let got = broker.got();
    // It was not published each 0.2 s meanwhile, all to arrive at once.
    assert_eq!(got.len(), 2);
    assert_eq!(got[1].connection, 1);
}

#[tokio::test]
async fn refused_rights_are_told_at_once_to_everybody() {
    let broker = StubBroker::start(|_| vec![Act::CloseChannel(403)]).await;
    let client = patient(&broker);
    let begun = Instant::now();
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.request(&login()).await })
        })
        .collect();
    for answer in asked {
        let error = answer.await.expect("no panic").expect_err("refused");
        let printed = format!("{error} {error:?}");
        assert!(
            matches!(error, ClientError::AccessRefused { .. }),
            "{error}"
        );
        assert!(printed.contains("crm") && printed.contains("127.0.0.1:"));
        assert!(!printed.contains("hunter2"));
    }
    assert!(begun.elapsed() < Duration::from_secs(1));
}

/// An answer that is none, of an event and of something without most of its members.
type Wrong = fn(&Got, &str) -> Act;

#[tokio::test]
async fn what_is_no_outcome_lets_nobody_in() {
    let bare = json!({ "type": "login.accepted.v1" }).to_string();
    let acts: [(&str, Wrong); 4] = [
        ("no CloudEvent", |_, _| Act::Answer(b"accepted".to_vec())),
        ("no CloudEvent", |_, bare| Act::Answer(bare.into())),
        ("no object", |got, _| {
            outcome(got, "login.accepted.v1", &json!([]))
        }),
        ("lacks a member", |got, _| {
            outcome(got, "login.accepted.v1", &json!({}))
        }),
    ];
    for (words, act) in acts {
        let bare = bare.clone();
        let broker = StubBroker::start(move |got| vec![Act::Confirm, act(got, &bare)]).await;
        let error = patient(&broker).request(&login()).await;
        let error = error.expect_err("no acceptance");
        assert!(matches!(error, ClientError::BadAnswer { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn closing_ends_what_waits_and_what_comes_later() {
    let broker = StubBroker::start(|_| vec![Act::Confirm]).await;
    let client = Client::new(&broker.url());
    let begun = Instant::now();
    let login = login();
    let closed = async {
        tokio::time::sleep(SHORT).await;
        client.close().await;
    };
    let (waited, ()) = tokio::join!(client.request(&login), closed);
    let error = waited.expect_err("it was closed");
    assert_eq!(not_sent(&error), Some(NotSent::Closed));
    let error = client.request(&login).await.expect_err("it is closed");
    assert_eq!(not_sent(&error), Some(NotSent::Closed));
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn what_the_broker_would_choke_on_is_not_published() {
    let broker = StubBroker::start(|got| vec![Act::Confirm, accepted(got)]).await;
    let client = patient(&broker);
    for id in [String::new(), "x".repeat(129)] {
        let attributes = Attributes {
            id,
            ..Attributes::new()
        };
        let error = client.request_with(&login(), attributes).await;
        let error = error.expect_err("no id");
        assert!(matches!(error, ClientError::BadEvent { .. }), "{error}");
    }
    let mut large = login();
    large.ip = "x".repeat(64 * 1024);
    let error = client.request(&large).await.expect_err("too large");
    assert!(error.to_string().contains("64 KiB"), "{error}");
    assert!(broker.got().is_empty());
    let bad = Client::new("https://broker:hunter2@example");
    let error = bad.request(&login()).await.expect_err("no AMQP URL");
    assert_eq!(error, ClientError::BadUrl);
    assert!(!format!("{error} {error:?} {bad:?} {client:?}").contains("hunter2"));
}

/// A broker that accepts connections and never says a word is as one that is away, and every socket
/// to it ends with the request.
#[tokio::test]
async fn a_silent_peer_is_no_answer_and_leaves_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("amqp://crm@{}", listener.local_addr().expect("it"));
    let ended = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut received = Vec::new();
        socket.read_to_end(&mut received).await
    });
    let client = Client::new(&url).give_up_after(SHORT);
    let error = client.request(&login()).await.expect_err("nobody answers");
    assert_eq!(not_sent(&error), Some(NotSent::Unreachable));
    let ended = timeout(Duration::from_secs(2), ended).await;
    ended.expect("the socket is closed").expect("no panic").ok();
}

#[tokio::test]
async fn a_broker_that_is_away_is_called_at_a_growing_pace() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = free.local_addr().expect("an address");
    let accepted_and_closed = tokio::spawn(async move {
        let mut count = 0;
        let counted = async {
            while free.accept().await.is_ok() {
                count += 1;
            }
        };
        let _ = timeout(Duration::from_secs(2), counted).await;
        count
    });
    let client = Client::new(&format!("amqp://crm@{address}"));
    let client = client.give_up_after(Duration::from_millis(1500));
    let asked = (0..10).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.request(&login()).await })
    });
    for answer in asked.collect::<Vec<_>>() {
        let error = answer.await.expect("no panic").expect_err("it is away");
        assert_eq!(not_sent(&error), Some(NotSent::Unreachable));
    }
    let calls = accepted_and_closed.await.expect("no panic");
    assert!((2..=10).contains(&calls), "{calls} calls");
}
