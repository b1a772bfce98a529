//! An error as strangers see it: RFC 9457.

use bytes::Bytes;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http::header;

use crate::base::RequestId;

/// The media type of a [`Problem`]: [RFC 9457, section 3].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An answer to a request that is refused. Every text is static: nothing of the request is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The reason in kebab-case, a heading of `docs/errors.md`.
    pub code: &'static str,
    /// The status of the answer.
    pub status: StatusCode,
    /// The reason in a few words.
    pub title: &'static str,
    /// What the sender can do about it.
    pub detail: &'static str,
    /// Seconds after which a second attempt makes sense.
    pub retry_after: Option<u16>,
    /// The methods to name in `Allow`, which status 405 must have ([RFC 9110, section 15.5.6]).
    pub allow: Option<&'static str>,
    /// Where in the message, when that helps; all but the offset are words of ours.
    pub place: Option<At>,
}

/// Where in a message something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The place: `body` or `query`.
    pub place: &'static str,
    /// The rule that is broken, as a word of the list in `docs/errors.md`.
    pub reason: &'static str,
    /// The byte of the place, from 0.
    pub offset: u32,
}

/// Gives a problem whose answer has neither `Retry-After` nor `Allow`, and that names no place.
pub const fn problem(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
) -> Problem {
    Problem { code, status, title, detail, retry_after: None, allow: None, place: None }
}

impl Problem {
    /// Gives the answer, with the request's id so that the sender's and our logs can be joined.
    pub fn answer(&self, id: RequestId) -> Response<Bytes> {
        let mut response = Response::new(self.body(id));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }

    fn body(&self, id: RequestId) -> Bytes {
        let mut value = serde_json::json!({
            "type": format!("urn:cloakroom:problem:{}", self.code),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "request_id": id.to_string(),
        });
        if let Some(at) = self.place {
            let more = serde_json::json!({
                "place": at.place,
                "reason": at.reason,
                "offset": at.offset,
            });
            if let (Some(value), serde_json::Value::Object(more)) = (value.as_object_mut(), more) {
                value.extend(more);
            }
        }
        Bytes::from(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_code_status_and_request_and_when_to_come_back() {
        let problem = Problem {
            code: "vault-unavailable",
            status: StatusCode::SERVICE_UNAVAILABLE,
            title: "The vault does not answer",
            detail: "Try again later.",
            retry_after: Some(2),
            allow: None,
            place: None,
        };
        let id = RequestId::new();

        let response = problem.answer(id);

        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["retry-after"], "2");
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["type"], "urn:cloakroom:problem:vault-unavailable");
        assert_eq!(body["status"], 503);
        assert_eq!(body["request_id"], id.to_string());
    }
}
