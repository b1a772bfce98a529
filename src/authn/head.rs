//! Where credentials stand in the head of a request, and whose wish the request is.
//!
//! A browser adds cookies, and what a proxy makes of them, to every request to the application, also
//! to those that a page of another site has made it send. Such a credential says who the person is,
//! not that the person asks (docs/decisions/0030).

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::header::COOKIE;
use http::header::HOST;
use http::header::ORIGIN;

use super::Refused;

/// As much of a request as tells who sends it.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    /// The one field of this name. Two are refused, for the application might read the other one.
    pub(super) fn field(self, name: &HeaderName) -> Result<Option<&'a HeaderValue>, Refused> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(Refused::CredentialRepeated);
        }
        Ok(first)
    }

    /// The value of the one cookie of this name, as it came ([RFC 6265, section 4.2.1]). Letter case
    /// counts. Two are refused: which of them an application takes differs.
    pub(super) fn cookie(self, name: &str) -> Result<Option<&'a [u8]>, Refused> {
        let mut found = None;
        for line in self.headers.get_all(COOKIE) {
            for pair in line.as_bytes().split(|&byte| byte == b';') {
                let Some(equals) = pair.iter().position(|&byte| byte == b'=') else { continue };
                let Some((key, value)) = pair.split_at_checked(equals) else { continue };
                if key.trim_ascii() != name.as_bytes() {
                    continue;
                }
                let value = value.strip_prefix(b"=").unwrap_or(value).trim_ascii();
                if found.replace(value).is_some() {
                    return Err(Refused::CredentialRepeated);
                }
            }
        }
        Ok(found)
    }

    /// Whether another site may have made a browser send this, in a way that lets it profit.
    ///
    /// Browsers tell with `Sec-Fetch-Site` ([Fetch Metadata], section 2), which no page can write; those
    /// that do not, or not over plain HTTP, name with `Origin` who asks when they write or ask by
    /// script. A link that is followed (`GET`, for the whole window) is the person's own wish: the
    /// page that holds it sees nothing of the answer. What cannot be read counts as another's wish.
    ///
    /// [Fetch Metadata]: https://www.w3.org/TR/fetch-metadata/
    pub(super) fn is_of_another_site(self) -> bool {
        match self.value_state(&SEC_FETCH_SITE) {
            HeaderValueState::Once(b"same-origin" | b"same-site" | b"none") => false,
            HeaderValueState::Once(b"cross-site") => !self.is_followed_link(),
            HeaderValueState::Absent => self.has_another_origin(),
            HeaderValueState::Once(_) | HeaderValueState::Repeated => true,
        }
    }

    fn is_followed_link(self) -> bool {
        let reads = *self.method == Method::GET || *self.method == Method::HEAD;
        let navigates =
            matches!(self.value_state(&SEC_FETCH_MODE), HeaderValueState::Once(b"navigate"));
        reads
            && navigates
            && matches!(self.value_state(&SEC_FETCH_DEST), HeaderValueState::Once(b"document"))
    }

    /// Whether `Origin` names another host and port than `Host`, or nobody (`null`).
    fn has_another_origin(self) -> bool {
        match (self.value_state(&ORIGIN), self.value_state(&HOST)) {
            (HeaderValueState::Absent, _) => false,
            (HeaderValueState::Once(origin), HeaderValueState::Once(own)) => {
                let from = origin.strip_prefix(b"https://");
                let from = from.or_else(|| origin.strip_prefix(b"http://"));
                !from.is_some_and(|from| from.eq_ignore_ascii_case(own))
            }
            (HeaderValueState::Once(_) | HeaderValueState::Repeated, _) => true,
        }
    }

    fn value_state(self, name: &HeaderName) -> HeaderValueState<'a> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => HeaderValueState::Absent,
            (Some(one), None) => HeaderValueState::Once(one.as_bytes()),
            (Some(_), Some(_)) => HeaderValueState::Repeated,
        }
    }
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
static SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// How often a header field stands in a request, and its value when that is once.
enum HeaderValueState<'a> {
    Absent,
    Once(&'a [u8]),
    Repeated,
}
