//! A broker that is lost, silent, blocked, full, or that refuses.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};
use twofactor_client::{Client, ClientError, NotSent};

use crate::log;
use crate::stub::{Act, StubBroker};
use crate::{CODE, SHORT, accepted, hurried, is_accepted, login, not_sent, patient, same_event};

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
