//! The HTTP side: `/metrics`, `/healthz` and `/readyz`, for operators alone.
//!
//! It knows whether the worker is connected from a [`Status`] that others set, and asks the
//! database itself. It knows nothing of events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use twofactor_store::{SCHEMA, Store};

/// How long the database may take before it counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the worker says of itself.
#[derive(Debug, Default)]
pub struct Status {
    /// It consumes: the broker answered, and the connection holds.
    connected: AtomicBool,
}

impl Status {
    /// Sets whether the broker's connection holds.
    pub fn set_connected(&self, is: bool) {
        self.connected.store(is, Ordering::Relaxed);
    }
}

/// What the pages need.
#[derive(Clone)]
pub struct Health {
    /// Renders the metrics.
    pub metrics: PrometheusHandle,
    /// Answers, or does not.
    pub store: Store,
    /// Whether the broker's connection holds.
    pub status: Arc<Status>,
}

impl Health {
    /// Serves the pages, for the life of the process.
    pub async fn serve(self, listener: TcpListener) {
        let router = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/readyz", get(readyz))
            .with_state(self);
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the pages on METRICS_ADDR are no longer served");
        }
    }
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    let plain = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, plain)], health.metrics.render())
}

async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    if !health.status.connected.load(Ordering::Relaxed) {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "the broker does not answer\n".to_owned(),
        );
    }
    match tokio::time::timeout(PATIENCE, health.store.schema_version()).await {
        Ok(Ok(version)) if version >= SCHEMA => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Ok(version)) => {
            let sentence = format!(
                "the schema is version {version}, and this release needs {SCHEMA}: run \
                 twofactor-ctl migrate\n"
            );
            (StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n".to_owned(),
        ),
    }
}
