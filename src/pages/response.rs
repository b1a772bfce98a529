//! The response of a page: its head, and a body that is wiped.

use std::fmt;
use std::fmt::Write;

use http::HeaderMap;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http::header;

use crate::base::Sensitive;
use crate::pages::Page;

/// Bytes of the longest page.
const LONGEST: usize = 8 * 1024 * 1024;

/// What a page may load and do: the own style sheet and script, forms to the own host, no frames. Nothing
/// inline ([Content Security Policy Level 3]).
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page that would be longer than 8 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page would be longer than 8 MiB")]
pub struct TooLong;

/// Returns the response of a page with this status, and the fields that keep it from caches, frames and
/// other origins. Refuses a page over 8 MiB.
pub fn answer(
    status: StatusCode,
    page: &impl Page,
) -> Result<Response<Sensitive<String>>, TooLong> {
    let mut body = Bounded(Sensitive::new(String::with_capacity(16 * 1024)));
    page.render_into(&mut body).map_err(|_too_long| TooLong)?;
    let mut response = Response::new(body.0);
    *response.status_mut() = status;
    let fields = response.headers_mut();
    same_origin(fields);
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_LANGUAGE, page.frame().language.code()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Sets what pages and assets share.
pub(super) fn same_origin(fields: &mut HeaderMap) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=63072000"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
}

/// A text that takes no more than [`LONGEST`] bytes.
struct Bounded(Sensitive<String>);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let body = self.0.expose_mut();
        if body.len().saturating_add(text.len()) > LONGEST {
            return Err(fmt::Error);
        }
        body.push_str(text);
        Ok(())
    }
}
