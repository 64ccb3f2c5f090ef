//! A collector on loopback: takes spans by OTLP, refuses them, or never answers.
//!
//! It keeps every request as it came, so that a test can search it for what must not be there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use opentelemetry_proto::tonic::trace::v1::{self as otlp};
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use twofactor_testkit::CrmEvent;

const PATIENCE: Duration = Duration::from_secs(20);

/// The manner in which a collector treats spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It takes them.
    Take,
    /// It answers 503.
    Refuse,
    /// It reads the request and does not answer.
    Hang,
}

/// A collector; stopped when it is dropped.
pub struct Collector {
    address: SocketAddr,
    manner: watch::Sender<Manner>,
    received: watch::Receiver<Received>,
    server: JoinHandle<()>,
}

/// Everything so far.
#[derive(Clone, Default)]
pub struct Received {
    /// Each request's headers and its body.
    pub requests: Vec<(HeaderMap, Bytes)>,
    /// The spans that were taken.
    pub spans: Vec<Span>,
}

/// A span as it came.
#[derive(Clone, Debug)]
pub struct Span {
    pub name: String,
    pub kind: SpanKind,
    /// Ids are in hexadecimal; `parent` is empty if there is none.
    pub trace: String,
    pub id: String,
    pub parent: String,
    /// Times are in nanoseconds since 1970.
    pub start: u64,
    pub end: u64,
    pub has_failed: bool,
    /// Its own attributes and those of its resource.
    pub attributes: BTreeMap<String, String>,
}

impl Span {
    /// Returns an attribute; empty where it is absent.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// The spans of one event.
pub struct EventSpans {
    /// The span from its delivery to its acknowledgement.
    pub process: Span,
    /// The spans below it, in the order of their beginnings.
    pub below: Vec<Span>,
}

impl EventSpans {
    /// Returns the names of what was done.
    pub fn names(&self) -> Vec<&str> {
        self.below.iter().map(|span| span.name.as_str()).collect()
    }

    /// Returns the one span of that name.
    pub fn only(&self, name: &str) -> &Span {
        let mut found = self.below.iter().filter(|span| span.name == name);
        let span = found.next().unwrap_or_else(|| panic!("no span {name}"));
        assert!(found.next().is_none(), "one span {name}");
        span
    }
}

#[derive(Clone)]
struct Desk {
    manner: watch::Receiver<Manner>,
    received: watch::Sender<Received>,
}

impl Collector {
    /// Listens on a free port, and takes what comes.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (manner, is) = watch::channel(Manner::Take);
        let (sender, received) = watch::channel(Received::default());
        let desk = Desk {
            manner: is,
            received: sender,
        };
        let pages = Router::new().route("/v1/traces", post(take));
        let serving = axum::serve(listener, pages.with_state(desk));
        let server = tokio::spawn(async move { serving.await.expect("it serves") });
        Self {
            address,
            manner,
            received,
            server,
        }
    }

    /// Returns the value of the setting.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets its manner from now on.
    pub fn set(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    /// Returns everything so far.
    pub fn received(&self) -> Received {
        self.received.borrow().clone()
    }

    /// Returns everything, once that holds.
    pub async fn wait_until(&self, what: &str, holds: impl Fn(&Received) -> bool) -> Received {
        let mut received = self.received.clone();
        let waited = tokio::time::timeout(PATIENCE, received.wait_for(|all| holds(all))).await;
        let Ok(Ok(all)) = waited else {
            panic!("{what}: not after {PATIENCE:?}");
        };
        all.clone()
    }

    /// Returns the spans of an event, once it was acknowledged.
    pub async fn spans_of(&self, event: &CrmEvent) -> EventSpans {
        self.spans_where(event, |_| true).await
    }

    /// Returns the spans of that delivery for which `holds` is true. The last span of a delivery to
    /// be sent is that of its whole life, so nothing comes after it.
    pub async fn spans_where(&self, event: &CrmEvent, holds: impl Fn(&Span) -> bool) -> EventSpans {
        let id = event.id();
        let is_it = |span: &&Span| {
            let is_its = span.attribute("messaging.message.id") == id;
            span.kind == SpanKind::Consumer && is_its && holds(span)
        };
        let find = |all: &Received| all.spans.iter().find(is_it).cloned();
        let all = self.wait_until(id, |all| find(all).is_some()).await;
        let process = find(&all).expect("it was there a moment ago");
        let is_below = |span: &&Span| span.parent == process.id && span.trace == process.trace;
        let mut below: Vec<Span> = all.spans.iter().filter(is_below).cloned().collect();
        below.sort_by_key(|span| span.start);
        EventSpans { process, below }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(State(mut desk): State<Desk>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let manner = *desk.manner.borrow();
    let spans = match manner {
        Manner::Take => read(body.clone()),
        Manner::Refuse | Manner::Hang => vec![],
    };
    desk.received.send_modify(|received| {
        received.requests.push((headers, body));
        received.spans.extend(spans);
    });
    if manner == Manner::Hang {
        // Until the collector has another manner, or is stopped.
        let _ = desk.manner.wait_for(|now| *now != Manner::Hang).await;
    }
    match manner {
        Manner::Take => StatusCode::OK,
        Manner::Refuse | Manner::Hang => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn read(body: Bytes) -> Vec<Span> {
    let request = ExportTraceServiceRequest::decode(body).expect("spans in protobuf");
    let mut all = Vec::new();
    for from in request.resource_spans {
        let resource = from.resource.expect("a resource").attributes;
        let spans = from.scope_spans.into_iter().flat_map(|scope| scope.spans);
        all.extend(spans.map(|span| span_of(span, &resource)));
    }
    all
}

fn span_of(span: otlp::Span, resource: &[KeyValue]) -> Span {
    let hex = |id: &[u8]| data_encoding::HEXLOWER.encode(id);
    let attributes = span.attributes.iter().chain(resource).map(|attribute| {
        let value = attribute.value.as_ref().and_then(plain);
        (attribute.key.clone(), value.expect("a plain value"))
    });
    Span {
        kind: span.kind(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        has_failed: span
            .status
            .is_some_and(|status| status.code() == SpanStatus::Error),
        attributes: attributes.collect(),
        name: span.name,
    }
}

fn plain(value: &AnyValue) -> Option<String> {
    match value.value.as_ref()? {
        Value::StringValue(value) => Some(value.clone()),
        Value::BoolValue(is) => Some(is.to_string()),
        Value::IntValue(integer) => Some(integer.to_string()),
        _ => None,
    }
}
