//! Scripts of a page: which language, and whether a place is inside a string.

use crate::document::html::name::Name;

/// What a `script` element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Code,
    /// JSON as a data block.
    Json,
    /// Something else: templates, shaders, instructions to the browser.
    Other,
}

impl Language {
    /// The language of an element with this `type`; `legacy` says that it has a `language`.
    pub(super) fn of(kind: Option<&Name>, legacy: bool) -> Self {
        let Some(kind) = kind else { return if legacy { Self::Other } else { Self::Code } };
        match kind.whole() {
            b"" if kind.long() => Self::Other,
            b""
            | b"module"
            | b"text/javascript"
            | b"application/javascript"
            | b"application/x-javascript"
            | b"text/ecmascript"
            | b"application/ecmascript" => Self::Code,
            b"application/json" | b"text/json" => Self::Json,
            kind if kind.ends_with(b"+json") && kind.starts_with(b"application/") => Self::Json,
            _ => Self::Other,
        }
    }
}

/// Where in a JSON text a place is: strings only, the rest does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    Outside,
    Inside,
    /// Inside, behind a backslash.
    Escape,
}

impl Strings {
    pub(super) fn push(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Outside, b'"') => Self::Inside,
            (Self::Inside, b'"') | (Self::Outside, _) => Self::Outside,
            (Self::Inside, b'\\') => Self::Escape,
            (Self::Inside | Self::Escape, _) => Self::Inside,
        }
    }
}

/// The quotes that can stand around a string, as they are spelled in a page: the first three in a
/// `script` element, all of them in an attribute.
const QUOTES: [(&[u8], u8); 10] = [
    (b"\"", b'"'),
    (b"'", b'\''),
    (b"`", b'`'),
    (b"&quot;", b'"'),
    (b"&#34;", b'"'),
    (b"&#x22;", b'"'),
    (b"&#39;", b'\''),
    (b"&#x27;", b'\''),
    (b"&apos;", b'\''),
    (b"&#96;", b'`'),
];

/// Whether a token between these bytes fills a whole string literal of JavaScript.
///
/// The quotes may also belong to something around them (a longer string of the other quote, a
/// comment, a regular expression): there `\uXXXX` does no harm either. What this shuts out is a
/// token that stands as code.
pub(super) fn quoted(before: &[u8], after: &[u8], attribute: bool) -> bool {
    let known = QUOTES.get(..if attribute { QUOTES.len() } else { 3 }).unwrap_or_default();
    let open = known.iter().find(|(quote, _)| before.ends_with(quote));
    let close = known.iter().find(|(quote, _)| after.starts_with(quote));
    open.zip(close).is_some_and(|((_, open), (_, close))| open == close)
}

/// Whether the byte before a token belongs to a quote of any spelling.
pub(super) fn follows_quote(before: &[u8]) -> bool {
    QUOTES.iter().any(|(quote, _)| before.ends_with(quote)) || before.ends_with(b"\\")
}
