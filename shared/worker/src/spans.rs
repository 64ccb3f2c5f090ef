//! Spans by OpenTelemetry: the work on an event, as part of the trace that began in the CRM.
//!
//! The one module that knows OpenTelemetry. It gets the traces of finished events, writes their
//! spans afterwards, and sends them in the background. If the collector is away, spans are lost and
//! nothing else. Everything is configured here: the endpoint is the only `OTEL_` variable that
//! counts.

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

/// Maximum count of spans that wait to be sent. More are dropped.
const QUEUE: usize = 16_384;
/// Maximum count of spans in one request.
const REQUEST: usize = 512;
/// Wait before spans that do not fill a request are sent.
const DELAY: Duration = Duration::from_secs(1);
/// Maximum time to send the last spans, when the process ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// Error of setting up the client of the collector.
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

/// Writer of spans; it does nothing if nothing is traced.
#[derive(Clone, Default)]
pub struct Spans(Option<Arc<Writer>>);

struct Writer {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    queue: String,
    process: String,
    texts_go_to: Option<(String, u16)>,
}

/// One moment on both clocks, from which all others are dated.
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
    /// Makes a writer that sends the spans of a worker to `url`, on the present runtime.
    /// `texts_go_to` is the address of the provider.
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

    /// Returns `true` if events are traced.
    pub const fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Writes the spans of finished events. `error` says why they were not acknowledged.
    pub fn write<'a>(
        &self,
        traced: impl Iterator<Item = (&'a Trace, &'a Outgoing)>,
        ended: Instant,
        error: Option<&'static str>,
    ) {
        let Some(writer) = &self.0 else { return };
        let now = Now::read();
        for (trace, outgoing) in traced {
            writer.write(trace, outgoing, ended, error, &now);
        }
    }

    /// Sends the last spans, within two seconds.
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

/// Makes the resource that names the program.
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
