//! What is read, and by which worker.

mod refused;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jiff::SignedDuration;

use super::*;

const KEYRING: &str =
    r#"{"current": "k", "keys": {"k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#;

/// A complete environment, with a keyring in a folder of its own.
struct Given {
    folder: tempfile::TempDir,
    pairs: Vec<(String, String)>,
}

impl Given {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let given = Self {
            folder,
            pairs: vec![],
        };
        let keyring = given.file("keyring.json", KEYRING, 0o600);
        given
            .with("AMQP_URL", "amqp://login:hunter2@127.0.0.1:5672/%2f")
            .with(
                "DATABASE_URL",
                "postgres://login:hunter2@localhost/twofactor",
            )
            .with("KEYRING_FILE", &keyring)
            .with("ISSUER", "Student CRM")
            .with("SMS_PROVIDER", "twilio")
            .with("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef")
            .with("TWILIO_AUTH_TOKEN", "hunter2")
            .with("TWILIO_FROM", "+15005550006")
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
        path.to_str().expect("UTF-8").to_owned()
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }

    fn read(&self, service: Service) -> Result<Settings, Vec<String>> {
        Settings::read(service, Environment::from_pairs(self.pairs.clone()))
    }

    fn problems(&self) -> Vec<String> {
        self.read(Service::Sms).err().unwrap_or_default()
    }
}

#[test]
fn a_complete_environment_is_read_with_the_contracts_defaults() {
    let settings = Given::new().read(Service::Sms).expect("settings");
    assert_eq!(settings.metrics_addr.to_string(), "127.0.0.1:9102");
    assert_eq!((settings.batch_max, settings.db_pool), (128, 4));
    assert_eq!(settings.limits.sms_throttle, SignedDuration::from_mins(5));
    assert_eq!(
        settings.limits.remember_for,
        SignedDuration::from_hours(30 * 24)
    );
    assert_eq!(settings.limits.guess_limit, 100);
    let twilio = settings.twilio.expect("the provider");
    assert_eq!(twilio.base_url.as_str(), "https://api.twilio.com/");
    assert_eq!(settings.log, LevelFilter::INFO);
}

#[test]
fn only_workers_that_send_texts_need_a_provider() {
    let mut given = Given::new();
    given
        .pairs
        .retain(|(name, _)| ["AMQP_URL", "DATABASE_URL", "KEYRING_FILE"].contains(&name.as_str()));
    for service in [Service::Login, Service::Reset] {
        let settings = given.read(service).expect("settings");
        assert!(settings.twilio.is_none());
    }
    let problems = given.read(Service::Enrollment).err().expect("problems");
    for name in [
        "ISSUER",
        "SMS_PROVIDER",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM",
    ] {
        let sentence = format!("{name} is missing; set it");
        assert!(
            problems
                .iter()
                .any(|problem| problem.starts_with(&sentence)),
            "{name}"
        );
    }
}

#[test]
fn spans_go_below_the_endpoint_or_nowhere() {
    let given = Given::new();
    let settings = given.read(Service::Login).expect("settings");
    assert!(settings.traces.is_none());
    for (endpoint, expected) in [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
        ("https://o.example/otlp", "https://o.example/otlp/v1/traces"),
        ("https://u:p@o.example", "https://u:p@o.example/v1/traces"),
    ] {
        let given = Given::new().with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        let settings = given.read(Service::Login).expect("settings");
        let url = settings.traces.expect("a URL");
        assert_eq!(url.expose(), expected);
    }
}

#[test]
fn a_keyring_that_others_may_read_is_refused() {
    for mode in [0o640, 0o604, 0o660] {
        let given = Given::new();
        let path = given.file("open.json", KEYRING, mode);
        let problems = given.with("KEYRING_FILE", &path).problems();
        let expected = "KEYRING_FILE may be read by others than its owner; make it chmod 600.";
        assert_eq!(problems, [expected]);
    }
    let given = Given::new();
    let path = given.file("wrong.json", "{}", 0o600);
    let problems = given.with("KEYRING_FILE", &path).problems();
    assert!(
        problems[0].starts_with("KEYRING_FILE does not hold a keyring: "),
        "{problems:?}"
    );
}

#[test]
fn a_keyring_may_begin_with_a_byte_order_mark() {
    let given = Given::new();
    let path = given.file("marked.json", &format!("\u{feff}{KEYRING}\r\n"), 0o600);
    let given = given.with("KEYRING_FILE", &path);
    assert_eq!(given.problems(), [] as [&str; 0]);
    let wide: Vec<u8> = KEYRING.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(&path, wide).expect("written");
    let expected = "KEYRING_FILE names a file that is in UTF-16; save it as UTF-8.";
    assert_eq!(given.problems(), [expected]);
}

#[test]
fn senders_are_numbers_short_codes_names_and_messaging_services() {
    use TwilioSender::{From, MessagingService};
    for from in [
        "+15005550006",
        "+447400123456",
        "72345",
        "123456",
        "Uni-Login",
        "Uni_Login",
        "R&D 2FA+",
        "North Univ",
        "2FA",
        "a",
    ] {
        let settings = Given::new().with("TWILIO_FROM", from).read(Service::Sms);
        let sender = settings
            .expect("settings")
            .twilio
            .expect("the provider")
            .sender;
        assert_eq!(sender, From(from.to_owned()), "{from}");
    }
    let service = "MG0123456789abcdef0123456789ABCDEF";
    let settings = Given::new().with("TWILIO_FROM", service).read(Service::Sms);
    let sender = settings
        .expect("settings")
        .twilio
        .expect("the provider")
        .sender;
    assert_eq!(sender, MessagingService(service.to_owned()));
    for wrong in [
        "MG0123456789abcdef",
        "MG0123456789abcdef0123456789abcdeg",
        "Twelve chars",
        "Université",
        "-",
        "12-34",
        "12",
        "123456789",
        "+1",
        "+12345678901234567",
        "+44 7400 123456",
        "Uni.Login",
        " ",
    ] {
        let problems = Given::new().with("TWILIO_FROM", wrong).problems();
        assert_eq!(problems.len(), 1, "{wrong}: {problems:?}");
        assert!(
            problems[0].starts_with("TWILIO_FROM must be"),
            "{problems:?}"
        );
    }
}

#[test]
fn the_trail_is_kept_for_days_as_the_commands_read_it() {
    for right in ["1d", "24h", "400d", "36500d"] {
        let given = Given::new().with("AUDIT_KEEP", right);
        assert_eq!(given.problems(), [] as [&str; 0], "{right}");
    }
    for wrong in ["90m", "3600s", "23h", "0d", "36501d", "1.5d", "400"] {
        let problems = Given::new().with("AUDIT_KEEP", wrong).problems();
        assert_eq!(problems.len(), 1, "{wrong}: {problems:?}");
        assert!(
            problems[0].starts_with("AUDIT_KEEP must be"),
            "{problems:?}"
        );
    }
}

/// The column "read by" of the table of settings is true of the workers.
#[test]
fn a_worker_reads_what_the_table_says_and_nothing_else() {
    for service in Service::ALL {
        for setting in table::ALL {
            // Wrong for every setting whose value is looked at.
            let given = Given::new().with(setting.name, " hunter2: ");
            let problems = given.read(service).err().unwrap_or_default();
            let names_it = |problem: &String| problem.starts_with(setting.name);
            // What others check, or nobody can.
            let is_unchecked = ["TWILIO_AUTH_TOKEN", "SSL_CERT_FILE"].contains(&setting.name);
            let is_refused = setting.is_read_by(service.into()) && !is_unchecked;
            assert_eq!(
                problems.iter().any(names_it),
                is_refused,
                "{service:?}: {}: {problems:?}",
                setting.name
            );
            assert!(problems.len() <= 1, "{problems:?}");
        }
    }
}

#[test]
fn a_failpoint_is_for_tests_alone() {
    let given = Given::new().with("TWOFACTOR_FAILPOINT", "after_commit");
    assert!(
        given
            .read(Service::Login)
            .expect("settings")
            .fault
            .is_none()
    );
    let given = given.with("TWOFACTOR_TESTING", "1");
    assert!(
        given
            .read(Service::Login)
            .expect("settings")
            .fault
            .is_some()
    );
    let wrong = given.with("TWOFACTOR_FAILPOINT", "somewhere");
    assert!(wrong.problems()[0].starts_with("TWOFACTOR_FAILPOINT must be"));
}
