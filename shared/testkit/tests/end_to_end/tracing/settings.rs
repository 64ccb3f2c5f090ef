//! One variable sets the destination of spans, in clear or encrypted; others of OpenTelemetry
//! change nothing.

use jiff::{SignedDuration, Timestamp};
use twofactor_contract::Service;
use twofactor_testkit::{Authority, Encrypted, Greeting, Institution, Plan};

use crate::tracing::ENDPOINT;
use crate::tracing::collector::Collector;
use crate::tracing::outages::is_logged;

#[tokio::test(flavor = "multi_thread")]
async fn no_other_variable_counts_and_credentials_come_from_the_url() {
    let collector = Collector::start().await;
    let endpoint = collector
        .endpoint()
        .replace("http://", "http://me:hunter2@");
    let plan = Plan::default().only(&[Service::Login, Service::Enrollment]);
    let plan = [
        (ENDPOINT, endpoint.as_str()),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_SERVICE_NAME", "canary"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=canary",
        ),
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-key=canary"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
    ]
    .into_iter()
    .fold(plan, |plan, (name, value)| plan.set(name, value));
    let world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let login = institution.person().login();
    world.crm.ask(&login).await.expect("an outcome");
    let spans = collector.spans_of(&login).await;
    assert_eq!(spans.process.attribute("service.name"), "twofactor-login");
    assert_eq!(spans.names(), ["load", "decide", "commit", "publish"]);
    let received = collector.received();
    for (headers, body) in &received.requests {
        let headers = format!("{headers:?}");
        assert!(headers.contains("application/x-protobuf"), "{headers}");
        // me:hunter2
        assert!(headers.contains("Basic bWU6aHVudGVyMg=="), "{headers}");
        let body = String::from_utf8_lossy(body);
        for all in [headers.as_str(), &body] {
            assert!(!all.contains("canary") && !all.contains("hunter2"));
        }
    }
    assert!(!world.logs().contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_collector_is_trusted_as_any_other_peer() {
    let collector = Collector::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new(folder.path()).expect("an authority");
    let end = Timestamp::now() + SignedDuration::from_hours(24);
    let place = collector.endpoint().replace("http://", "");
    let way = Encrypted::way_to(&place, Greeting::None, &authority, end).await;
    let way = way.expect("a way");
    let endpoint = format!("https://{}", way.host());
    let trusted = authority.file().display().to_string();
    let plan = Plan::default().only(&[Service::Login, Service::Enrollment]);
    let plan = plan.set(ENDPOINT, &endpoint).set("SSL_CERT_FILE", &trusted);
    let world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let login = institution.person().login();
    world.crm.ask(&login).await.expect("an outcome");
    collector.spans_of(&login).await;
    let peer = [("service", "login"), ("peer", "collector")];
    let shown = "twofactor_certificate_expiry_timestamp_seconds";
    let shown = world.metric(shown, &peer).await.expect("a figure");
    #[expect(clippy::cast_precision_loss, reason = "a figure is a float")]
    let end = end.as_second() as f64;
    assert!((shown - end).abs() < 1.0, "{shown} instead of {end}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impostor_is_sent_nothing() {
    let collector = Collector::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let authority = Authority::new(folder.path()).expect("an authority");
    let end = Timestamp::now() + SignedDuration::from_hours(24);
    let place = collector.endpoint().replace("http://", "");
    let way = Encrypted::way_to(&place, Greeting::None, &authority, end).await;
    let way = way.expect("a way");
    let plan = Plan::default().only(&[Service::Login, Service::Enrollment]);
    let plan = plan.set(ENDPOINT, &format!("https://{}", way.host()));
    let mut world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let outcome = world.crm.ask(&institution.person().login()).await;
    outcome.expect("an outcome");
    let warning = "spans are lost, events are not";
    is_logged(world.worker(Service::Login), warning).await;
    assert!(collector.received().requests.is_empty());
}
