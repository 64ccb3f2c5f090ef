//! Every kind of answer, from a server on loopback that speaks HTTP by hand.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::*;

const SID: &str = "SM0123456789abcdef0123456789abcdef";

fn order() -> TextOrder {
    TextOrder {
        id: Uuid::nil(),
        to: Secret::new("+447400123456".to_owned()),
        body: Secret::new("abc234 is your code".to_owned()),
    }
}

fn twilio(address: SocketAddr) -> Provider {
    twilio_from(address, TwilioSender::From("+15005550006".to_owned()))
}

fn twilio_from(address: SocketAddr, sender: TwilioSender) -> Provider {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = TwilioSettings {
        base_url: Url::parse(&format!("http://{address}")).expect("a URL"),
        account_sid: "AC0123456789abcdef0123456789abcdef".to_owned(),
        auth_token: Secret::new("token".to_owned()),
        sender,
    };
    Provider::new(settings, None).expect("a client")
}

/// Answers one request with these bytes, and hands the request over.
async fn server(answer: String) -> (SocketAddr, oneshot::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&request).contains("Body=") {
            let read = stream.read(&mut buffer).await.expect("bytes");
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(answer.as_bytes()).await.expect("written");
        sender
            .send(String::from_utf8(request).expect("UTF-8"))
            .expect("taken");
    });
    (address, receiver)
}

fn http(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn a_text_is_sent_as_twilio_wants_it() {
    let (address, request) = server(http(201, &format!("{{\"sid\": \"{SID}\"}}"))).await;
    let called = twilio(address).send(&order()).await;
    let provider_ref = Some(SID.to_owned());
    let expected = Called {
        answer: ProviderAnswer::Accepted { provider_ref },
        status: Some(201),
        error: None,
    };
    assert_eq!(called, expected);
    let request = request.await.expect("a request");
    let path = "POST /2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json ";
    assert!(request.starts_with(path), "{request}");
    assert!(
        request.contains("authorization: Basic QUMwMTIz"),
        "{request}"
    );
    let form = "To=%2B447400123456&From=%2B15005550006&Body=abc234+is+your+code";
    assert!(request.ends_with(form), "{request}");
}

#[tokio::test]
async fn a_sender_is_named_as_twilio_wants_it() {
    let service = "MG0123456789abcdef0123456789abcdef";
    let table = [
        (
            TwilioSender::From("Uni-Login".to_owned()),
            "&From=Uni-Login&",
        ),
        (
            TwilioSender::From("R&D 2FA+".to_owned()),
            "&From=R%26D+2FA%2B&",
        ),
        (
            TwilioSender::MessagingService(service.to_owned()),
            "&MessagingServiceSid=MG0123456789abcdef0123456789abcdef&",
        ),
    ];
    for (sender, expected) in table {
        let (address, request) = server(http(201, &format!("{{\"sid\": \"{SID}\"}}"))).await;
        twilio_from(address, sender).send(&order()).await;
        let request = request.await.expect("a request");
        assert!(request.contains(expected), "{request}");
        let names = ["From=", "MessagingServiceSid="].map(|name| request.matches(name).count());
        assert_eq!(names.iter().sum::<usize>(), 1, "{request}");
    }
}

/// Fails where one of these answers has another meaning.
async fn all_mean(table: impl IntoIterator<Item = (String, ProviderAnswer)>) {
    for (answer, expected) in table {
        let (address, request) = server(answer.clone()).await;
        let called = twilio(address).send(&order()).await;
        assert_eq!(called.answer, expected, "{answer}");
        request.await.expect("a request came");
    }
}

#[tokio::test]
async fn every_answer_of_success_has_its_meaning() {
    let taken = |sid: &str| format!("{{\"sid\": \"{sid}\"}}");
    let no_ref = ProviderAnswer::Accepted { provider_ref: None };
    let table = [
        (http(200, &taken("+447400123456")), no_ref.clone()),
        (http(201, "{}"), no_ref.clone()),
        (http(202, "{\"sid\": 7}"), no_ref.clone()),
        (http(201, "{\"status\": \"queued\"}"), no_ref.clone()),
        (http(201, "{\"status\": \"accepted\"}"), no_ref.clone()),
        (http(201, "{\"status\": \"sent\"}"), no_ref.clone()),
        (
            http(201, "{\"status\": null, \"error_code\": null}"),
            no_ref,
        ),
        (
            http(201, "{\"status\": \"failed\"}"),
            ProviderAnswer::Unknown,
        ),
        (
            http(
                201,
                "{\"status\": \"Undelivered\", \"error_code\": \"30006\"}",
            ),
            ProviderAnswer::Unknown,
        ),
        (
            http(201, "{\"status\": \"canceled\"}"),
            ProviderAnswer::Unknown,
        ),
        (http(201, "not json"), ProviderAnswer::Unknown),
        (http(201, "[]"), ProviderAnswer::Unknown),
        (http(201, "[null]"), ProviderAnswer::Unknown),
        (http(201, "\"queued\""), ProviderAnswer::Unknown),
        (http(204, ""), ProviderAnswer::Unknown),
    ];
    all_mean(table).await;
}

#[tokio::test]
async fn every_other_answer_has_its_meaning() {
    let error = |code: u32| format!("{{\"code\": {code}, \"message\": \"no\"}}");
    let table = [
        (
            http(400, "{\"code\": \"21211\"}"),
            ProviderAnswer::NumberRejected,
        ),
        (
            http(400, "{\"code\": \" 21610 \", \"status\": \"400\"}"),
            ProviderAnswer::NumberRejected,
        ),
        (http(400, "{\"code\": \"x\"}"), ProviderAnswer::Unavailable),
        (
            http(400, "{\"code\": 99999999999}"),
            ProviderAnswer::Unavailable,
        ),
        (http(400, "{}"), ProviderAnswer::Unavailable),
        (http(400, "[21211]"), ProviderAnswer::Unavailable),
        (http(404, "<html>"), ProviderAnswer::Unavailable),
        (http(400, &error(21610)), ProviderAnswer::NumberRejected),
        (http(400, &error(21614)), ProviderAnswer::NumberRejected),
        (http(400, &error(21211)), ProviderAnswer::NumberRejected),
        (http(400, &error(21603)), ProviderAnswer::Unavailable),
        (http(401, &error(20003)), ProviderAnswer::Unavailable),
        (http(429, "slow down"), ProviderAnswer::Unavailable),
        (http(503, ""), ProviderAnswer::Unavailable),
        (http(500, &error(21610)), ProviderAnswer::Unknown),
        (http(502, ""), ProviderAnswer::Unknown),
        (http(302, ""), ProviderAnswer::Unknown),
        (
            "HTTP/1.1 201 X\r\ncontent-length: 99\r\n\r\n{\"sid\":".to_owned(),
            ProviderAnswer::Unknown,
        ),
        (
            "not HTTP at all\r\n\r\n".to_owned(),
            ProviderAnswer::Unknown,
        ),
        (String::new(), ProviderAnswer::Unknown),
    ];
    all_mean(table).await;
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let called = twilio(address).send(&order()).await;
    assert_eq!(
        called,
        Called::failed(ProviderAnswer::Unavailable, "unreachable")
    );
}
