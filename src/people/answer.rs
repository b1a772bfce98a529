//! Answers of people's listeners.

use bytes::Bytes;
use http::HeaderName;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http::header;
use http_body_util::Full;
use serde_json::Value;

use crate::base::RequestId;
use crate::base::Sensitive;
use crate::net::PROBLEM_JSON;
use crate::people::failure::Failure;
use crate::people::table::Face;
use crate::subject::Error;

/// What a handler answers. Never stored by a cache: an answer shows what policies allow this caller.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
    fields: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    /// Answers with a JSON text.
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// Answers a text of this media type.
    pub(super) fn text(status: StatusCode, kind: &'static str, body: String) -> Self {
        Self { status, kind, body: Bytes::from(body), fields: Vec::new() }
    }

    /// Answers with a page of portal, console or a link.
    pub(super) fn page(page: Response<Sensitive<String>>) -> Self {
        Self::whole(page.map(|body| Bytes::from(body.expose().clone())))
    }

    /// Answers a file that pages refer to.
    pub(super) fn asset(asset: Response<&'static [u8]>) -> Self {
        Self::whole(asset.map(Bytes::from_static))
    }

    fn whole(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let fields = parts.headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
        Self { status: parts.status, kind: "", body, fields: fields.collect() }
    }

    /// Answers that it was done, and nothing else.
    pub(super) fn nothing() -> Self {
        Self::text(StatusCode::NO_CONTENT, "", String::new())
    }

    /// Adds the revision as entity tag ([RFC 9110, section 8.8.3]).
    pub(super) fn tagged(mut self, revision: u64) -> Self {
        if let Ok(tag) = HeaderValue::try_from(format!("\"{revision}\"")) {
            self.fields.push((header::ETAG, tag));
        }
        self
    }

    /// Adds a field of the head.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.fields.push((name, value));
        }
        self
    }

    /// Answers a refusal, in the words of a face.
    pub(super) fn refusal(failure: &Failure, face: Face, id: RequestId) -> Self {
        let problem = failure.problem();
        let mut reply = match face {
            Face::Api => {
                let (parts, body) = problem.answer(id).into_parts();
                Self { status: parts.status, kind: PROBLEM_JSON, body, fields: Vec::new() }
            }
            Face::Databunker => {
                let message = message(failure, problem.title);
                let body = serde_json::json!({ "status": "error", "message": message });
                // There are no revisions on these paths: whoever lost a race is told so.
                let status = match problem.status {
                    StatusCode::PRECONDITION_FAILED => StatusCode::CONFLICT,
                    status => status,
                };
                Self::json(status, &body)
            }
            Face::Portal => {
                let text = format!("{}\n{}\n{id}\n", problem.title, problem.detail);
                Self::text(problem.status, "text/plain; charset=utf-8", text)
            }
        };
        if let Failure::Method(allow) = failure {
            reply = reply.with(header::ALLOW, allow);
        }
        if problem.status == StatusCode::UNAUTHORIZED {
            reply = reply.with(header::WWW_AUTHENTICATE, "Bearer");
        }
        match problem.retry_after {
            Some(seconds) => reply.with(header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        }
    }

    /// Gives the answer; to `HEAD` without its body.
    pub(super) fn into_response(self, is_head: bool) -> Response<Full<Bytes>> {
        let length = self.body.len();
        let body = if is_head { Bytes::new() } else { self.body };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if !self.kind.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        }
        if is_head {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in self.fields {
            headers.insert(name, value);
        }
        response
    }
}

/// What Databunker's clients are told: its own words where they compare them.
fn message(failure: &Failure, title: &str) -> String {
    match failure {
        Failure::Subject(Error::NoPerson | Error::NoDocument) => String::from("not found"),
        Failure::Subject(Error::Taken(class)) => format!("duplicate index: {class}"),
        Failure::NoPath
        | Failure::Method(_)
        | Failure::Credential
        | Failure::Anonymous
        | Failure::Body(_)
        | Failure::Mode
        | Failure::Identifier
        | Failure::Time
        | Failure::NoRevision
        | Failure::Gone
        | Failure::Subject(_) => title.to_owned(),
    }
}
