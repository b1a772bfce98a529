//! A message as people write it, made what it would be on the wire.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header;

use crate::gateway::Error;
use crate::gateway::case_runner::HOST;
use crate::net::message;

/// A message taken apart.
#[derive(Debug)]
pub(super) struct Message {
    what: &'static str,
    start: String,
    fields: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Bytes,
    /// Whether it names no host, so that the one of cases was put in.
    pub(super) hostless: bool,
}

impl Message {
    /// Reads a message. The fields that frame a body on the wire are not needed: the body is what
    /// stands behind the empty line, to the end; less the line break that editors put there when
    /// nothing says how long it is.
    pub(super) fn parse(what: &'static str, bytes: &[u8]) -> Result<Self, Error> {
        let written = message::Message::written(bytes);
        let written = written.map_err(|fault| Error::Message {
            what,
            line: fault.line,
            reason: fault.reason,
        })?;
        let length = written.field("content-length").and_then(|value| value.to_str().ok());
        let length = length.and_then(|text| text.parse::<usize>().ok());
        let stated = length.and_then(|length| written.body.get(..length));
        let body = match stated {
            Some(stated) => stated,
            None if written.field("content-encoding").is_some() => &written.body,
            None => {
                let body = written.body.strip_suffix(b"\n").unwrap_or(&written.body);
                body.strip_suffix(b"\r").unwrap_or(body)
            }
        };
        let body = Bytes::copy_from_slice(body);
        // What every message on the wire has is put in.
        let (start, mut fields) = (written.start, written.fields);
        let frames = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        fields.retain(|(name, _)| !frames.contains(name));
        let hostless = what == "request" && !fields.iter().any(|(name, _)| *name == header::HOST);
        if hostless {
            fields.push((header::HOST, HeaderValue::from_static(HOST)));
        }
        if !body.is_empty() {
            fields.push((header::CONTENT_LENGTH, HeaderValue::from(body.len())));
        }
        Ok(Self { what, start, fields, body, hostless })
    }

    /// The head as it stands on the wire.
    pub(super) fn head(&self) -> Vec<u8> {
        let mut out = self.start.clone().into_bytes();
        for (name, value) in &self.fields {
            for part in [b"\r\n", name.as_str().as_bytes(), b": ", value.as_bytes()] {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(b"\r\n\r\n");
        out
    }

    /// The request, without what tells who calls.
    pub(super) fn request(&self, strips: &[HeaderName]) -> Result<Request<()>, Error> {
        let refuse = |reason| Error::Message { what: self.what, line: 1, reason };
        let mut words = self.start.split(' ');
        let mut next = || words.next().ok_or(refuse("not METHOD TARGET HTTP/1.1"));
        let (method, target, _version) = (next()?, next()?, next()?);
        let mut request = Request::new(());
        *request.method_mut() =
            Method::from_bytes(method.as_bytes()).map_err(|_| refuse("no method"))?;
        *request.uri_mut() = Uri::try_from(target).map_err(|_| refuse("no request target"))?;
        *request.headers_mut() = self.headers(strips);
        Ok(request)
    }

    /// Returns status and header fields as a response without body. Fails when they are none.
    pub(super) fn response(&self) -> Result<Response<()>, Error> {
        let refuse = |reason| Error::Message { what: self.what, line: 1, reason };
        let status = self.start.split(' ').nth(1).unwrap_or_default();
        let status = StatusCode::from_bytes(status.as_bytes());
        let mut response = Response::new(());
        *response.status_mut() = status.map_err(|_| refuse("not HTTP/1.1 STATUS"))?;
        *response.headers_mut() = self.headers(&[]);
        Ok(response)
    }

    fn headers(&self, strips: &[HeaderName]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in self.fields.iter().filter(|(name, _)| !strips.contains(name)) {
            headers.append(name, value.clone());
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_of_both_kinds_and_a_body_of_any_bytes() {
        let message = Message::parse(
            "request",
            b"POST /a?b HTTP/1.1\r\nHost: x\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\n\n\xff\n",
        )
        .unwrap();
        assert_eq!(message.body.as_ref(), b"\x1f\x8b\n\n\xff\n");
        let request = message.request(&[]).unwrap();
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/a"));
        assert_eq!(request.headers()["host"], "x");
        let message = Message::parse("request", b"POST / HTTP/1.1\n\na=b\n").unwrap();
        assert_eq!((message.body.as_ref(), message.hostless), (b"a=b".as_slice(), true));
        let cut = b"HTTP/1.1 200\ncontent-length: 2\n\nabc\n";
        assert_eq!(Message::parse("answer", cut).unwrap().body.as_ref(), b"ab");
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_without_the_text() {
        let error =
            Message::parse("answer", b"HTTP/1.1 200\na: b\nada@canary.example\n").unwrap_err();
        assert_eq!(error.to_string(), "answer, line 3: no `name: value`");
    }
}
