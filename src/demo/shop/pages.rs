//! What clerks see: list, search, forms.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use serde::Deserialize;

use super::html;
use super::store::Draft;
use super::store::Error;
use super::store::Store;

/// The search of list and API.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    pub(super) email: Option<String>,
}

impl Search {
    /// The address that is looked for; an empty search box looks for nothing.
    pub(super) fn email(&self) -> Option<&str> {
        self.email.as_deref().map(str::trim).filter(|email| !email.is_empty())
    }
}

pub(super) async fn home() -> Redirect {
    Redirect::to("/customers")
}

pub(super) async fn list(
    State(store): State<Arc<Store>>,
    Query(search): Query<Search>,
) -> Html<String> {
    let email = search.email();
    let content = html::list(&store.list(email), email.unwrap_or_default());
    Html(html::page("Customers", &content))
}

pub(super) async fn new() -> Html<String> {
    Html(html::page("New customer", &html::form("/customers", &Draft::default(), None)))
}

pub(super) async fn edit(State(store): State<Arc<Store>>, Path(id): Path<u64>) -> Response {
    match store.find(id) {
        Ok(customer) => {
            let draft = Draft {
                name: customer.name,
                email: customer.email,
                phone: customer.phone,
                note: customer.note,
            };
            let form = html::form(&format!("/customers/{id}"), &draft, None);
            Html(html::page("Edit customer", &form)).into_response()
        }
        Err(error) => failed(&error),
    }
}

pub(super) async fn create(State(store): State<Arc<Store>>, Form(draft): Form<Draft>) -> Response {
    let saved = store.add(draft.clone()).map(drop);
    after_post(saved, "New customer", "/customers", &draft)
}

pub(super) async fn update(
    State(store): State<Arc<Store>>,
    Path(id): Path<u64>,
    Form(draft): Form<Draft>,
) -> Response {
    let saved = store.replace(id, draft.clone()).map(drop);
    after_post(saved, "Edit customer", &format!("/customers/{id}"), &draft)
}

/// Back to the list, or the form once more with what is wrong.
fn after_post(saved: Result<(), Error>, title: &str, action: &str, draft: &Draft) -> Response {
    match saved {
        Ok(()) => Redirect::to("/customers").into_response(),
        Err(error @ (Error::Invalid(_) | Error::EmailTaken)) => {
            let form = html::form(action, draft, Some(&error.to_string()));
            (status(&error), Html(html::page(title, &form))).into_response()
        }
        Err(error @ (Error::NotFound | Error::Disk(_))) => failed(&error),
    }
}

fn failed(error: &Error) -> Response {
    let content = format!("<p class=\"error\">{}</p>\n", html::escape(&error.to_string()));
    (status(error), Html(html::page("Sorry", &content))).into_response()
}

/// The status for pages and API alike.
pub(super) fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::EmailTaken => StatusCode::CONFLICT,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Disk(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
