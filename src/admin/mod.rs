//! For operators: health, readiness, metrics, configuration. Own listener, own runtime.
//!
//! It answers without authentication, so it tells nothing that an operator's network should not
//! read: no secret, no data. Bind it to an address that only operators reach.
//!
//! | path | answers |
//! |---|---|
//! | `/livez` | 200 as long as the process runs |
//! | `/readyz` | 200 when vault, keys, audit and rules are well, else 503; JSON with each check |
//! | `/metrics` | OpenMetrics text |
//! | `/config` | the resolved configuration, secrets hidden; JSON |
//!
//! # Invariants
//!
//! - No secret stands in an answer (`it::admin::shows_no_secret`).
//! - With `admin.listen.tls` nothing is told in clear (`admin::tls`).

mod listener;

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use serde_json::Value;

use crate::telemetry::Metrics;

pub use listener::BoundListener;

/// What OpenMetrics calls its text form.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Readiness as it is now: whether all is well, and each check.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Whether clients should be sent here.
    pub ready: bool,
    /// Each thing that was looked at; what was found last about files.
    #[serde(flatten)]
    pub found: Value,
}

/// What the pages are made from.
#[derive(Clone)]
pub struct State {
    /// Tells readiness.
    pub ready: Arc<dyn Fn() -> Ready + Send + Sync>,
    /// All metrics.
    pub metrics: Arc<Metrics>,
    /// The configuration with its secrets hidden.
    pub config: Arc<Value>,
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("State(…)")
    }
}

/// Serves until it is dropped.
pub async fn serve(listener: BoundListener, state: State) {
    let pages = Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/config", get(config))
        .with_state(state);
    if let Err(error) = axum::serve(listener, pages).await {
        tracing::error!(%error, "admin listener ended");
    }
}

async fn readyz(extract::State(state): extract::State<State>) -> Response {
    let ready = (state.ready)();
    let status = if ready.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ready)).into_response()
}

async fn metrics(extract::State(state): extract::State<State>) -> Response {
    match state.metrics.encode() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_unwritable) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn config(extract::State(state): extract::State<State>) -> Response {
    Json(state.config.as_ref().clone()).into_response()
}
