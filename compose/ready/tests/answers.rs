//! The real program with parts that are ready, are not ready, and are absent.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::thread;

fn run(address: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twofactor-ready"))
        .env("METRICS_ADDR", address)
        .output()
        .expect("it runs")
}

/// Runs it against a part that answers so; returns its output and the request.
fn against(answer: &'static str) -> (Output, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let part = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a caller");
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let asked = lines.next().expect("a request");
        let _ = lines.by_ref().find(String::is_empty);
        (&stream).write_all(answer.as_bytes()).expect("answered");
        asked
    });
    let output = run(&address);
    (output, part.join().expect("the part"))
}

#[test]
fn ready_is_success() {
    let (output, asked) = against("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nready\n");
    assert!(output.status.success());
    assert_eq!(asked, "GET /readyz HTTP/1.1");
}

#[test]
fn what_is_not_ready_says_why() {
    let (output, _) =
        against("HTTP/1.1 503 Service Unavailable\r\n\r\nthe database does not answer\n");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said, "twofactor-ready: 503 the database does not answer\n");
}

#[test]
fn nobody_there_is_not_ready() {
    // Bound and dropped: nothing listens there now.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    assert_eq!(run(&address).status.code(), Some(1));
    assert_eq!(run("nonsense").status.code(), Some(1));
}

#[test]
fn an_address_that_is_set_to_nothing_is_not_set() {
    let output = run("");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(
        said,
        "twofactor-ready: set METRICS_ADDR, or name an address\n"
    );
}
