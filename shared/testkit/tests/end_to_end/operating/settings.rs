//! A setting that is missing or wrong stops the start, with a sentence that names it and does not
//! show its value. The programs themselves are started, one for each line of a table.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use twofactor_testkit::program::Program;
use twofactor_testkit::{http, worker::read_metrics};

const SERVICES: [&str; 4] = ["login", "sms", "enrollment", "reset"];
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// A part of every value that must not be shown.
const HIDDEN: &str = "hunter2";
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

pub type Pairs = Vec<(String, String)>;

/// Settings with which a worker starts; nobody listens at the broker's and the database's ports.
pub fn complete(folder: &Path) -> Pairs {
    let keyring = file(
        folder,
        "keyring.json",
        &format!(r#"{{"current": "k", "keys": {{"k": "{KEY}"}}}}"#),
        0o600,
    );
    [
        ("AMQP_URL", "amqp://login:hunter2@127.0.0.1:1"),
        ("DATABASE_URL", "postgres://login:hunter2@127.0.0.1:1/none"),
        ("KEYRING_FILE", &keyring),
        ("METRICS_ADDR", "127.0.0.1:0"),
        ("ISSUER", "Student CRM"),
        ("SMS_PROVIDER", "twilio"),
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
        ("TWILIO_AUTH_TOKEN", "hunter2"),
        ("TWILIO_FROM", "+15005550006"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

pub fn file(folder: &Path, name: &str, content: &str, mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
    path.to_str().expect("UTF-8").to_owned()
}

pub fn with(mut pairs: Pairs, name: &str, value: Option<&str>) -> Pairs {
    pairs.retain(|(own, _)| own != name);
    pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    pairs
}

/// Returns what a worker writes before it ends with 2.
pub async fn refusal(folder: &Path, service: &str, pairs: &Pairs) -> String {
    let log = folder.join(format!("{service}-{}.log", uuid::Uuid::new_v4()));
    let program = Program::start(&format!("twofactor-{service}"), &log, pairs);
    let mut program = program.expect("it starts");
    let ended = program.ends_within(ENDS_WITHIN).await;
    let said = program.log();
    let ended = ended.unwrap_or_else(|error| panic!("{error}: {pairs:?}\n{said}"));
    assert_eq!(ended.code(), Some(2), "{said}");
    for line in said.lines() {
        assert!(
            line.ends_with('.') && line.len() > 20,
            "no sentence: {line}"
        );
    }
    assert!(
        !said.contains(HIDDEN) && !said.contains(KEY),
        "a value is shown: {said}"
    );
    said
}

async fn is_refused(folder: &Path, service: &str, name: &str, value: Option<&str>) {
    let said = refusal(folder, service, &with(complete(folder), name, value)).await;
    let names_it = said.lines().any(|line| line.starts_with(name));
    assert!(names_it, "{service}: {name} is not named: {said}");
    if let Some(value) = value.filter(|value| value.len() > 6) {
        assert!(!said.contains(value), "{service}: {name} is shown: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for service in SERVICES {
        for name in ["AMQP_URL", "DATABASE_URL", "KEYRING_FILE"] {
            is_refused(folder.path(), service, name, None).await;
            is_refused(folder.path(), service, name, Some("")).await;
        }
        let said = refusal(folder.path(), service, &Vec::new()).await;
        for name in ["AMQP_URL", "DATABASE_URL", "KEYRING_FILE"] {
            assert!(said.contains(name), "all at once: {said}");
        }
    }
    for service in ["sms", "enrollment"] {
        for name in [
            "SMS_PROVIDER",
            "TWILIO_ACCOUNT_SID",
            "TWILIO_AUTH_TOKEN",
            "TWILIO_FROM",
        ] {
            is_refused(folder.path(), service, name, None).await;
        }
    }
}

/// Settings of the enrollment worker with wrong values.
const WRONG: [(&str, &str); 36] = [
    ("AMQP_URL", "hunter2"),
    ("AMQP_URL", "http://login:hunter2@127.0.0.1"),
    ("AMQP_URL", "amqp://login:hunter2@broker.example.org"),
    ("DATABASE_URL", "hunter2"),
    ("DATABASE_URL", "mysql://login:hunter2@localhost/x"),
    (
        "DATABASE_URL",
        "postgres://login:hunter2@db.example.org/x?sslmode=disable",
    ),
    ("KEYRING_FILE", "/nowhere/hunter2"),
    ("METRICS_ADDR", "hunter2"),
    ("METRICS_ADDR", "127.0.0.7"),
    ("METRICS_ADDR", "127.0.0.1:99999"),
    ("ISSUER", "hunter2:hunter2"),
    ("ISSUER", " hunter2"),
    ("SMS_THROTTLE", "4m"),
    ("SMS_THROTTLE", "hunter2"),
    ("SMS_THROTTLE", "299s"),
    ("SMS_THROTTLE", "5"),
    ("SMS_THROTTLE", "-5m"),
    ("SMS_CODE_TTL", "11m"),
    ("REMEMBER_FOR", "31d"),
    ("EVENT_MAX_AGE", "1h"),
    ("GUESS_WAIT", "29s"),
    ("GUESS_WAIT_MAX", "14m"),
    ("GUESS_LIMIT", "101"),
    ("GUESS_LIMIT", "0"),
    ("GUESS_LIMIT", "hunter2"),
    ("SMS_COUNTRIES", "gb"),
    ("SMS_COUNTRIES", "GB,hunter2"),
    ("SMS_ORIGIN", "https://hunter2"),
    ("AUDIT_KEEP", "hunter2"),
    ("BATCH_MAX", "0"),
    ("BATCH_MAX", "hunter2"),
    ("DB_POOL", "-1"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://hunter2.example.org"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://127.0.0.1/hunter2"),
    ("LOG", "hunter2"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = file(folder.path(), "open.json", "{}", 0o644);
    let group = file(folder.path(), "group.json", "{}", 0o640);
    let words = file(folder.path(), "words.json", HIDDEN, 0o600);
    let short = r#"{"current": "k", "keys": {"k": "aHVudGVyMg=="}}"#;
    let short = file(folder.path(), "short.json", short, 0o600);
    let absent = format!(r#"{{"current": "x", "keys": {{"k": "{KEY}"}}}}"#);
    let absent = file(folder.path(), "absent.json", &absent, 0o600);
    for (name, value) in WRONG {
        is_refused(folder.path(), "enrollment", name, Some(value)).await;
    }
    for keyring in [open, group, words, short, absent] {
        is_refused(folder.path(), "enrollment", "KEYRING_FILE", Some(&keyring)).await;
    }
    for (name, value) in [
        ("SMS_PROVIDER", "hunter2"),
        ("TWILIO_BASE_URL", "hunter2"),
        ("TWILIO_BASE_URL", "http://hunter2.example.org"),
        ("TWILIO_BASE_URL", "https://api.twilio.com/hunter2"),
        ("TWILIO_ACCOUNT_SID", "hunter2"),
        ("TWILIO_FROM", "hunter2hunter2"),
    ] {
        is_refused(folder.path(), "sms", name, Some(value)).await;
    }
    // A promise binds every worker that could break it.
    for service in SERVICES {
        is_refused(folder.path(), service, "REMEMBER_FOR", Some("31d")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_may_be_in_a_file_instead() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["AMQP_URL", "DATABASE_URL", "TWILIO_AUTH_TOKEN"] {
        let in_file = format!("{name}_FILE");
        let pairs = complete(folder.path());
        let value = pairs.iter().find(|(own, _)| own == name);
        let value = value.expect("it is set").1.clone();
        let path = file(folder.path(), &in_file, &format!("{value}\n"), 0o600);
        let both = with(pairs.clone(), &in_file, Some(&path));
        let said = refusal(folder.path(), "sms", &both).await;
        assert!(said.contains(name) && said.contains(&in_file), "{said}");
        let gone = with(
            with(pairs.clone(), name, None),
            &in_file,
            Some("/nowhere/hunter2"),
        );
        let said = refusal(folder.path(), "sms", &gone).await;
        assert!(said.starts_with(&in_file), "{said}");
        starts(
            folder.path(),
            "sms",
            &with(with(pairs, name, None), &in_file, Some(&path)),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_the_promises_starts_and_ends_with_0() {
    let folder = tempfile::tempdir().expect("a folder");
    for service in SERVICES {
        starts(folder.path(), service, &complete(folder.path())).await;
    }
    for (name, value) in [
        ("SMS_THROTTLE", "5m"),
        ("SMS_THROTTLE", "1h"),
        ("SMS_CODE_TTL", "10m"),
        ("REMEMBER_FOR", "30d"),
        ("REMEMBER_FOR", "12h"),
        ("GUESS_LIMIT", "100"),
        ("SMS_COUNTRIES", "GB,IE"),
        ("BATCH_MAX", "1"),
        ("LOG", "trace"),
    ] {
        let pairs = with(complete(folder.path()), name, Some(value));
        starts(folder.path(), "enrollment", &pairs).await;
    }
    let shortened = with(complete(folder.path()), "SMS_THROTTLE", Some("1s"));
    let shortened = with(shortened, "TWOFACTOR_TESTING", Some("1"));
    starts(folder.path(), "sms", &shortened).await;
    let remote = "amqp://login:hunter2@broker.invalid";
    let remote = with(complete(folder.path()), "AMQP_URL", Some(remote));
    starts(
        folder.path(),
        "sms",
        &with(remote, "ALLOW_PLAINTEXT", Some("1")),
    )
    .await;
}

/// Checks that it runs without broker and database, reports that, and ends with 0 when asked to.
pub async fn starts(folder: &Path, service: &str, pairs: &Pairs) {
    let mut ports = twofactor_stack::ports::Ports::default();
    let port = ports.choose().expect("a port");
    let address = format!("127.0.0.1:{port}");
    let pairs = with(pairs.clone(), "METRICS_ADDR", Some(&address));
    let log = folder.join(format!("{service}-{}.log", uuid::Uuid::new_v4()));
    let program = Program::start(&format!("twofactor-{service}"), &log, &pairs);
    let mut program = program.expect("it starts");
    let client = http::client();
    let metrics = format!("http://{address}/metrics");
    let page = program
        .wait_until(ENDS_WITHIN, async || {
            http::get(&client, &metrics).await.ok()
        })
        .await
        .expect("it serves its metrics");
    let consuming = format!("twofactor_consuming{{service=\"{service}\"}}");
    assert_eq!(read_metrics(&page).get(&consuming), Some(&0.0), "{page}");
    let ready = http::get(&client, &format!("http://{address}/readyz")).await;
    assert!(
        ready
            .expect_err("nothing is there")
            .to_string()
            .contains("503")
    );
    // SIGINT, as Ctrl-C sends it, and SIGTERM are the same.
    let signals = [Signal::SIGTERM, Signal::SIGINT];
    let signal = signals[usize::from(port % 2 == 0)];
    program.signal(signal).expect("it is sent");
    let ended = program.ends_within(Duration::from_secs(30)).await;
    assert_eq!(ended.expect("it ends").code(), Some(0), "{}", program.log());
    assert!(!program.log().contains(HIDDEN), "{}", program.log());
}
