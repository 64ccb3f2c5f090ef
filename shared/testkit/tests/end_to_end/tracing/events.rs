//! The spans of an event, from the CRM's trace to the provider's answer.

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, Fault, Institution, Letter, ReplyPath, THROTTLE};
use uuid::Uuid;

use crate::tracing::collector::{EventSpans, Span};
use crate::tracing::{ENDPOINT, traced};

const PARENT: &str = "b7ad6b7169203331";

/// Returns a `traceparent` of a fresh trace.
fn traceparent(flags: &str) -> (String, String) {
    let trace = Uuid::new_v4().simple().to_string();
    (trace.clone(), format!("00-{trace}-{PARENT}-{flags}"))
}

fn with_trace(event: CrmEvent, traceparent: &str) -> CrmEvent {
    event.with("traceparent", json!(traceparent))
}

/// Checks that every span is within that of the event, in its trace, and ends after its beginning.
fn is_one_trace(spans: &EventSpans, trace: &str) {
    let process = &spans.process;
    assert_eq!(process.trace, trace);
    assert_eq!(process.kind, SpanKind::Consumer);
    assert!(!spans.below.is_empty());
    for span in &spans.below {
        assert_eq!(span.trace, trace);
        assert!(process.start <= span.start, "{} begins later", span.name);
        assert!(span.start <= span.end, "{} ends later", span.name);
        assert!(span.end <= process.end, "{} ends before", span.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_continues_the_trace_of_the_crm() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let world = plan.start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
    let (trace, header) = traceparent("01");
    let login = with_trace(person.anew().login_by_app(&app, 0), &header);
    let accepted = world.crm.ask_for(&login, "login.accepted.v1").await;
    let accepted = accepted.expect("accepted");
    assert_eq!(accepted.attribute("traceparent"), header, "as it came");

    let spans = collector.spans_of(&login).await;
    is_one_trace(&spans, &trace);
    assert_eq!(spans.names(), ["load", "decide", "commit", "publish"]);
    let process = &spans.process;
    assert_eq!(process.name, "process twofactor.login");
    assert_eq!(process.parent, PARENT);
    assert!(!process.has_failed);
    for (name, value) in [
        ("service.name", "twofactor-login"),
        ("cloudevents.event_type", "login.attempted.v1"),
        ("twofactor.outcome", "login.accepted.v1"),
        ("twofactor.via", "totp"),
        ("twofactor.reason", ""),
        ("twofactor.redelivered", "false"),
        ("twofactor.duplicate", "false"),
    ] {
        assert_eq!(process.attribute(name), value, "{name}");
    }
    assert!(!process.attribute("service.version").is_empty());
    assert!(Uuid::parse_str(process.attribute("service.instance.id")).is_ok());
    for (name, kind) in [
        ("load", SpanKind::Client),
        ("decide", SpanKind::Internal),
        ("commit", SpanKind::Client),
        ("publish", SpanKind::Producer),
    ] {
        assert_eq!(spans.only(name).kind, kind, "{name}");
    }
    let published = spans.only("publish").attribute("messaging.message.id");
    assert_eq!(published, login.outcome_id().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_decided_twice_and_is_one_trace() {
    let (collector, plan) = traced().await;
    let world = plan.start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let set_up = person.set_up_sms(&world.crm, &world.sms).await;
    set_up.expect("a number");
    let both = [
        "load", "decide", "commit", "provider", "load", "decide", "commit", "publish",
    ];
    for (fault, kind, status, error) in [
        (Fault::None, "sms.sent.v1", "201", ""),
        (Fault::Refuse, "sms.failed.v1", "400", ""),
        (
            Fault::Unavailable,
            "sms.failed.v1",
            "503",
            "provider_unavailable",
        ),
        (Fault::Lost, "sms.sent.v1", "", ""),
    ] {
        world.database.let_pass(THROTTLE).await;
        world.sms.set_fault(fault).await.expect("a fault");
        let (trace, header) = traceparent("01");
        let event = with_trace(person.anew().request_text(), &header);
        let outcome = world.crm.ask_for(&event, kind).await;
        outcome.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        let spans = collector.spans_of(&event).await;
        is_one_trace(&spans, &trace);
        assert_eq!(spans.names(), both, "{fault:?}");
        let provider = spans.only("provider");
        assert_eq!(provider.kind, SpanKind::Client);
        assert_eq!(provider.attribute("http.response.status_code"), status);
        assert_eq!(provider.attribute("server.address"), "127.0.0.1");
        let is_fault = matches!(fault, Fault::Unavailable | Fault::Lost);
        assert_eq!(provider.has_failed, is_fault, "{fault:?}");
        assert_eq!(spans.process.attribute("error.type"), error, "{fault:?}");
        assert_eq!(spans.process.has_failed, !error.is_empty(), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_has_spans_and_has_not_failed() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let world = plan.start().await.expect("a world");
    let institution = Institution::strict(&world.crm).await.expect("a policy");
    let person = institution.person();
    let (app, _) = person.set_up_totp(&world.crm).await.expect("an app");
    let wrong = person.anew();
    let wrong = wrong.login_by("totp", &app.wrong_code_at(wrong.login().time()));
    let misspelt = person.anew().login().with_data("idp", json!(1));
    for (event, kind, reason) in [
        (wrong, "login.rejected.v1", "wrong_code"),
        (misspelt, "event.rejected.v1", "invalid_field"),
    ] {
        let (trace, header) = traceparent("01");
        let event = with_trace(event, &header);
        let outcome = world.crm.ask_for(&event, kind).await.expect("refused");
        assert_eq!(outcome["reason"], reason);
        let spans = collector.spans_of(&event).await;
        is_one_trace(&spans, &trace);
        assert_eq!(spans.process.attribute("twofactor.outcome"), kind);
        assert_eq!(spans.process.attribute("twofactor.reason"), reason);
        assert!(!spans.process.has_failed, "{kind}");
    }
    let no_json = Letter::new("login.attempted.v1", "{").correlated("c-1");
    let outcome = world.crm.ask_by(&no_json, &ReplyPath::Direct).await;
    assert_eq!(outcome.expect("an outcome").kind(), "event.rejected.v1");
    let all = collector.wait_until("no event at all", |all| {
        let mut spans = all.spans.iter();
        spans.any(|span| span.attribute("cloudevents.event_type") == "other")
    });
    let all = all.await;
    let mut spans = all.spans.iter();
    let span = spans.find(|span| span.attribute("cloudevents.event_type") == "other");
    assert_eq!(span.expect("a span").attribute("messaging.message.id"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_the_same_to_the_byte_whether_anybody_traces_or_not() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let mut world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let (trace, header) = traceparent("01");
    let login = with_trace(institution.person().login(), &header);
    let first = world.crm.ask(&login).await.expect("an outcome");
    let again = world.crm.ask(&login.again()).await.expect("an outcome");
    assert_eq!(again.bytes, first.bytes);
    let is_duplicate = |span: &Span| span.attribute("twofactor.duplicate") == "true";
    let spans = collector.spans_where(&login, is_duplicate).await;
    is_one_trace(&spans, &trace);
    assert_eq!(spans.names(), ["load", "decide", "rollback", "publish"]);
    assert!(!spans.process.has_failed);

    let ended = world.worker(Service::Login).terminate().await;
    assert_eq!(ended.expect("it ends").code(), Some(0));
    let untraced = world.add_worker(Service::Login, &[(ENDPOINT, "")]).await;
    untraced.expect("a copy");
    let again = world.crm.ask(&login.again()).await.expect("an outcome");
    assert_eq!(again.bytes, first.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_is_honoured_and_what_is_no_trace_begins_one() {
    let (collector, plan) = traced().await;
    let plan = plan.only(&[Service::Login, Service::Enrollment]);
    let world = plan.start().await.expect("a world");
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let ask = async |header: &str| {
        let login = with_trace(institution.person().login(), header);
        let outcome = world.crm.ask(&login).await.expect("an outcome");
        assert_eq!(outcome["via"], "not_required");
        (login, outcome.attribute("traceparent").to_owned())
    };
    let (unsampled, header) = traceparent("00");
    let (login, passed_on) = ask(&header).await;
    assert_eq!(passed_on, header, "also where nothing is recorded");
    let later = format!("cc-{}-{PARENT}-01", Uuid::new_v4().simple());
    let (second, passed_on) = ask(&later).await;
    assert_eq!(passed_on, later);
    assert_eq!(collector.spans_of(&second).await.process.parent, PARENT);
    let (third, passed_on) = ask(&format!("{later}-more")).await;
    assert_eq!(passed_on, "", "what nobody knows is not passed on");
    assert_eq!(collector.spans_of(&third).await.process.parent, PARENT);
    for wrong in [
        "no trace context".to_owned(),
        format!("00-{}-{PARENT}-01", "0".repeat(32)),
        format!("00-{}-{PARENT}-01-more", Uuid::new_v4().simple()),
    ] {
        let (event, passed_on) = ask(&wrong).await;
        assert_eq!(passed_on, "");
        let root = collector.spans_of(&event).await.process;
        assert_eq!(root.parent, "", "{wrong}");
        assert_ne!(root.trace, "0".repeat(32), "{wrong}");
    }
    // Spans leave in their order, so those of the first event would be here.
    let all = collector.received().spans;
    let of_first = |trace: &str, id: &str| trace == unsampled || id == login.id();
    let found = all
        .iter()
        .find(|span| of_first(&span.trace, span.attribute("messaging.message.id")));
    assert!(found.is_none(), "{found:?}");
}
