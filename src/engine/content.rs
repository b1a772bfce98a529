//! What a body is, and how it becomes a part: media type, content coding, character set.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderValue;
use http::StatusCode;
use http::header;

use crate::coding;
use crate::coding::Chain;
use crate::document::Charset;
use crate::document::Dialect;
use crate::document::Format;
use crate::document::MediaType;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::html;
use crate::engine::Leg;
use crate::engine::Treating;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::part::Part;
use crate::engine::part::Reading;
use crate::engine::part::Slot;
use crate::rules::FormatName;
use crate::rules::PlaceRules;
use crate::rules::Route;

/// What happens to the body of a message.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// No rule is for it: it passes as it comes.
    Passes,
    /// It is read whole.
    Whole,
    /// Its tokens are revealed while it streams.
    Streams(Streaming),
    /// Its tokens stay, for this reason.
    Stays(&'static str),
}

/// How a body is read that streams.
#[derive(Debug, Clone, Copy)]
pub enum Streaming {
    /// Record by record.
    Records(Format),
    /// As a page or a text.
    Text(html::Options),
}

impl Leg {
    /// Says what happens to a body with this head; `status` is that of a response.
    pub fn manner(self, route: &Route, headers: &HeaderMap, status: Option<StatusCode>) -> Manner {
        let phase = self.phase(route);
        if phase.body.is_none() && phase.text.is_none() {
            return Manner::Passes;
        }
        if self == Self::Request || self.treating(route.direction) == Treating::Protect {
            return Manner::Whole;
        }
        let manner = revealing(route, headers);
        let partial = status == Some(StatusCode::PARTIAL_CONTENT);
        if partial && !matches!(manner, Manner::Passes) { Manner::Stays("partial") } else { manner }
    }
}

/// What happens to the body of a response whose tokens become values.
fn revealing(route: &Route, headers: &HeaderMap) -> Manner {
    let phase = &route.response;
    // A text rule is for what is text: pictures and styles beside it pass.
    let other = if phase.body.is_some() { Manner::Stays("media_type") } else { Manner::Passes };
    let Ok(media) = media_type(headers) else { return other };
    if let Some(text) = &phase.text
        && (media.is_html() || media.is_plain_text())
    {
        let name = if media.is_html() { FormatName::Html } else { FormatName::Text };
        if !allows(route, name) {
            return Manner::Stays("media_type");
        }
        let Some(charset) = page_charset(&media) else { return Manner::Stays("charset") };
        let scripts = if text.scripts { html::Scripts::Json } else { html::Scripts::Keep };
        let language =
            if media.is_html() { html::Language::Html(scripts) } else { html::Language::Plain };
        return Manner::Streams(Streaming::Text(html::Options { charset, language }));
    }
    if phase.body.is_none() {
        return Manner::Passes;
    }
    match format(&media, route) {
        Some(
            format @ (Format::Ndjson | Format::JsonSeq | Format::EventStream | Format::Csv(_)),
        ) if is_utf8(&media) => Manner::Streams(Streaming::Records(format)),
        Some(_) => Manner::Whole,
        None if media.is_script() => Manner::Whole,
        None => Manner::Stays("media_type"),
    }
}

/// The one media type of a message.
fn media_type(headers: &HeaderMap) -> Result<MediaType, Error> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return Err(Error::MediaType) };
    value.to_str().ok().and_then(MediaType::parse).ok_or(Error::MediaType)
}

fn allows(route: &Route, name: FormatName) -> bool {
    route.body_formats.is_empty() || route.body_formats.contains(&name)
}

/// The format of a media type as the route reads it; none when it does not.
fn format(media: &MediaType, route: &Route) -> Option<Format> {
    let mut format = media.format()?;
    if let Format::Csv(declared) = format {
        format = Format::Csv(Dialect {
            separator: route.csv.separator.or(declared.separator),
            header: route.csv.header && declared.header,
            guarded: route.csv.guarded,
        });
    }
    FormatName::of(format).filter(|name| allows(route, *name)).map(|_| format)
}

fn is_utf8(media: &MediaType) -> bool {
    media.charset().is_none_or(|label| {
        Charset::settle(Some(label.as_bytes()), b"").is_ok_and(|charset| charset == Charset::UTF8)
    })
}

/// How values are written into a page. A page that declares nothing may be read in any encoding that
/// extends ASCII, so only ASCII is written. None when ASCII bytes may be parts of other characters.
fn page_charset(media: &MediaType) -> Option<html::Charset> {
    let Some(label) = media.charset() else { return Some(html::Charset::Ascii) };
    match Charset::settle(Some(label.as_bytes()), b"") {
        Ok(charset) if charset == Charset::UTF8 => Some(html::Charset::Utf8),
        Ok(charset) if charset.keeps_ascii() => Some(html::Charset::Ascii),
        Ok(_) | Err(_) => None,
    }
}

/// The codings of a body.
pub(super) fn codings(headers: &HeaderMap) -> Result<Chain, Error> {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    Ok(Chain::parse(lines)?)
}

/// A body as a part, and the codings that were taken off it.
pub(super) fn open<'a>(
    leg: Leg,
    route: &'a Route,
    rules: &'a PlaceRules,
    (headers, body): (&HeaderMap, &Bytes),
    budget: &coding::Budget,
) -> Result<(Part<'a>, Chain), Error> {
    let chain = codings(headers)?;
    let media = media_type(headers)?;
    let format = match format(&media, route) {
        Some(format) => format,
        None if leg == Leg::Response && media.is_script() => Format::Json,
        None => return Err(Error::MediaType),
    };
    let decoded = if chain.is_identity() {
        body.clone()
    } else {
        Bytes::from(coding::decode(&chain, body, budget)?)
    };
    let charset = charset(leg, format, &media, &decoded)?;
    let refused = |refusal| Error::Document { place: Place::Body, refusal };
    let (source, coded) = if charset == Charset::UTF8 {
        (decoded, None)
    } else {
        let transcript = charset.decode(&decoded).map_err(refused)?;
        (Bytes::copy_from_slice(transcript.text().as_bytes()), Some((charset, decoded.clone())))
    };
    let prefixed = format == Format::Json && leg == Leg::Response;
    let reading = match Format::detect_prefix(&source).filter(|_| prefixed) {
        Some(span) => Reading::Within(format, span),
        None if media.is_script() => return Err(Error::MediaType),
        None => Reading::Document(format),
    };
    let part = Part { slot: Slot::Body, reading, source, coded, rules, options: &route.options };
    Ok((part, chain))
}

/// The character set of a document: what the media type says, or an XML declaration. Formats that are
/// in UTF-8 by their standard are read in nothing else.
fn charset(
    leg: Leg,
    format: Format,
    media: &MediaType,
    bytes: &[u8],
) -> Result<Charset, Error> {
    let refuse = |reason| Error::Document { place: Place::Body, refusal: Refusal::new(reason, 0) };
    let refused = |refusal| Error::Document { place: Place::Body, refusal };
    let declared = if format == Format::Xml { xml_encoding(bytes) } else { None };
    let outer = media.charset().map(str::as_bytes);
    let label = outer.or(declared);
    let charset = Charset::settle(label, bytes).map_err(refused)?;
    if let (Some(_), Some(inner)) = (outer, declared)
        && Charset::settle(Some(inner), bytes).map_err(refused)? != charset
    {
        // RFC 7303, section 3.2 lets the media type win; many readers look into the document.
        return Err(refuse(Reason::AmbiguousCharset));
    }
    let legacy = matches!(format, Format::Xml | Format::Csv(_));
    let readable = charset.extends_ascii() || leg == Leg::Response;
    if charset == Charset::UTF8 || (legacy && readable) {
        Ok(charset)
    } else {
        Err(refuse(Reason::UnsupportedCharset))
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
