//! What a route's `match:` may say: host, methods, path pattern.

use std::collections::HashSet;

use crate::rules::path;

/// One segment of a path pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Segment {
    /// These bytes, decoded.
    Literal(Box<[u8]>),
    /// Any one segment that is not empty; the name is for the place `path`.
    Single(Option<Box<str>>),
    /// Any number of segments, none included; always the last.
    Rest,
}

/// A host pattern, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Host {
    /// The host of this name alone.
    Exact(Box<str>),
    /// Every name below this one, at any depth.
    Below(Box<str>),
    /// Every host name, and none.
    Any,
}

/// Reads a path pattern. An error is a message and a hint.
pub(super) fn path(text: &str) -> Result<Vec<Segment>, (&'static str, &'static str)> {
    let Some(inner) = text.strip_prefix('/') else {
        return Err(("a path pattern starts with `/`", ""));
    };
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let mut names = HashSet::new();
    let mut segments = Vec::new();
    if inner.is_empty() {
        return Ok(segments);
    }
    let mut parts = inner.split('/').peekable();
    while let Some(part) = parts.next() {
        let segment = segment(part)?;
        if segment == Segment::Rest && parts.peek().is_some() {
            return Err(("`**` can only be the last segment", "use `*` or `{name}` in between"));
        }
        if let Segment::Single(Some(name)) = &segment
            && !names.insert(name.clone())
        {
            return Err(("two segments of this pattern have the same name", ""));
        }
        segments.push(segment);
    }
    Ok(segments)
}

fn segment(part: &str) -> Result<Segment, (&'static str, &'static str)> {
    match part {
        "" => return Err(("a path pattern has no empty segments", "take the second `/` out")),
        "." | ".." => return Err(("a path pattern has no dot segments", "")),
        "*" => return Ok(Segment::Single(None)),
        "**" => return Ok(Segment::Rest),
        _ => {}
    }
    if let Some(name) = part.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !good {
            return Err(("a segment name is letters, digits and `_`", "such as `{id}`"));
        }
        return Ok(Segment::Single(Some(Box::from(name))));
    }
    if part.contains(['*', '{', '}']) {
        return Err((
            "a wildcard is a whole segment",
            "write `*`, `{name}` or `**` between slashes",
        ));
    }
    if part.contains(['?', '#', ';', '\\']) || part.chars().any(char::is_control) {
        return Err((
            "a path pattern cannot hold `?`, `#`, `;` or `\\`",
            "the query is no part of the path",
        ));
    }
    let readings = path::readings(part);
    if readings.others.is_none_or(|others| !others.is_empty()) || readings.own.contains(&b'/') {
        return Err(("servers would read this segment in different ways", "write it plainly"));
    }
    Ok(Segment::Literal(readings.own.into()))
}

/// Reads a host pattern.
pub(super) fn host(text: &str) -> Result<Host, (&'static str, &'static str)> {
    if text == "*" {
        return Ok(Host::Any);
    }
    let lower = text.to_ascii_lowercase();
    let (name, below) =
        lower.strip_prefix("*.").map_or((lower.as_str(), false), |name| (name, true));
    if name.contains(':') && !name.starts_with('[') {
        return Err(("a host pattern has no port", "write the name alone"));
    }
    let address = name.starts_with('[') && name.ends_with(']');
    let good = !name.is_empty()
        && name.len() <= 253
        && (address
            || name.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            }));
    if !good {
        return Err(("not a host name", "such as `shop.example.com` or `*.example.com`"));
    }
    let name = Box::from(name);
    Ok(if below { Host::Below(name) } else { Host::Exact(name) })
}

/// Reads a method: upper-case letters and `-`.
pub(super) fn method(text: &str) -> Result<Box<str>, (&'static str, &'static str)> {
    let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    if !good {
        return Err(("methods are written in upper case", "such as `GET` or `POST`"));
    }
    Ok(Box::from(text))
}
