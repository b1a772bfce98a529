//! The boundary, and cutting a body at it.

use std::fmt;

use memchr::memmem::Finder;

use crate::base::Span;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::visitor;

/// The longest boundary (RFC 2046, section 5.1.1).
const LONGEST: usize = 70;

/// The `boundary` parameter of a multipart media type.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Boundary {
    /// `--` and the boundary.
    bytes: [u8; LONGEST + 2],
    length: usize,
}

impl Boundary {
    /// Gives a boundary; refuses one that RFC 2046, section 5.1.1 does not allow: 1 to 70
    /// characters of `bchars`, the last no space.
    pub fn new(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        if text.is_empty() || text.ends_with(' ') || !text.bytes().all(allowed) {
            return None;
        }
        let mut bytes = [b'-'; LONGEST + 2];
        let length = text.len() + 2;
        bytes.get_mut(2..length)?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, length })
    }

    /// Whether a text holds the line that would end its part. No token does; a revealed value
    /// could, and must then not be written.
    pub fn occurs_in(&self, text: &str) -> bool {
        self.finder().find(text.as_bytes()).is_some()
    }

    pub(super) fn line(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn finder(&self) -> Finder<'_> {
        Finder::new(self.line())
    }

    /// The parts, headers included.
    ///
    /// Refuses a boundary that stands anywhere but at the start of a line and alone there, text in
    /// front of the first one (a single line break is let through) or behind the last (likewise),
    /// and a body without the last one.
    pub(super) fn split(&self, source: &[u8]) -> Result<Vec<Span>, Refusal> {
        let mut parts = Vec::new();
        // Where the part that is open starts; none before the first boundary.
        let mut open: Option<usize> = None;
        let finder = self.finder();
        for at in finder.find_iter(source) {
            let behind = at + self.length;
            let ambiguous = Refusal::new(Reason::AmbiguousBoundary, at);
            let before = source.get(..at).unwrap_or_default();
            match open {
                None if before.is_empty() || before == b"\r\n" => {}
                Some(start) if before.ends_with(b"\r\n") && at >= start + 2 => {
                    parts.push(visitor::span(start, at - 2));
                }
                None | Some(_) => return Err(ambiguous),
            }
            let rest = source.get(behind..).unwrap_or_default();
            if rest.starts_with(b"\r\n") {
                open = Some(behind + 2);
            } else if let Some(epilogue) = rest.strip_prefix(b"--") {
                if matches!(epilogue, b"" | b"\r\n") {
                    return Ok(parts);
                }
                return Err(Refusal::new(Reason::AmbiguousBoundary, behind + 2));
            } else if rest.is_empty() || rest == b"\r" || rest == b"-" {
                return Err(Refusal::new(Reason::UnexpectedEnd, source.len()));
            } else {
                return Err(ambiguous);
            }
        }
        let reason = if source.is_empty() {
            Reason::Empty
        } else if open.is_none() {
            Reason::AmbiguousBoundary
        } else {
            Reason::UnexpectedEnd
        };
        Err(Refusal::new(reason, if open.is_none() { 0 } else { source.len() }))
    }
}

impl fmt::Debug for Boundary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Boundary({})", String::from_utf8_lossy(self.line()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_rfc_2046_allows() {
        for text in ["x", "gc0pJq0M:08jU534c0p", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a b"] {
            assert!(Boundary::new(text).is_some(), "{text}");
        }
        for text in ["", "a ", "a\"b", "a;b", "caf\u{e9}", &"x".repeat(71)] {
            assert!(Boundary::new(text).is_none(), "{text}");
        }
    }

    #[test]
    fn finds_itself_in_a_value() {
        let boundary = Boundary::new("xyz").unwrap();
        assert!(boundary.occurs_in("--xyz"));
        assert!(boundary.occurs_in("a\r\n--xyz--"));
        assert!(!boundary.occurs_in("xyz"));
    }
}
