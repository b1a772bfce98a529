//! Messages of a case as bytes, and comparing them with what came.

/// A message taken apart: start line, fields in order, body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) start: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// Reads a message as a case writes it: lines, an empty line, the body.
    pub(super) fn written(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        Self::of(head.lines(), body.as_bytes().to_vec())
    }

    /// Reads a message as it came over the wire; none when its head does not end.
    pub(super) fn received(bytes: &[u8]) -> Option<Self> {
        let end = memchr::memmem::find(bytes, b"\r\n\r\n")?;
        let (head, rest) = bytes.split_at_checked(end)?;
        let head = String::from_utf8_lossy(head);
        let raw = rest.get(4..).unwrap_or_default();
        let mut message = Self::of(head.split("\r\n"), raw.to_vec());
        if message.field("transfer-encoding").is_some() {
            message.body = dechunked(raw);
        }
        Some(message)
    }

    fn of<'a>(mut lines: impl Iterator<Item = &'a str>, body: Vec<u8>) -> Self {
        let start = lines.next().unwrap_or_default().trim_end().to_owned();
        let fields = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        });
        Self { start, fields: fields.collect(), body }
    }

    /// The first field of a name.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The bytes to send, with the fields that a case need not write.
    pub(super) fn to_bytes(&self, defaults: &[(&str, &str)]) -> Vec<u8> {
        let mut out = format!("{}\r\n", self.start).into_bytes();
        for (name, value) in &self.fields {
            out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        for (name, value) in defaults.iter().filter(|(name, _)| self.field(name).is_none()) {
            out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        let framed = self.field("content-length").or(self.field("transfer-encoding")).is_some();
        if !framed && (!self.body.is_empty() || self.start.starts_with("HTTP/")) {
            out.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out
    }

    /// How `came` differs from what is expected; nothing when it does not.
    pub(super) fn differences(&self, came: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.start.is_empty() && !same_start(&self.start, &came.start) {
            found.push(format!("start line: expected `{}`, came `{}`", self.start, came.start));
        }
        for (name, value) in &self.fields {
            match (value.as_str(), came.field(name)) {
                ("-", None) => {}
                ("-", Some(_)) => found.push(format!("field `{name}`: expected none, came one")),
                (_, None) => found.push(format!("field `{name}`: expected `{value}`, came none")),
                (_, Some(_))
                    if came.fields.iter().any(|field| field == &(name.clone(), value.clone())) => {}
                (_, Some(other)) => {
                    found.push(format!("field `{name}`: expected `{value}`, came `{other}`"));
                }
            }
        }
        if !self.allows(&came.body) {
            let (expected, got) =
                (String::from_utf8_lossy(&self.body), String::from_utf8_lossy(&came.body));
            found.push(format!("body:\n      expected {expected}\n      came     {got}"));
        }
        found
    }

    /// Whether a body is as expected. `...` stands for any bytes, such as a request id.
    fn allows(&self, mut body: &[u8]) -> bool {
        const ANY: &[u8] = b"...";
        let Some(first) = memchr::memmem::find(&self.body, ANY) else { return self.body == body };
        let (prefix, mut expected) = self.body.split_at(first);
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
}

/// Whether two start lines agree; a status line may leave its reason out.
fn same_start(expected: &str, came: &str) -> bool {
    expected == came
        || expected.starts_with("HTTP/")
            && came.strip_prefix(expected).is_some_and(|rest| rest.starts_with(' '))
}

fn dechunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = memchr::memmem::find(raw, b"\r\n") {
        let Some((line, rest)) = raw.split_at_checked(end) else { break };
        let size = std::str::from_utf8(line).ok().and_then(|line| {
            usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16).ok()
        });
        let rest = rest.get(2..).unwrap_or_default();
        let Some((chunk, rest)) = size.filter(|&n| n > 0).and_then(|n| rest.split_at_checked(n))
        else {
            break;
        };
        body.extend_from_slice(chunk);
        raw = rest.get(2..).unwrap_or_default();
    }
    body
}

/// Whether a message that arrived so far is whole.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let Some(message) = Message::received(bytes) else { return false };
    let head = memchr::memmem::find(bytes, b"\r\n\r\n").map_or(0, |end| end + 4);
    if message.field("transfer-encoding").is_some() {
        return bytes.ends_with(b"0\r\n\r\n");
    }
    let length = message.field("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    bytes.len() >= head + length
}

/// Whether an answer that arrived so far says where it ends, and has come to there.
pub(super) fn says_it_is_whole(bytes: &[u8]) -> bool {
    let framed = |message: Message| {
        ["content-length", "transfer-encoding"].iter().any(|name| message.field(name).is_some())
    };
    is_whole(bytes) && Message::received(bytes).is_some_and(framed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expects_only_what_is_written() {
        let expected = Message::written("HTTP/1.1 200\nx-a: 1\nx-b: -\n\nhi");
        let came = Message::received(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-C: 2\r\n\r\nhi").unwrap();
        assert_eq!(expected.differences(&came), Vec::<String>::new());
        let other = Message::received(b"HTTP/1.1 201 Created\r\nX-B: 1\r\n\r\nho").unwrap();
        assert_eq!(expected.differences(&other).len(), 4);
    }

    #[test]
    fn three_dots_in_a_body_stand_for_anything() {
        let allows = |expected: &str, body: &str| {
            Message::written(&format!("HTTP/1.1 200\n\n{expected}")).allows(body.as_bytes())
        };
        for (expected, body) in
            [("...", ""), ("...", "x"), ("a...", "a"), ("...c", "abc"), ("a...c...e", "abcde")]
        {
            assert!(allows(expected, body), "{expected} {body}");
        }
        for (expected, body) in [("a...", "b"), ("...c", "cb"), ("a...c...e", "aec"), ("a", "ab")] {
            assert!(!allows(expected, body), "{expected} {body}");
        }
    }

    #[test]
    fn reads_chunked_bodies() {
        let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert!(is_whole(bytes) && !is_whole(&bytes[..bytes.len() - 2]));
        assert_eq!(Message::received(bytes).unwrap().body, b"abcde");
    }
}
