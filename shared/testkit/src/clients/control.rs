//! The faults over HTTP on loopback, so that a suite in any language can cause one.
//!
//! Each is a POST, answered with 204 once it is done and with 500 and a sentence where it failed.
//! `?after_ms=N` answers at once and acts N ms later. An interception is done once it waits for its
//! event. It does not know how a fault is caused.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;

use super::faults::Faults;
use super::next_login::{Answer, Interception};

/// Status without a body, or an error with a sentence.
type Response = Result<StatusCode, (StatusCode, String)>;

#[derive(Deserialize)]
struct Delay {
    after_ms: Option<u64>,
}

/// Serves until the runtime ends. Returns the URL without a path.
pub async fn serve(faults: Faults) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await;
    let listener = listener.context("the control server finds no free port")?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router(faults)).await {
            eprintln!("The control server has ended: {error}");
        }
    });
    Ok(format!("http://{address}"))
}

fn router(faults: Faults) -> Router {
    Router::new()
        .route("/workers/stop", post(stop_workers))
        .route("/workers/start", post(start_workers))
        .route("/broker/restart", post(restart_broker))
        .route("/connections/close", post(close_connections))
        .route("/lose-next", post(lose_next))
        .route("/answer-next", post(answer_next))
        .with_state(faults)
}

async fn stop_workers(State(faults): State<Faults>, Query(delay): Query<Delay>) -> Response {
    act(&delay, async move { faults.stop_workers().await }).await
}

async fn start_workers(State(faults): State<Faults>, Query(delay): Query<Delay>) -> Response {
    act(&delay, async move { faults.start_workers().await }).await
}

async fn restart_broker(State(faults): State<Faults>, Query(delay): Query<Delay>) -> Response {
    act(&delay, async move { faults.restart_broker().await }).await
}

async fn close_connections(State(faults): State<Faults>, Query(delay): Query<Delay>) -> Response {
    act(&delay, async move { faults.close_connections().await }).await
}

async fn lose_next(State(faults): State<Faults>, Query(delay): Query<Delay>) -> Response {
    intercept(faults, &delay, Interception::LoseReply).await
}

async fn answer_next(
    State(faults): State<Faults>,
    Query(delay): Query<Delay>,
    Json(answer): Json<Answer>,
) -> Response {
    intercept(faults, &delay, Interception::Answer(answer)).await
}

async fn intercept(faults: Faults, delay: &Delay, what: Interception) -> Response {
    // A delay of 0 must not answer at once: the worker could take the event first.
    let after_ms = delay.after_ms.filter(|after| *after > 0);
    act(&Delay { after_ms }, async move {
        faults.intercept_next_login(what).await
    })
    .await
}

/// Runs the work now, or after the delay.
async fn act(delay: &Delay, work: impl Future<Output = Result<()>> + Send + 'static) -> Response {
    let after = Duration::from_millis(delay.after_ms.unwrap_or_default());
    // In a task of its own, so that a caller who disconnects does not cancel it half-way.
    let done = tokio::spawn(async move {
        tokio::time::sleep(after).await;
        let done = work.await;
        if let Err(error) = &done {
            eprintln!("A fault could not be caused: {error:#}");
        }
        done
    });
    if delay.after_ms.is_none() {
        let done = done.await.map_err(anyhow::Error::from);
        if let Err(error) = done.flatten() {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Err((status, format!("{error:#}\n")));
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
