//! What is refused: each sentence names its setting and shows no value.

use super::*;

#[test]
fn all_problems_are_reported_at_once() {
    let problems = Settings::read(Service::Login, Environment::default())
        .err()
        .expect("problems");
    assert_eq!(
        problems,
        [
            "AMQP_URL is missing; set it, or AMQP_URL_FILE.",
            "DATABASE_URL is missing; set it, or DATABASE_URL_FILE.",
            "KEYRING_FILE is missing; set it.",
        ]
    );
}

#[test]
fn every_wrong_value_is_refused_by_name_and_not_shown() {
    let table = [
        ("AMQP_URL", "hunter2"),
        ("AMQP_URL", "amqp://u:hunter2@broker.example/"),
        ("DATABASE_URL", "hunter2"),
        (
            "DATABASE_URL",
            "postgres://u:hunter2@db.example/d?sslmode=disable",
        ),
        ("DATABASE_URL", "postgres://u:hunter2@db.example/d"),
        ("KEYRING_FILE", "/nowhere/hunter2"),
        ("METRICS_ADDR", "hunter2"),
        ("ISSUER", "hunter2:x"),
        ("ISSUER", " hunter2"),
        (
            "ISSUER",
            "hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2",
        ),
        ("ISSUER", "大学 hunter2"),
        ("SMS_PROVIDER", "hunter2"),
        ("SMS_COUNTRIES", "GB,hunter2"),
        ("SMS_COUNTRIES", "gb"),
        ("SMS_ORIGIN", "https://hunter2.example"),
        ("TWILIO_BASE_URL", "http://hunter2.example"),
        ("TWILIO_BASE_URL", "hunter2"),
        ("TWILIO_BASE_URL", "https://api.twilio.com/hunter2"),
        ("TWILIO_ACCOUNT_SID", "hunter2"),
        ("TWILIO_FROM", "hunter2-hunter2"),
        ("SMS_THROTTLE", "hunter2"),
        ("SMS_THROTTLE", "25h"),
        ("SMS_CODE_TTL", "0s"),
        ("GUESS_LIMIT", "hunter2"),
        ("GUESS_LIMIT", "0"),
        ("GUESS_LIMIT", "+5"),
        ("BATCH_MAX", "0"),
        ("BATCH_MAX", "100000"),
        ("DB_POOL", "hunter2"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://hunter2.example:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://hunter2.example:4318"),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://collector.example:4318?key=hunter2",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://collector.example:4318#hunter2",
        ),
        ("LOG", "hunter2"),
        ("AUDIT_KEEP", "hunter2"),
        ("ALLOW_PLAINTEXT", "hunter2"),
        ("TWOFACTOR_TESTING", "hunter2"),
    ];
    for (name, value) in table {
        let problems = Given::new().with(name, value).problems();
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        assert!(problems[0].starts_with(name), "{problems:?}");
        assert!(
            problems[0].ends_with('.') && !problems[0].contains("hunter2"),
            "{problems:?}"
        );
    }
}

#[test]
fn what_breaks_a_promise_is_refused_unless_it_is_a_test() {
    let table = [
        ("SMS_THROTTLE", "4m"),
        ("SMS_CODE_TTL", "11m"),
        ("REMEMBER_FOR", "31d"),
        ("EVENT_MAX_AGE", "11m"),
        ("GUESS_WAIT", "29s"),
        ("GUESS_WAIT_MAX", "14m"),
        ("GUESS_LIMIT", "101"),
    ];
    for (name, value) in table {
        let problems = Given::new().with(name, value).problems();
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        assert!(problems[0].starts_with(name), "{problems:?}");
        let in_a_test = Given::new()
            .with(name, value)
            .with("TWOFACTOR_TESTING", "1");
        assert_eq!(in_a_test.problems(), [] as [&str; 0], "{name}");
    }
    for (name, value) in [
        ("SMS_THROTTLE", "6m"),
        ("REMEMBER_FOR", "1d"),
        ("GUESS_LIMIT", "10"),
    ] {
        assert_eq!(
            Given::new().with(name, value).problems(),
            [] as [&str; 0],
            "{name}"
        );
    }
}

#[test]
fn plaintext_to_another_machine_must_be_allowed() {
    let table = [
        ("AMQP_URL", "amqp://u:p@broker.example/"),
        (
            "DATABASE_URL",
            "postgres://u:p@db.example/d?sslmode=disable",
        ),
        ("DATABASE_URL", "postgres://u:p@db.example/d"),
        ("TWILIO_BASE_URL", "http://sandbox.example"),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://collector.example:4318",
        ),
    ];
    for (name, value) in table {
        let allowed = Given::new().with(name, value).with("ALLOW_PLAINTEXT", "1");
        assert_eq!(allowed.problems(), [] as [&str; 0], "{name}");
    }
    for (name, value) in [
        ("AMQP_URL", "amqps://u:p@broker.example/"),
        ("AMQP_URL", "amqp://u:p@[::1]/"),
        (
            "DATABASE_URL",
            "postgres://u:p@db.example/d?sslmode=require",
        ),
        ("TWILIO_BASE_URL", "http://127.0.0.1:8025"),
        ("TWILIO_BASE_URL", "http://[::1]:8025"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/"),
    ] {
        assert_eq!(
            Given::new().with(name, value).problems(),
            [] as [&str; 0],
            "{value}"
        );
    }
}
