//! A small customer list: pages and forms for clerks, a JSON API for programs, one file on disk.
//!
//! An application as there are many: server-rendered HTML, form posts, a search box, an API that
//! came later, and a customer table with unique e-mail addresses of at most 64 characters.

mod store;
mod pages;
mod api;
mod html;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum::routing::post;
use tokio::net::TcpListener;

use self::store::Store;

/// Serves the shop on this listener until `shutdown` is done, then finishes open requests.
///
/// `store` is the file that holds the customers; it is made when it is missing, and a file that is
/// no customer list is refused.
pub async fn serve(
    listener: TcpListener,
    store: PathBuf,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let store = Arc::new(Store::open(store)?);
    axum::serve(listener, routes(store)).with_graceful_shutdown(shutdown).await
}

fn routes(store: Arc<Store>) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/customers", get(pages::list).post(pages::create))
        .route("/customers/new", get(pages::new))
        .route("/customers/{id}", post(pages::update))
        .route("/customers/{id}/edit", get(pages::edit))
        .route("/api/customers", get(api::list).post(api::create))
        .route("/api/customers/{id}", get(api::show).put(api::update).delete(api::delete))
        .with_state(store)
}
