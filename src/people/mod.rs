//! People over HTTP: the API, Databunker's paths, and the pages that a removal's links open.
//!
//! Its listeners have their own runtime, never the cores of the data path. One table has all routes: method,
//! path, and what it does ([`table`]); the router and `Allow` fields come from it. `subject` asks the
//! policies and does; here requests are read and answers written.
//!
//! # Invariants
//!
//! - No identifier and no value of a person is in a log, a metric or the journal
//!   (`it::people::frame::each_act_is_on_record_before_and_after_and_holds_no_value`).
//! - `GET` and `HEAD` change nothing that is kept (`it::people::links::a_get_changes_nothing_and_a_button_acts_once`);
//!   the first reading of a person makes the token by which it is named from then on.
//! - A body has 64 KiB at most, and is there within the time of bodies.

mod answer;
mod api;
mod call;
mod databunker;
mod failure;
mod links;
mod problems;
mod sessions;
mod table;
mod times;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;

use crate::authn::Authenticator;
use crate::base::Clock;
use crate::base::RequestId;
use crate::net::Answers;
use crate::pages;
use crate::people::answer::Reply;
use crate::people::call::Call;
use crate::people::call::Peer;
use crate::people::call::Target;
use crate::people::failure::Failure;
use crate::people::table::Found;
use crate::subject::People;

pub use table::Face;

/// Connections to one listener at one time.
pub const CONNECTIONS: usize = 512;

/// What the listeners of people answer with.
#[derive(Clone)]
pub struct Site {
    /// Does what is asked.
    pub people: Arc<People>,
    /// Recognises callers by their credentials.
    pub authenticator: Arc<Authenticator>,
    /// What says the time.
    pub clock: Arc<dyn Clock>,
    /// Where links lead, without a slash at the end: never taken from a request.
    pub url: Arc<str>,
    /// Which tables this listener serves.
    pub serves: Arc<[Face]>,
    /// Whether `DEMO` is a key.
    pub demo_key: bool,
    /// How soon a removal may be, and how late.
    pub removal: Removal,
    /// How long a body may take.
    pub body_wait: Duration,
}

/// How soon an announced removal may be, and how late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// The least time that a person has.
    pub notice: Duration,
    /// The longest time that a removal may be announced ahead.
    pub longest: Duration,
}

impl Answers for Site {
    async fn answer(&self, request: Request<Incoming>, client: IpAddr) -> Response<Full<Bytes>> {
        let id = RequestId::new();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        if let Some(asset) = pages::asset(&path) {
            return Reply::asset(asset).into_response(parts.method == http::Method::HEAD);
        }
        let found = table::find(&self.serves, parts.method.as_str(), &path);
        let is_head = parts.method == http::Method::HEAD;
        let face = found.face();
        let reply = match found {
            Found::Row { row, captures } => {
                let (target, peer) = (Target { row, captures }, Peer { id, client });
                let call = Call::read(self, target, peer, &parts, body).await;
                match call {
                    Ok(call) => self.run(&call).await,
                    Err(failure) => Err(failure),
                }
            }
            Found::OtherMethods { allow, .. } => Err(Failure::Method(allow)),
            Found::Nothing => Err(Failure::NoPath),
        };
        let reply = reply.unwrap_or_else(|failure| {
            tracing::debug!(request = %id, code = failure.code(), "refused");
            Reply::refusal(&failure, face, id)
        });
        reply.into_response(is_head)
    }
}

impl Site {
    async fn run(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        match call.row.face {
            Face::Api => api::run(call).await,
            Face::Databunker => databunker::run(call).await,
            Face::Portal => links::run(call).await,
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Site(…)")
    }
}
