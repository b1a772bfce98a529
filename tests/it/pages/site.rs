//! A site of the samples: each page under its path or its name, and forms that lead to the next page.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::Response;
use cloakroom::pages::asset;
use http::Method;
use http::StatusCode;
use http::header;

use super::samples::Sample;

/// The site; it ends with the test's process.
pub(super) struct Site {
    pub(super) url: String,
    posts: Arc<Served>,
}

struct Served {
    pages: HashMap<String, http::Response<String>>,
    /// Where a form leads: path and action, then the path of the next page.
    steps: &'static [(&'static str, &'static str, &'static str)],
    posts: Mutex<Vec<String>>,
    has_script: bool,
}

impl Site {
    /// Serves the samples: `/name/…` by name, and by path the first of each.
    pub(super) fn of(
        samples: Vec<Sample>,
        steps: &'static [(&'static str, &'static str, &'static str)],
        has_script: bool,
    ) -> Self {
        let mut pages = HashMap::new();
        for sample in samples {
            let (parts, body) = sample.response.into_parts();
            let page = http::Response::from_parts(parts, body.expose().clone());
            pages.entry(sample.path).or_insert_with(|| page.clone());
            pages.insert(format!("/name/{}", sample.name), page);
        }
        let served = Arc::new(Served { pages, steps, posts: Mutex::default(), has_script });
        let router = Router::new().fallback(respond).with_state(Arc::clone(&served));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, posts: served }
    }

    /// What forms posted.
    pub(super) fn posts(&self) -> Vec<String> {
        self.posts.posts.lock().unwrap().clone()
    }
}

async fn respond(State(served): State<Arc<Served>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if *request.method() == Method::POST {
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let leads =
            |step: &&(&str, &str, &str)| step.0 == path && body.contains(&format!("do={}", step.1));
        let next = served.steps.iter().find(leads).map_or("/nowhere", |step| step.2);
        let line = format!("{path} {body}");
        served.posts.lock().unwrap().push(line);
        return (StatusCode::SEE_OTHER, [(header::LOCATION, next)]).into_response();
    }
    if let Some(page) = served.pages.get(&path) {
        return page.clone().map(Body::from);
    }
    match asset(&path) {
        Some(found) if served.has_script || !path.contains(".js") => found.map(Body::from),
        Some(_) | None => StatusCode::NOT_FOUND.into_response(),
    }
}
