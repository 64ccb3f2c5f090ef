//! Spans by OpenTelemetry: what became of an event, for whoever follows it from the CRM on.
//!
//! The one module that knows OpenTelemetry. It is handed traces of events that are done, writes
//! their spans in hindsight, and sends them off in the background. A collector that is away costs
//! spans and nothing else. Everything is set here: no `OTEL_` variable but the endpoint counts.

mod attributes;
mod collector;
mod write;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::TracerProvider;
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, RandomIdGenerator, Sampler, SdkTracer,
    SdkTracerProvider, SpanLimits, SpanProcessor,
};
use reqwest::Url;
use rustls::ClientConfig;
use twofactor_contract::{Secret, Service};
use uuid::Uuid;

use crate::clock;
use crate::outgoing::Outgoing;
use crate::topology::queue;
use crate::trace::Trace;
use collector::Collector;

/// Spans that wait to be sent. More are dropped.
const QUEUE: usize = 16_384;
/// Spans in one request, at most.
const REQUEST: usize = 512;
/// Before spans that fill no request are sent.
const DELAY: Duration = Duration::from_secs(1);
/// For the last spans, when the process ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why spans cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used; check the host")]
pub struct CollectorError;

impl From<reqwest::Error> for CollectorError {
    fn from(_: reqwest::Error) -> Self {
        Self
    }
}

impl From<ExporterBuildError> for CollectorError {
    fn from(_: ExporterBuildError) -> Self {
        Self
    }
}

/// Writes spans, or does not, where nothing is traced.
#[derive(Clone, Default)]
pub struct Spans(Option<Arc<Writer>>);

struct Writer {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    queue: String,
    process: String,
    texts_go_to: Option<(String, u16)>,
}

/// One moment on both clocks, which dates all others.
struct Now {
    instant: Instant,
    time: SystemTime,
}

impl Now {
    fn read() -> Self {
        Self {
            instant: Instant::now(),
            time: clock::now().try_into().unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }

    fn date(&self, moment: Instant) -> SystemTime {
        match moment.checked_duration_since(self.instant) {
            Some(after) => self.time + after,
            None => self.time - (self.instant - moment),
        }
    }
}

impl Spans {
    /// Sends the spans of a worker to `url`, from the runtime that this is called in.
    /// `texts_go_to` is where the provider is.
    pub fn to(
        url: &Secret<String>,
        tls: Option<ClientConfig>,
        service: Service,
        texts_go_to: Option<&Url>,
    ) -> Result<Self, CollectorError> {
        let collector = Collector::new(url, tls)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            // The client knows the address; this one is for the exporter's own use.
            .with_endpoint("http://collector.invalid")
            .with_timeout(collector::PATIENCE)
            .with_http_client(collector)
            .build()?;
        let limits = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(REQUEST)
            .with_scheduled_delay(DELAY)
            .build();
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(limits)
            .build();
        Ok(Self::by(processor, service, texts_go_to))
    }

    fn by(
        processor: impl SpanProcessor + 'static,
        service: Service,
        texts_go_to: Option<&Url>,
    ) -> Self {
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_resource(resource(service))
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
            .with_id_generator(RandomIdGenerator::default())
            .with_span_limits(SpanLimits::default())
            .build();
        let scope = InstrumentationScope::builder("twofactor-worker")
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let queue = queue(service).to_string();
        Self(Some(Arc::new(Writer {
            tracer: provider.tracer_with_scope(scope),
            provider,
            process: format!("process {queue}"),
            queue,
            texts_go_to: texts_go_to
                .and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?))),
        })))
    }

    /// Whether somebody wants to know what happens to events.
    pub const fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Writes the spans of events that are done with. `error` says why they were not acknowledged.
    pub fn write(
        &self,
        traces: &[Option<Box<Trace>>],
        outgoing: &[Outgoing],
        ended: Instant,
        error: Option<&'static str>,
    ) {
        let Some(writer) = &self.0 else { return };
        let now = Now::read();
        for (trace, outgoing) in traces.iter().zip(outgoing) {
            if let Some(trace) = trace {
                writer.write(trace, outgoing, ended, error, &now);
            }
        }
    }

    /// Sends what is left, for two seconds at most.
    pub async fn flush(self) {
        if let Some(writer) = self.0 {
            let last = tokio::task::spawn_blocking(move || {
                writer.provider.shutdown_with_timeout(FAREWELL).is_ok()
            });
            if !last.await.unwrap_or(false) {
                tracing::warn!("the last spans could not be sent in time");
            }
        }
    }
}

/// Which program says it all.
fn resource(service: Service) -> Resource {
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("service.name", format!("twofactor-{}", service.name())),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
        ])
        .build()
}

#[cfg(test)]
mod tests;
