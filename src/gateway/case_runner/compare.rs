//! Messages of a case: made bytes, and compared with what came.

use http::HeaderName;

use crate::net::message::Message;

/// Returns the bytes to send, with the fields that a case need not write: these, and how long the body
/// is.
pub(super) fn to_bytes(message: &Message, defaults: &[(&str, &str)]) -> Vec<u8> {
    let mut out = format!("{}\r\n", message.start).into_bytes();
    let mut field = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            out.extend_from_slice(part);
        }
    };
    for (name, value) in &message.fields {
        field(name.as_str(), value.as_bytes());
    }
    for (name, value) in defaults.iter().filter(|(name, _)| message.field(name).is_none()) {
        field(name, value.as_bytes());
    }
    let framed = message.field("content-length").or(message.field("transfer-encoding")).is_some();
    if !framed && (!message.body.is_empty() || message.start.starts_with("HTTP/")) {
        field("content-length", message.body.len().to_string().as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&message.body);
    out
}

/// Returns how `came` differs from what is expected; nothing when it does not.
pub(super) fn differences(expected: &Message, came: &Message) -> Vec<String> {
    let mut found = Vec::new();
    if !expected.start.is_empty() && !same_start(&expected.start, &came.start) {
        found.push(format!("start line: expected `{}`, came `{}`", expected.start, came.start));
    }
    for (name, value) in &expected.fields {
        let shown = String::from_utf8_lossy(value.as_bytes());
        match came.field(name.as_str()) {
            None if shown == "-" => {}
            Some(_) if shown == "-" => {
                found.push(format!("field `{name}`: expected none, came one"));
            }
            None => found.push(format!("field `{name}`: expected `{shown}`, came none")),
            Some(_) if came.fields.contains(&(HeaderName::clone(name), value.clone())) => {}
            Some(other) => {
                let other = String::from_utf8_lossy(other.as_bytes());
                found.push(format!("field `{name}`: expected `{shown}`, came `{other}`"));
            }
        }
    }
    if !allows(&expected.body, &came.body) {
        let (expected, got) =
            (String::from_utf8_lossy(&expected.body), String::from_utf8_lossy(&came.body));
        found.push(format!("body:\n      expected {expected}\n      came     {got}"));
    }
    found
}

/// Whether a body is as expected. `...` stands for any bytes, such as a request id.
fn allows(expected: &[u8], mut body: &[u8]) -> bool {
    const ANY: &[u8] = b"...";
    let Some(first) = memchr::memmem::find(expected, ANY) else { return expected == body };
    let (prefix, mut expected) = expected.split_at(first);
    let Some(rest) = body.strip_prefix(prefix) else { return false };
    body = rest;
    while let Some(after) = expected.strip_prefix(ANY) {
        let Some(end) = memchr::memmem::find(after, ANY) else { return body.ends_with(after) };
        let (piece, next) = after.split_at(end);
        let Some(at) = memchr::memmem::find(body, piece) else { return false };
        body = body.get(at + piece.len()..).unwrap_or_default();
        expected = next;
    }
    true
}

/// Whether two start lines agree; a status line may leave its reason out.
fn same_start(expected: &str, came: &str) -> bool {
    expected == came
        || expected.starts_with("HTTP/")
            && came.strip_prefix(expected).is_some_and(|rest| rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expects_only_what_is_written() {
        let written = |text: &str| Message::written(text.as_bytes()).unwrap();
        let expected = written("HTTP/1.1 200\nx-a: 1\nx-b: -\n\nhi");
        let came = written("HTTP/1.1 200 OK\r\nX-A: 1\r\nX-C: 2\r\n\r\nhi");
        assert_eq!(differences(&expected, &came), Vec::<String>::new());
        let other = written("HTTP/1.1 201 Created\r\nX-B: 1\r\n\r\nho");
        assert_eq!(differences(&expected, &other).len(), 4);
    }

    #[test]
    fn three_dots_in_a_body_stand_for_anything() {
        let allows = |expected: &str, body: &str| allows(expected.as_bytes(), body.as_bytes());
        for (expected, body) in
            [("...", ""), ("...", "x"), ("a...", "a"), ("...c", "abc"), ("a...c...e", "abcde")]
        {
            assert!(allows(expected, body), "{expected} {body}");
        }
        for (expected, body) in [("a...", "b"), ("...c", "cb"), ("a...c...e", "aec"), ("a", "ab")] {
            assert!(!allows(expected, body), "{expected} {body}");
        }
    }
}
