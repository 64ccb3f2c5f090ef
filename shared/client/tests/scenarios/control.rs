//! What the harness does to the stack on request, and the inbox of the SMS sandbox.

use std::env;

use serde_json::Value;

/// A variable of the harness.
pub fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run the scenarios by `cargo xtask clients rust`")
    })
}

/// Has something done to the stack; returns when it is done, or at once with `?after_ms=N`.
pub async fn control(path: &str) {
    send(path, None).await;
}

/// Has the next login answered with that outcome, by nobody's decision.
pub async fn answer_next(outcome: Value) {
    send("/answer-next", Some(outcome)).await;
}

async fn send(path: &str, body: Option<Value>) {
    let url = format!("{}{path}", variable("CONTROL_URL"));
    let sent = tokio::task::spawn_blocking(move || match body {
        Some(body) => ureq::post(&url)
            .content_type("application/json")
            .send(body.to_string()),
        None => ureq::post(&url).send_empty(),
    });
    sent.await.expect("no panic").expect("the harness does it");
}

/// The code of the newest text to a number.
pub async fn texted_code(number: &str) -> String {
    let number = number.replace('+', "%2B");
    let url = format!("{}/messages?to={number}", variable("SMS_SANDBOX_URL"));
    let read = tokio::task::spawn_blocking(move || {
        let mut answer = ureq::get(&url).call().expect("the sandbox answers");
        answer.body_mut().read_to_string().expect("it is UTF-8")
    });
    let texts = read.await.expect("no panic");
    let texts: Vec<Value> = serde_json::from_str(&texts).expect("it is JSON");
    let newest = texts.last().expect("a text was sent");
    let body = newest["body"].as_str().expect("a text has words");
    body[..6].to_owned()
}
