//! Moments in, spans out: names, parents, times, attributes and statuses.

use std::sync::{Arc, Mutex};

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SimpleSpanProcessor, SpanData, SpanExporter};
use twofactor_contract::{EventId, RefusalReason, Source, TraceParent};
use twofactor_rules::text::ProviderAnswer;

use super::*;
use crate::metrics::Tally;
use crate::outgoing::Dead;
use crate::trace::{Call, Stage, Work};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Keeps what would be sent.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("spans").extend(batch);
        Ok(())
    }
}

/// Seconds after the event was delivered.
fn stage(work: Work, from: u64, to: u64, error: Option<&str>) -> (Work, u64, u64, Option<String>) {
    (work, from, to, error.map(str::to_owned))
}

type Stages = Vec<(Work, u64, u64, Option<String>)>;

fn trace(parent: Option<&str>, stages: Stages) -> Box<Trace> {
    let taken = Instant::now();
    let at = |seconds| taken + Duration::from_secs(seconds);
    let stages = stages.into_iter().map(|(work, from, to, error)| Stage {
        work,
        from: at(from),
        to: at(to),
        events: 3,
        error,
    });
    Box::new(Trace {
        parent: parent.and_then(TraceParent::parse),
        event_id: EventId::parse("e-1"),
        source: Source::parse("/crm"),
        event_type: "login.attempted.v1",
        redelivered: false,
        tag: 7,
        taken,
        stages: stages.collect(),
    })
}

fn outgoing(reason: &'static str) -> Outgoing {
    Outgoing {
        id: Uuid::nil(),
        outcome_type: "login.accepted.v1".into(),
        public: "{}".into(),
        reply: None,
        dead: None,
        correlation_id: None,
        tally: Some(Tally {
            event_type: "login.attempted.v1",
            outcome: "login.accepted.v1",
            reason,
            via: "totp",
            age: None,
            totp_offset: None,
            text: None,
        }),
    }
}

/// The spans of one event that ends ten seconds after it was delivered.
fn spans(trace: &Trace, outgoing: &Outgoing, error: Option<&'static str>) -> Vec<SpanData> {
    let kept = Kept::default();
    let url = Url::parse("https://api.twilio.com").expect("a URL");
    let processor = SimpleSpanProcessor::new(kept.clone());
    let spans = Spans::by(processor, Service::Login, Some(&url));
    let ended = trace.taken + Duration::from_secs(10);
    spans.write(std::iter::once((trace, outgoing)), ended, error);
    let all = kept.0.lock().expect("spans");
    all.clone()
}

fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key.as_str() == name);
    found.map(|one| one.value.to_string())
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> &'a SpanData {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next().unwrap_or_else(|| panic!("{name} is missing"));
    assert!(found.next().is_none(), "{name} is there once");
    span
}

fn seconds(span: &SpanData, process: &SpanData) -> (u64, u64) {
    let since = |time: SystemTime| {
        let passed = time.duration_since(process.start_time).expect("later");
        passed.as_secs()
    };
    (since(span.start_time), since(span.end_time))
}

fn login() -> Stages {
    vec![
        stage(Work::Load, 1, 2, None),
        stage(Work::Decide, 2, 3, None),
        stage(Work::Commit, 3, 5, None),
        stage(Work::Publish, 6, 9, None),
    ]
}

#[test]
fn every_stage_is_a_span_below_that_of_the_event() {
    let spans = spans(&trace(Some(PARENT), login()), &outgoing(""), None);
    let process = named(&spans, "process twofactor.login");
    let trace = "0af7651916cd43dd8448eb211c80319c";
    assert_eq!(process.span_context.trace_id().to_string(), trace);
    assert_eq!(process.parent_span_id.to_string(), "b7ad6b7169203331");
    assert!(process.parent_span_is_remote);
    assert_eq!(process.span_kind, SpanKind::Consumer);
    assert_eq!(seconds(process, process), (0, 10));
    for (name, kind, times) in [
        ("load", SpanKind::Client, (1, 2)),
        ("decide", SpanKind::Internal, (2, 3)),
        ("commit", SpanKind::Client, (3, 5)),
        ("publish", SpanKind::Producer, (6, 9)),
    ] {
        let span = named(&spans, name);
        assert_eq!(span.span_context.trace_id().to_string(), trace, "{name}");
        assert_eq!(span.parent_span_id, process.span_context.span_id());
        assert!(!span.parent_span_is_remote, "{name}");
        assert_eq!(span.span_kind, kind, "{name}");
        assert_eq!(seconds(span, process), times, "{name}");
        assert_eq!(span.status, Status::Unset, "{name}");
    }
    assert_eq!(spans.len(), 5);
}

#[test]
fn a_span_names_the_outcome_of_the_event() {
    let spans = spans(&trace(None, login()), &outgoing("wrong_code"), None);
    let process = named(&spans, "process twofactor.login");
    assert_eq!(process.status, Status::Unset, "a wrong code is no failure");
    for (name, value) in [
        ("messaging.system", "rabbitmq"),
        ("messaging.destination.name", "twofactor.login"),
        ("messaging.message.id", "e-1"),
        ("messaging.rabbitmq.message.delivery_tag", "7"),
        ("cloudevents.event_id", "e-1"),
        ("cloudevents.event_source", "/crm"),
        ("cloudevents.event_type", "login.attempted.v1"),
        ("twofactor.outcome", "login.accepted.v1"),
        ("twofactor.reason", "wrong_code"),
        ("twofactor.via", "totp"),
        ("twofactor.redelivered", "false"),
        ("twofactor.duplicate", "false"),
    ] {
        assert_eq!(attribute(process, name).as_deref(), Some(value), "{name}");
    }
    let load = named(&spans, "load");
    for (name, value) in [
        ("db.system.name", "postgresql"),
        ("messaging.batch.message_count", "3"),
    ] {
        assert_eq!(attribute(load, name).as_deref(), Some(value), "{name}");
    }
}

#[test]
fn a_root_is_made_without_a_parent_and_an_unsampled_one_is_not_traced() {
    let roots = spans(&trace(None, login()), &outgoing(""), None);
    let process = named(&roots, "process twofactor.login");
    assert_eq!(process.parent_span_id.to_string(), "0000000000000000");
    assert!(!process.parent_span_is_remote);
    assert_eq!(roots.len(), 5);
    let unsampled = PARENT.replace("-01", "-00");
    assert!(spans(&trace(Some(&unsampled), login()), &outgoing(""), None).is_empty());
}

fn text(answer: ProviderAnswer, status: Option<u16>, error: Option<&str>) -> Stages {
    let call = Work::Text(Call { answer, status });
    let mut stages = login();
    stages.insert(3, stage(call, 5, 6, error));
    stages
}

#[test]
fn a_text_has_a_span_that_fails_where_the_provider_does() {
    let refused = ProviderAnswer::NumberRejected;
    let table = [
        (refused, Some(400), None, None),
        (
            ProviderAnswer::Unavailable,
            Some(503),
            Some("503"),
            Some("provider_unavailable"),
        ),
        (ProviderAnswer::Unknown, None, Some("timeout"), None),
    ];
    for (answer, status, error, of_event) in table {
        let stages = text(answer.clone(), status, error);
        let spans = spans(&trace(Some(PARENT), stages), &outgoing(""), None);
        let provider = named(&spans, "provider");
        assert_eq!(provider.span_kind, SpanKind::Client);
        let said = attribute(provider, "http.response.status_code");
        assert_eq!(said, status.map(|status| status.to_string()));
        assert_eq!(attribute(provider, "error.type").as_deref(), error);
        assert_eq!(provider.status != Status::Unset, error.is_some());
        let host = attribute(provider, "server.address");
        assert_eq!(host.as_deref(), Some("api.twilio.com"));
        let process = named(&spans, "process twofactor.login");
        assert_eq!(attribute(process, "error.type").as_deref(), of_event);
        assert_eq!(process.status != Status::Unset, of_event.is_some());
        assert_eq!(
            attribute(provider, "twofactor.text").as_deref(),
            Some(answer.as_str())
        );
    }
}

#[test]
fn an_event_that_was_set_aside_for_an_internal_error_has_failed() {
    for (reason, error) in [
        (RefusalReason::InternalError, Some("internal_error")),
        (RefusalReason::InvalidField, None),
    ] {
        let mut outgoing = outgoing(reason.as_str());
        outgoing.dead = Some(Dead {
            reason,
            field: None,
            message: None,
            event_type: None,
            body: String::new(),
            sha256: String::new(),
        });
        let stages = vec![stage(Work::Load, 1, 2, Some("22021"))];
        let spans = spans(&trace(None, stages), &outgoing, None);
        let process = named(&spans, "process twofactor.login");
        assert_eq!(attribute(process, "error.type").as_deref(), error);
        assert_eq!(process.status != Status::Unset, error.is_some());
        let load = named(&spans, "load");
        assert_eq!(load.status, Status::error(""));
        let state = attribute(load, "db.response.status_code");
        assert_eq!(state.as_deref(), Some("22021"));
    }
}

#[test]
fn the_span_of_an_event_that_was_not_acknowledged_says_why() {
    let spans = spans(
        &trace(None, login()),
        &outgoing(""),
        Some("connection_lost"),
    );
    let process = named(&spans, "process twofactor.login");
    assert_eq!(process.status, Status::error(""));
    let error = attribute(process, "error.type");
    assert_eq!(error.as_deref(), Some("connection_lost"));
}

#[test]
fn a_source_that_could_hold_a_secret_is_left_out() {
    for source in [
        "https://crm:hunter2@crm.example",
        "https://crm:hunter2%40crm.example",
        "/crm?key=hunter2",
    ] {
        let mut trace = trace(None, login());
        trace.source = Source::parse(source);
        assert!(trace.source.is_some(), "{source}");
        let spans = spans(&trace, &outgoing(""), None);
        assert!(!format!("{spans:?}").contains("hunter2"), "{source}");
    }
}

#[test]
fn the_resource_names_the_program_and_nothing_of_the_machine() {
    let resource = resource(Service::Sms);
    let mut names: Vec<&str> = resource.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "service.instance.id",
            "service.name",
            "service.version",
            "telemetry.sdk.language",
            "telemetry.sdk.name",
            "telemetry.sdk.version",
        ]
    );
}
