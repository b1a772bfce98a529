//! Which character set a page, a text or a document is in, and whether it can be treated in it.
//!
//! The sender of a request chooses what it declares, so there a declaration counts only where every
//! reader follows it, where the rules say the same, or where it changes nothing.

use crate::document::Charset;
use crate::document::Format;
use crate::document::MediaType;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::charset_of_page;
use crate::document::charset_of_xml;
use crate::document::html;
use crate::document::page_says_nothing;
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

/// The character set of a page whose media type says nothing, by its first piece: what its head
/// declares or, where it surely declares nothing, what the rules name. The label, and how to write in it.
pub(in crate::engine) fn found_in(
    page: &[u8],
    last: bool,
    route: &Route,
) -> Option<(String, html::Charset)> {
    if let Some(label) = charset_of_page(page) {
        let charset = written_in(label.as_bytes())?;
        return Some((label, charset));
    }
    let charset = route.options.charset.filter(|_| page_says_nothing(page, last))?;
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
    let declared = if format == Format::Xml { charset_of_xml(bytes) } else { None };
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
            // A reader that ignores what the sender declared must see the same names and the same structure. The
            // sender chooses the declaration, so it counts where every reader follows it (inside XML), where
            // the rules say the same, or where it changes nothing.
            let same = charset.extends_ascii() && bytes.is_ascii();
            let named = charset == route.options.charset();
            match format {
                Format::Xml => charset.extends_ascii() && (declared.is_some() || same),
                Format::Csv(_) => named || same,
                Format::Json | Format::Ndjson | Format::JsonSeq => same,
                Format::Form | Format::Multipart(_) => named,
                Format::EventStream | Format::Query | Format::Cookie | Format::SetCookie => false,
            }
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
