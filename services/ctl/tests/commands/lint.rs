//! `lint`: captured messages of every form, without anything that runs.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::{RunOutput, ctl};

/// A part of every bad value; no output may ever show it.
const CANARY: &str = "hunter2";

/// Returns a right event of long ago.
pub fn login() -> Value {
    json!({
        "specversion": "1.0", "id": "018f-1", "source": "/crm", "type": "login.attempted.v1",
        "time": "2026-01-24T10:00:00Z",
        "data": {"tenant_id": "north", "user_id": "anna", "session_id": "s1", "ip": "192.0.2.1"},
    })
}

/// Returns the same with a wrong address.
fn wrong() -> Value {
    let mut event = login();
    event["data"]["ip"] = CANARY.into();
    event
}

/// Runs `lint` with this on standard input.
async fn lint(input: &str, arguments: &[&str]) -> RunOutput {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twofactor-ctl"));
    command.env_clear().arg("lint").args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input");
    stdin.write_all(input.as_bytes()).await.expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().await.expect("the program ends");
    let string = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let said = RunOutput {
        code: output.status.code().expect("an exit status"),
        out: string(output.stdout),
        err: string(output.stderr),
    };
    assert!(
        !said.out.contains(CANARY) && !said.err.contains(CANARY),
        "{}",
        said.out
    );
    said
}

#[tokio::test]
async fn every_form_of_a_capture_is_read_and_each_message_is_named_by_its_line() {
    let right = login();
    let wrong = wrong();
    let shown = |event: &Value| {
        json!({
            "payload_bytes": 1, "redelivered": false, "exchange": "crm.auth",
            "routing_key": "login.attempted.v1", "message_count": 0, "payload_encoding": "string",
            "properties": {"content_type": "application/cloudevents+json", "headers": {}},
            "payload": event.to_string(),
        })
    };
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let table = [
        (format!("{right}\n{wrong}\n"), [1, 2]),
        (format!("\u{feff}{right}\r\n\r\n{wrong}"), [1, 3]),
        (format!("{}\n{wrong}", pretty(&right)), [1, 14]),
        (json!([right, wrong]).to_string(), [1, 1]),
        (pretty(&json!([right, wrong])), [2, 15]),
        (pretty(&json!([shown(&right), shown(&wrong)])), [2, 15]),
    ];
    for (input, lines) in &table {
        for arguments in [&[][..], &["-"]] {
            let said = lint(input, &[arguments, &["--json"]].concat()).await;
            assert_eq!(said.code, 1, "{input}: {}", said.err);
            let objects = said.objects();
            let [first, second] = objects.as_slice() else {
                panic!("{input}: {}", said.out)
            };
            assert_eq!(
                [&first["line"], &second["line"]],
                lines.each_ref(),
                "{input}"
            );
            assert_eq!([&first["message"], &second["message"]], [1, 2]);
            assert_eq!([&first["verdict"], &second["verdict"]], ["right", "wrong"]);
            assert_eq!(second["faults"][0]["field"], "/data/ip");
            assert_eq!(second["faults"][0]["right"], "\"ip\": \"192.0.2.7\"");
        }
    }
}

#[tokio::test]
async fn what_is_found_is_told_to_people_and_by_the_exit_status() {
    let said = lint(&login().to_string(), &[]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.starts_with("-:1: login.attempted.v1 is right\n"),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("published now: /time: The event is over 7 days old")
    );
    let said = lint(&login().to_string(), &["--now"]).await;
    assert_eq!(said.code, 1, "now its time is wrong");
    assert!(said.out.contains("(too_old)"), "{}", said.out);

    let mut outcome = login();
    outcome["type"] = "login.challenged.v1".into();
    let input = format!("{}\n{{\n{outcome}\n{{\"specversion\": {CANARY}\n", wrong());
    let said = lint(&input, &[]).await;
    assert_eq!(said.code, 1);
    for part in [
        "-:1: login.attempted.v1 is wrong\n    /data/ip: ip must be an IPv4 or IPv6 address",
        "        right: \"ip\": \"192.0.2.7\"\n        The person's own address",
        "-:2: the message is wrong\n    The message is not valid JSON;",
        "-:3: login.challenged.v1 is an outcome of the workers, and is not checked\n",
        "-:4: the message is wrong\n",
    ] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let count = "Messages: 4; wrong: 3; outcomes, not checked: 1.";
    assert!(said.err.contains(count), "{}", said.err);
}

#[tokio::test]
async fn files_are_named_and_those_that_are_none_end_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let first = path("first.json");
    let second = path("second.json");
    std::fs::write(&first, login().to_string()).expect("a file");
    std::fs::write(&second, wrong().to_string()).expect("a file");
    let said = ctl(&[], &["lint", &first, &second]).await;
    assert_eq!(said.code, 1, "{}", said.err);
    for place in [format!("{first}:1: "), format!("{second}:1: ")] {
        assert!(said.out.contains(&place), "{}", said.out);
    }
    let wide = path("wide.json");
    let bytes = login().to_string();
    let bytes: Vec<u8> = bytes.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&wide, bytes).expect("a file");
    let empty = path("empty.json");
    std::fs::write(&empty, "\n").expect("a file");
    for (file, code, sentence) in [
        (path("nowhere.json"), 2, "cannot be read"),
        (wide, 4, "is in UTF-16; save it as UTF-8."),
        (empty, 4, "holds no message"),
    ] {
        let said = ctl(&[], &["lint", &file]).await;
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(sentence), "{}", said.err);
    }
}

#[tokio::test]
async fn the_published_examples_are_right() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/contract/examples"
    );
    let files = std::fs::read_dir(folder).expect("the examples");
    let files = files.map(|file| file.expect("an example").path().display().to_string());
    let files: Vec<String> = files.collect();
    let mut arguments = vec!["lint", "--json"];
    arguments.extend(files.iter().map(String::as_str));
    let said = ctl(&[], &arguments).await;
    assert_eq!(said.code, 0, "{}", said.out);
    let events = said.objects();
    let events = events.iter().filter(|object| object["verdict"] == "right");
    assert_eq!(events.count(), twofactor_contract::Event::TYPES.len());
}
