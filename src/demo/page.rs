//! The page with the three views.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::Query;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use axum::routing::post;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;

use crate::demo::Demo;
use crate::demo::Error;
use crate::demo::http::Call;
use crate::demo::http::call;
use crate::demo::setup::listen;
use crate::gateway::Signals;

const PAGE: &str = include_str!("page.html");

/// Lines of the journal on the page.
const LINES: usize = 40;

#[derive(Deserialize)]
struct Viewer {
    r#as: String,
}

impl Demo {
    /// Takes the page's socket.
    pub async fn page(&self) -> Result<TcpListener, Error> {
        listen(8090).await
    }

    /// Serves application and page until a signal comes; then stops the gateway in order, with the
    /// application still there for what is under way.
    pub async fn run(mut self, page: TcpListener, mut signals: Signals) -> Result<(), Error> {
        let (Some(shop), Some(running)) = (self.listener.take(), self.running.take()) else {
            return Ok(());
        };
        let store = self.store();
        let routes = Router::new()
            .route("/", get(async || Html(PAGE)))
            .route("/state", get(state))
            .route("/add", post(add))
            .with_state(Arc::new(self));
        let forever = std::future::pending();
        let stopped = async {
            signals.told().await;
            signals.drain(running).await
        };
        tokio::select! {
            ended = super::shop::serve(shop, store, forever) => ended.map_err(Error::io("application")),
            ended = axum::serve(page, routes) => ended.map_err(Error::io("page")),
            ended = stopped => ended.map(drop).map_err(Error::io("stopping")),
        }
    }

    /// Serves the application alone until the one exchange of `--once` is done.
    pub async fn run_once(&mut self) -> Result<super::OnceReport, Error> {
        let Some(shop) = self.listener.take() else { return self.once().await };
        let store = self.store();
        tokio::select! {
            ended = super::shop::serve(shop, store, std::future::pending()) => {
                ended.map_err(Error::io("application"))?;
                self.once().await
            }
            done = self.once() => done,
        }
    }
}

async fn state(State(demo): State<Arc<Demo>>, Query(viewer): Query<Viewer>) -> Json<Value> {
    let key = match viewer.r#as.as_str() {
        "support" => Some(&demo.support),
        "warehouse" => Some(&demo.warehouse),
        _ => None,
    };
    let list = Call { path: "/api/customers", key, json: None };
    let seen = match call(demo.gateway, list).await {
        Ok((_, body)) => pretty(&body),
        Err(error) => error.to_string(),
    };
    Json(json!({
        "shop": format!("http://{}/customers", demo.gateway),
        "seen": seen,
        "stored": pretty(&demo.stored()),
        "audit": demo.journal(LINES),
    }))
}

async fn add(State(demo): State<Arc<Demo>>, body: String) -> String {
    let key = Some(&demo.support);
    let post = Call { path: "/api/customers", key, json: Some(body) };
    match call(demo.gateway, post).await {
        Ok((201, _)) => String::from("Added: the application got tokens."),
        Ok((status, body)) => format!("The answer was {status}: {body}"),
        Err(error) => error.to_string(),
    }
}

fn pretty(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text).ok();
    value
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}
