//! What programs see: the same customers as JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;

use super::pages::Search;
use super::pages::status;
use super::store::Customer;
use super::store::Draft;
use super::store::Error;
use super::store::Store;

/// Returns an error of the application as JSON.
#[derive(Debug, Serialize)]
struct Problem {
    error: String,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        (status(&self), Json(Problem { error: self.to_string() })).into_response()
    }
}

pub(super) async fn list(
    State(store): State<Arc<Store>>,
    Query(search): Query<Search>,
) -> Json<Vec<Customer>> {
    Json(store.list(search.email()))
}

pub(super) async fn show(
    State(store): State<Arc<Store>>,
    Path(id): Path<u64>,
) -> Result<Json<Customer>, Error> {
    store.find(id).map(Json)
}

pub(super) async fn create(
    State(store): State<Arc<Store>>,
    Json(draft): Json<Draft>,
) -> Result<Response, Error> {
    let customer = store.add(draft)?;
    let location = [(LOCATION, format!("/api/customers/{}", customer.id))];
    Ok((StatusCode::CREATED, location, Json(customer)).into_response())
}

pub(super) async fn update(
    State(store): State<Arc<Store>>,
    Path(id): Path<u64>,
    Json(draft): Json<Draft>,
) -> Result<Json<Customer>, Error> {
    store.replace(id, draft).map(Json)
}

pub(super) async fn delete(
    State(store): State<Arc<Store>>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Error> {
    store.remove(id).map(|()| StatusCode::NO_CONTENT)
}
