//! Which character set a page, a text or a document is in, and whether it can be treated in it.
//!
//! The sender of a request chooses what it declares, so there a declaration counts only where every
//! reader follows it, where the rules say the same, or where it changes nothing.

use crate::document::Charset;
use crate::document::Format;
use crate::document::MediaType;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::html;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::read::BodyHandling;
use crate::engine::read::Streaming;
use crate::rules::Route;

/// How a page or a text is read, by what its media type says of its character set.
pub(super) fn text_in(
    route: &Route,
    label: Option<&str>,
    language: html::Language,
) -> BodyHandling {
    let urls = route.options.charset();
    let options = |charset| html::Options { charset, urls, language };
    let streaming = match (label, language, route.options.charset) {
        (Some(label), _, _) => match written_in(label.as_bytes()) {
            Some(charset) => Streaming::Text(options(charset)),
            None => return BodyHandling::KeepTokens("charset"),
        },
        (None, html::Language::Html(_), _) => Streaming::Undeclared(language),
        (None, html::Language::Plain | html::Language::Url, Some(charset)) => {
            match html::Charset::of(charset) {
                Some(written) => Streaming::Known(options(written), charset.name()),
                None => return BodyHandling::KeepTokens("charset"),
            }
        }
        (None, html::Language::Plain | html::Language::Url, None) => {
            Streaming::Text(options(html::Charset::Ascii))
        }
    };
    BodyHandling::Stream(streaming)
}

/// What records are in; none when their media type says what we do not read.
pub(super) fn record_charset(route: &Route, media: &MediaType, format: Format) -> Option<Charset> {
    match (media.charset(), format) {
        (Some(label), _) => Charset::settle(Some(label.as_bytes()), b"").ok(),
        (None, Format::Csv(_)) => Some(route.options.charset()),
        (None, _) => Some(Charset::UTF8),
    }
}

/// Bytes of a page in which browsers look for a declaration ([HTML, 4.2.5.4]).
const PRESCAN: usize = 1024;

/// The character set of a page whose media type says nothing, by its first piece: what its head
/// declares or, where it surely declares nothing, what the rules name. The label, and how to write in it.
pub(in crate::engine) fn found_in(
    page: &[u8],
    last: bool,
    route: &Route,
) -> Option<(String, html::Charset)> {
    declared_in(page).or_else(|| named_by(route).filter(|_| says_nothing(page, last)))
}

/// Whether no browser finds a declaration in a page.
fn says_nothing(page: &[u8], last: bool) -> bool {
    let head = page.get(..PRESCAN).unwrap_or(page).to_ascii_lowercase();
    let over = last || page.len() >= PRESCAN || memchr::memmem::find(&head, b"<body").is_some();
    let marked = [&b"\xef\xbb\xbf"[..], b"\xfe\xff", b"\xff\xfe"];
    over && memchr::memmem::find(&head, b"charset").is_none()
        && !marked.iter().any(|mark| page.starts_with(mark))
}

/// The label of the character set that a page declares in its head, and how to write in it. None when
/// it declares none, or in a way that a browser may read differently: after a comment, a second time,
/// behind a byte order mark.
fn declared_in(page: &[u8]) -> Option<(String, html::Charset)> {
    let head = page.get(..PRESCAN).unwrap_or(page).to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset")?;
    let (before, behind) = head.split_at_checked(at)?;
    let (_, behind) = behind.split_at_checked("charset".len())?;
    let sure = memchr::memmem::find(behind, b"charset").is_none()
        && memchr::memmem::find(before, b"<!--").is_none()
        && before.is_ascii()
        && memchr::memmem::find(before, b"<script").is_none();
    let tag = before.get(memchr::memrchr(b'<', before)?..)?;
    let plain = tag.strip_prefix(b"<meta").filter(|rest| {
        rest.first().is_some_and(u8::is_ascii_whitespace) && !rest.contains(&b'>')
    })?;
    let by_content = memchr::memmem::find(plain, b"content-type").is_some();
    if !sure || !(plain.trim_ascii().is_empty() || by_content) {
        return None;
    }
    let value = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let end = value.iter().position(|byte| !inside(byte))?;
    let label = value.get(..end)?;
    Some((String::from_utf8(label.to_vec()).ok()?, written_in(label)?))
}

/// The label of the character set that rules name for what says nothing, and how to write in it.
fn named_by(route: &Route) -> Option<(String, html::Charset)> {
    let charset = route.options.charset?;
    Some((charset.name().to_ascii_lowercase(), html::Charset::of(charset)?))
}

/// How values are written into a text of this character set; none when ASCII bytes may be parts of
/// other characters.
fn written_in(label: &[u8]) -> Option<html::Charset> {
    html::Charset::of(Charset::settle(Some(label), b"").ok()?)
}

/// The character set of a document: what the media type says, or an XML declaration; of forms and CSV
/// that say nothing, what the rules of the route name. Everything else is UTF-8.
pub(super) fn of_document(
    leg: &Leg<'_>,
    format: Format,
    media: &MediaType,
    bytes: &[u8],
) -> Result<Charset, Error> {
    let route = leg.route();
    let refuse = |reason| Error::Document { place: Place::Body, refusal: Refusal::new(reason, 0) };
    let refused = |refusal| Error::Document { place: Place::Body, refusal };
    let declared = if format == Format::Xml { xml_encoding(bytes) } else { None };
    let outer = media.charset().map(str::as_bytes);
    let unsaid = matches!(format, Format::Form | Format::Multipart(_) | Format::Csv(_));
    let charset = match outer.or(declared) {
        None if unsaid => route.options.charset(),
        label => Charset::settle(label, bytes).map_err(refused)?,
    };
    if let (Some(_), Some(inner)) = (outer, declared)
        && Charset::settle(Some(inner), bytes).map_err(refused)? != charset
    {
        // RFC 7303, section 3.2 lets the media type win; many readers look into the document.
        return Err(refuse(Reason::AmbiguousCharset));
    }
    let readable = match leg.treatment {
        Treatment::Reveal => reveals_in(format, charset),
        Treatment::Protect => {
            let inside = declared.is_some();
            protects_in(format, charset, bytes, Known { named: route.options.charset(), inside })
        }
    };
    if charset == Charset::UTF8 || readable {
        Ok(charset)
    } else {
        Err(refuse(Reason::UnsupportedCharset))
    }
}

/// Whether tokens are found in a document of this format in a character set other than UTF-8. A reader
/// that sees another document sees tokens.
fn reveals_in(format: Format, charset: Charset) -> bool {
    match format {
        Format::Xml | Format::Csv(_) | Format::Json | Format::Ndjson | Format::JsonSeq => true,
        Format::Form | Format::Multipart(_) => charset.extends_ascii(),
        // Events are always in UTF-8 [HTML, 9.2.5], and browsers do not look at a parameter. The others
        // are no bodies.
        Format::EventStream | Format::Query | Format::Cookie | Format::SetCookie => false,
    }
}

/// What is known of a character set beside what the sender declares.
#[derive(Clone, Copy)]
struct Known {
    /// What the rules say.
    named: Charset,
    /// Whether the document says it itself.
    inside: bool,
}

/// Whether values are protected in such a document: a reader that ignores what the sender declared must
/// see the same names and the same structure. The sender chooses the declaration, so it counts where
/// every reader follows it (inside XML), where the rules say the same, or where it changes nothing.
fn protects_in(format: Format, charset: Charset, bytes: &[u8], known: Known) -> bool {
    let Known { named, inside } = known;
    let same = charset.extends_ascii() && bytes.is_ascii();
    match format {
        Format::Xml => charset.extends_ascii() && (inside || same),
        Format::Csv(_) => charset == named || same,
        Format::Json | Format::Ndjson | Format::JsonSeq => same,
        Format::Form | Format::Multipart(_) => charset == named,
        Format::EventStream | Format::Query | Format::Cookie | Format::SetCookie => false,
    }
}

/// The encoding that an XML declaration names, when it is written in ASCII.
fn xml_encoding(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let rest = text.strip_prefix(b"<?xml")?;
    let head = rest.get(..memchr::memmem::find(rest, b"?>")?.min(256))?;
    let behind = head.get(memchr::memmem::find(head, b"encoding")? + "encoding".len()..)?;
    let value = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    value.get(..end).filter(|_| matches!(quote, b'"' | b'\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_page_declares() {
        let utf8 = || Some(("utf-8".to_owned(), html::Charset::Utf8));
        let known = |label: &str| {
            let charset = Charset::settle(Some(label.as_bytes()), b"").ok()?;
            Some((label.to_owned(), html::Charset::of(charset)?))
        };
        let by_content =
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=ISO-8859-1\">";
        for (page, found) in [
            ("<!doctype html><html><head><meta charset=\"UTF-8\">", utf8()),
            ("<META charset='utf-8'/>", utf8()),
            ("<meta charset=utf-8>", utf8()),
            (by_content, known("iso-8859-1")),
            ("<meta charset=shift_jis>", known("shift_jis")),
            ("<meta charset=utf-16le>", None),
            ("<meta charset=made-up>", None),
            ("<!-- <meta charset=utf-8> -->", None),
            ("<meta charset=utf-8><meta charset=iso-8859-1>", None),
            ("<p charset=utf-8>", None),
            ("<meta name=\"description\" content=\"charset=utf-8\">", None),
            ("<p>", None),
        ] {
            assert_eq!(declared_in(page.as_bytes()), found, "{page}");
        }
    }

    #[test]
    fn a_page_says_nothing_only_when_its_head_is_over() {
        let long = "x".repeat(PRESCAN);
        for page in ["<p><body>", long.as_str(), "<html><BODY class=x>"] {
            assert!(says_nothing(page.as_bytes(), false), "{page}");
        }
        assert!(says_nothing(b"<p>", true) && !says_nothing(b"<p>", false));
        for page in
            ["<!-- <meta charset=utf-8><body>", "<script charset=x><body>", "\u{feff}<body>"]
        {
            assert!(!says_nothing(page.as_bytes(), true), "{page}");
        }
    }

    #[test]
    fn finds_the_encoding_of_an_xml_declaration() {
        for (text, encoding) in [
            ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", Some("ISO-8859-1")),
            ("<?xml version='1.0' encoding = 'utf-8' ?><a/>", Some("utf-8")),
            ("<?xml version='1.0'?><a encoding='x'/>", None),
            ("<a/>", None),
            ("<?xml encoding=\"x'?>", None),
        ] {
            assert_eq!(xml_encoding(text.as_bytes()), encoding.map(str::as_bytes), "{text}");
        }
    }
}
