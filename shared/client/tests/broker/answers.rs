//! What is published, and what becomes of the answer.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;
use twofactor_client::types::LoginAttempted;
use twofactor_client::{Attributes, Client, ClientError, NotSent, Outcome};

use crate::stub::{Act, Got, StubBroker};
use crate::{
    CODE, SHORT, accepted, event, hurried, is_accepted, login, not_sent, outcome, patient,
    same_event,
};

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
