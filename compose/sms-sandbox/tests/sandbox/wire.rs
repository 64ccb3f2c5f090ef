//! The sandbox as its callers see it: the real program, over HTTP.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use ureq::Agent;

const NUMBER: &str = "+447400123456";
const FROM: &str = "+15005550006";
const SID: &str = "AC0123456789abcdef0123456789abcdef";
/// Posts as that account, with the token `secret`.
const AUTHORIZATION: &str = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzZWNyZXQ=";

struct Sandbox {
    process: Child,
    url: String,
    agent: Agent,
}

impl Sandbox {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sms-sandbox"))
            .env_remove("TWILIO_ACCOUNT_SID")
            .env_remove("TWILIO_AUTH_TOKEN")
            .env("SANDBOX_ADDR", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let output = process.stdout.take().expect("it has an output");
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it says where it is");
        let url = line
            .trim()
            .rsplit(' ')
            .next()
            .expect("an address")
            .to_owned();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        Self {
            process,
            url,
            agent,
        }
    }

    fn send(&self, to: &str, body: &str) -> Result<(u16, Value), ureq::Error> {
        self.send_with(&self.agent, to, body, None)
    }

    fn send_with(
        &self,
        agent: &Agent,
        to: &str,
        body: &str,
        authorization: Option<&str>,
    ) -> Result<(u16, Value), ureq::Error> {
        self.send_by(agent, ("From", FROM), to, body, authorization)
    }

    fn send_by(
        &self,
        agent: &Agent,
        sender: (&str, &str),
        to: &str,
        body: &str,
        authorization: Option<&str>,
    ) -> Result<(u16, Value), ureq::Error> {
        let url = format!("{}/2010-04-01/Accounts/{SID}/Messages.json", self.url);
        let mut request = agent.post(&url);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let mut answer = request.send_form([("To", to), sender, ("Body", body)])?;
        let text = answer.body_mut().read_to_string()?;
        Ok((
            answer.status().as_u16(),
            serde_json::from_str(&text).expect("an answer in JSON"),
        ))
    }

    fn get(&self, path: &str) -> String {
        let mut answer = self
            .agent
            .get(format!("{}{path}", self.url))
            .call()
            .expect("an answer");
        answer.body_mut().read_to_string().expect("a body")
    }

    fn bodies(&self, query: &str) -> Vec<String> {
        let list: Value =
            serde_json::from_str(&self.get(&format!("/messages{query}"))).expect("JSON");
        let bodies = list.as_array().expect("a list").iter();
        bodies
            .map(|text| text["body"].as_str().expect("a body").to_owned())
            .collect()
    }

    fn fail(&self, kind: &str) -> u16 {
        let url = format!("{}/fault?kind={kind}", self.url);
        self.agent
            .put(&url)
            .send_empty()
            .expect("an answer")
            .status()
            .as_u16()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.process.kill().expect("the sandbox can be ended");
        self.process.wait().expect("the sandbox ends");
    }
}

#[test]
fn a_text_is_taken_and_shown() {
    let sandbox = Sandbox::start(&[]);
    let (status, answer) = sandbox
        .send(NUMBER, "abc234 is your code")
        .expect("an answer");
    assert_eq!(status, 201);
    assert_eq!(answer["status"], "queued");
    assert_eq!(answer["to"], NUMBER);
    let sid = answer["sid"].as_str().expect("a sid");
    assert!(sid.starts_with("SM") && sid.len() == 34, "{sid}");
    sandbox
        .send("+447400123457", "to another")
        .expect("an answer");
    sandbox.send(NUMBER, "the second").expect("an answer");

    for query in ["?to=%2B447400123456", "?to=+447400123456"] {
        assert_eq!(
            sandbox.bodies(query),
            ["abc234 is your code", "the second"],
            "{query}"
        );
    }
    assert_eq!(sandbox.bodies("").len(), 3);
    let list: Value = serde_json::from_str(&sandbox.get("/messages")).expect("JSON");
    let members: Vec<&String> = list[0].as_object().expect("an object").keys().collect();
    assert_eq!(members, ["at", "body", "to"]);
    assert!(sandbox.get("/").contains("abc234 is your code"));
}

#[test]
fn a_messaging_service_may_send() {
    let sandbox = Sandbox::start(&[]);
    let service = "MG0123456789abcdef0123456789abcdef";
    let send = |sid| {
        let sender = ("MessagingServiceSid", sid);
        let sent = sandbox.send_by(&sandbox.agent, sender, NUMBER, "abc234", None);
        sent.expect("an answer")
    };
    let (status, answer) = send(service);
    assert_eq!((status, &answer["status"]), (201, &"accepted".into()));
    assert_eq!(answer["messaging_service_sid"], service);
    assert_eq!(answer["from"], Value::Null);
    assert_eq!(sandbox.bodies(""), ["abc234"]);
    let (status, answer) = send("MG1");
    assert_eq!((status, &answer["code"]), (400, &21701.into()));
    assert_eq!(sandbox.bodies("").len(), 1);
}

#[test]
fn refused_texts_reach_nobody() {
    let sandbox = Sandbox::start(&[]);
    for (to, code) in [
        ("+447400000000", 21614),
        ("+15005550001", 21211),
        ("", 21604),
    ] {
        let (status, answer) = sandbox.send(to, "abc234").expect("an answer");
        assert_eq!((status, &answer["code"]), (400, &code.into()), "{to}");
        assert_eq!(answer["status"], 400);
        assert!(answer["message"].is_string() && answer["more_info"].is_string());
    }
    assert!(sandbox.bodies("").is_empty());
}

#[test]
fn faults_last_until_none() {
    let sandbox = Sandbox::start(&[]);
    assert_eq!(sandbox.fail("unavailable"), 204);
    assert_eq!(sandbox.send(NUMBER, "first").expect("an answer").0, 503);
    assert_eq!(sandbox.fail("refuse"), 204);
    let (status, answer) = sandbox.send(NUMBER, "second").expect("an answer");
    assert_eq!((status, &answer["code"]), (400, &21610.into()));
    assert!(sandbox.bodies("").is_empty(), "neither took the text");

    assert_eq!(sandbox.fail("lost"), 204);
    sandbox
        .send(NUMBER, "third")
        .expect_err("the connection is dropped");
    assert_eq!(sandbox.bodies(""), ["third"]);

    assert_eq!(sandbox.fail("sometimes"), 400);
    assert!(sandbox.get("/").contains("Failing on request: lost"));
    assert_eq!(sandbox.fail("none"), 204);
    assert_eq!(sandbox.send(NUMBER, "fourth").expect("an answer").0, 201);
    assert_eq!(sandbox.bodies(""), ["third", "fourth"]);
}

#[test]
fn a_hanging_provider_takes_the_text_and_never_answers() {
    let sandbox = Sandbox::start(&[]);
    assert_eq!(sandbox.fail("hang"), 204);
    let impatient: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(300)))
        .proxy(None)
        .build()
        .into();
    let error = sandbox
        .send_with(&impatient, NUMBER, "held", None)
        .expect_err("no answer");
    assert!(matches!(error, ureq::Error::Timeout(_)), "{error}");
    assert_eq!(sandbox.bodies(""), ["held"]);
}

#[test]
fn credentials_are_needed_where_they_are_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "\u{feff}secret\r\n").expect("a file");
    let file = file.to_str().expect("UTF-8");
    // The token is read as a worker reads it, without white space around it.
    for token in [
        ("TWILIO_AUTH_TOKEN", "secret "),
        ("TWILIO_AUTH_TOKEN_FILE", file),
    ] {
        let sandbox = Sandbox::start(&[("TWILIO_ACCOUNT_SID", SID), token]);
        let (status, answer) = sandbox.send(NUMBER, "abc234").expect("an answer");
        assert_eq!((status, &answer["code"]), (401, &20003.into()));
        let (status, _) = sandbox
            .send_with(&sandbox.agent, NUMBER, "abc234", Some(AUTHORIZATION))
            .expect("an answer");
        assert_eq!(status, 201);
    }
}

#[test]
fn what_is_set_to_nothing_is_not_set() {
    let nothing = [("TWILIO_ACCOUNT_SID", ""), ("TWILIO_AUTH_TOKEN", "")];
    let sandbox = Sandbox::start(&nothing);
    let (status, _) = sandbox.send(NUMBER, "abc234").expect("an answer");
    assert_eq!(status, 201);
}

#[test]
fn a_wrong_setting_stops_it_and_is_not_shown() {
    for (name, value) in [
        ("TWILIO_ACCOUNT_SID", "hunter2"),
        ("TWILIO_AUTH_TOKEN_FILE", "/nowhere/hunter2"),
        ("ALLOW_PLAINTEXT", "hunter2"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sms-sandbox"))
            .env("SANDBOX_ADDR", "127.0.0.1:0")
            .env(name, value)
            .output()
            .expect("it runs");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(name) && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn it_listens_on_loopback_only() {
    let output = Command::new(env!("CARGO_BIN_EXE_sms-sandbox"))
        .env("SANDBOX_ADDR", "0.0.0.0:0")
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"));
}
