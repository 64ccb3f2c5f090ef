//! The HTTP side: `/metrics`, `/healthz` and `/readyz`, for operators alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use twofactor_store::Store;

use super::{Status, check_database, show};
use crate::metrics::Metrics;

#[derive(Clone)]
struct Pages {
    handle: PrometheusHandle,
    metrics: Metrics,
    store: Store,
    status: Arc<Status>,
}

/// Serves the pages, for the life of the process.
pub async fn serve(
    listener: TcpListener,
    handle: PrometheusHandle,
    metrics: Metrics,
    store: Store,
    status: Arc<Status>,
) {
    let pages = Pages {
        handle,
        metrics,
        store,
        status,
    };
    let router = Router::new()
        .route("/metrics", get(page_of_metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .with_state(pages);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the pages on METRICS_ADDR are no longer served");
    }
}

async fn page_of_metrics(State(pages): State<Pages>) -> impl IntoResponse {
    show(&pages.status, &pages.metrics);
    let plain = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, plain)], pages.handle.render())
}

async fn readyz(State(pages): State<Pages>) -> impl IntoResponse {
    check_database(&pages.store, &pages.status).await;
    match pages.status.problem() {
        None => (StatusCode::OK, "ready\n".to_owned()),
        Some(problem) => (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n")),
    }
}
