//! What the client does with brokers that misbehave. None of it needs a real one.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};
use twofactor_client::types::LoginAttempted;
use twofactor_client::{Client, ClientError, NotSent};

fn login() -> LoginAttempted {
    LoginAttempted {
        tenant_id: "t".to_owned(),
        user_id: "u".to_owned(),
        session_id: "s".to_owned(),
        ip: "203.0.113.7".to_owned(),
        ..LoginAttempted::default()
    }
}

/// A broker that accepts connections and never says a word must end as one that is away, and every
/// socket to it with the request.
#[tokio::test]
async fn a_silent_broker_is_no_answer_and_leaves_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("amqp://crm:hunter2@{}", listener.local_addr().expect("it"));
    let ended = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let mut received = Vec::new();
        socket.read_to_end(&mut received).await
    });
    let client = Client::new(&url).give_up_after(Duration::from_secs(1));
    let begun = Instant::now();
    let error = client.request(&login()).await.expect_err("nobody answers");
    assert!(begun.elapsed() < Duration::from_secs(2));
    let ClientError::NoAnswer { not_sent, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*not_sent, Some(NotSent::Unreachable));
    let ended = timeout(Duration::from_secs(2), ended).await;
    ended.expect("the socket is closed").expect("no panic").ok();
}
