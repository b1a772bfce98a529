//! What a body is, and how it becomes a part: media type and content coding.

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderValue;
use http::StatusCode;
use http::header;

use crate::coding::Chain;
use crate::document::Charset;
use crate::document::Format;
use crate::document::MediaType;
use crate::document::Options;
use crate::document::html;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::engine::leg::Leg;
use crate::engine::leg::Side;
use crate::engine::leg::Treatment;
use crate::engine::read::Part;
use crate::engine::read::PartOutcome;
use crate::engine::read::Slot;
use crate::engine::read::Unreadable;
use crate::engine::read::charset;
use crate::engine::read::document::Document;
use crate::engine::read::document::Reading;
use crate::net::Held;
use crate::net::changed;
use crate::net::unpack;
use crate::rules::FormatName;
use crate::rules::PlaceRules;
use crate::rules::Route;
use crate::rules::Sniff;

/// What happens to the body of a message.
#[derive(Debug, Clone, Copy)]
pub enum BodyHandling {
    /// No rule is for it: it passes as it comes.
    Passthrough,
    /// It is read as a whole, within `limits.body_bytes`.
    Buffer,
    /// Its tokens are revealed while it streams.
    Stream(Streaming),
    /// Its tokens stay, for this reason.
    KeepTokens(&'static str),
}

/// How a body is read that streams.
#[derive(Debug, Clone, Copy)]
pub enum Streaming {
    /// As records, one after the other.
    Records(Format),
    /// As a page or a text.
    Text(html::Options),
    /// As a page that may say in its head what character set it is in.
    Undeclared(html::Language),
    /// As a text that says nothing; it is in the character set that the rules of its route name.
    Known(html::Options, &'static str),
}

impl Side {
    /// Says what happens to a body with this head; `status` is that of a response.
    pub fn body_handling(
        self,
        route: &Route,
        headers: &HeaderMap,
        status: Option<StatusCode>,
    ) -> BodyHandling {
        let phase = route.phase(self);
        if phase.body.is_none() && phase.text.is_none() {
            return BodyHandling::Passthrough;
        }
        if self == Self::Request || self.treatment(route.direction) == Treatment::Protect {
            return BodyHandling::Buffer;
        }
        let handling = revealing(route, headers);
        if matches!(handling, BodyHandling::Passthrough) {
            return handling;
        }
        if route.honours_no_transform && changed::forbids_transforming(headers) {
            return BodyHandling::KeepTokens("no_transform");
        }
        if status == Some(StatusCode::PARTIAL_CONTENT) {
            BodyHandling::KeepTokens("partial")
        } else {
            handling
        }
    }
}

/// Says what happens to the body of a response whose tokens become values.
fn revealing(route: &Route, headers: &HeaderMap) -> BodyHandling {
    let phase = &route.response;
    // A text rule is for what is text: pictures and styles beside it pass.
    let other = if phase.body.is_some() {
        BodyHandling::KeepTokens("media_type")
    } else {
        BodyHandling::Passthrough
    };
    let Ok(media) = media_type(headers) else { return other };
    if let Some(text) = &phase.text
        && (media.is_html() || media.is_plain_text())
    {
        let name = if media.is_html() { FormatName::Html } else { FormatName::Text };
        if !route.accepts(Side::Response, name) {
            return BodyHandling::KeepTokens("media_type");
        }
        let scripts = if text.scripts { html::Scripts::Json } else { html::Scripts::Keep };
        let language =
            if media.is_html() { html::Language::Html(scripts) } else { html::Language::Plain };
        return charset::text_in(route, media.charset(), language);
    }
    if phase.body.is_none() {
        return BodyHandling::Passthrough;
    }
    match route.format(Side::Response, &media) {
        Some(
            format @ (Format::Ndjson | Format::JsonSeq | Format::EventStream | Format::Csv(_)),
        ) if charset::record_charset(route, &media, format) == Some(Charset::UTF8) => {
            BodyHandling::Stream(Streaming::Records(format))
        }
        Some(_) => BodyHandling::Buffer,
        None if media.is_script() && route.accepts(Side::Response, FormatName::Json) => {
            BodyHandling::Buffer
        }
        None => BodyHandling::KeepTokens("media_type"),
    }
}

/// Reads the one media type of a message.
fn media_type(headers: &HeaderMap) -> Result<MediaType, Error> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return Err(Error::MediaType) };
    value.to_str().ok().and_then(MediaType::parse).ok_or(Error::MediaType)
}

/// Returns the format of a request's body without any coding, in the character set of forms of its route; none
/// of any other.
pub(in crate::engine) fn plain_format(route: &Route, headers: &HeaderMap) -> Option<Format> {
    let plain = codings(headers).is_ok_and(|chain| chain.is_identity());
    let media = media_type(headers).ok().filter(|_| plain)?;
    let usual = media.charset().is_none_or(|label| {
        Charset::settle(Some(label.as_bytes()), b"")
            .is_ok_and(|charset| charset == route.options.charset())
    });
    route.format(Side::Request, &media).filter(|_| usual)
}

/// Reads the codings of a body.
pub(in crate::engine) fn codings(headers: &HeaderMap) -> Result<Chain, Error> {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    Ok(Chain::parse(lines)?)
}

/// What was taken off a body.
#[derive(Debug, Default)]
pub(in crate::engine) struct Unpacked {
    /// The codings, in the order in which they were put on.
    pub(in crate::engine) chain: Chain,
    /// The memory for what came out: of codings, and of another character set.
    pub(in crate::engine) held: Option<Held>,
}

/// Returns whether treating a body that was collected takes so long that nobody else on a core shall wait
/// for it.
pub(in crate::engine) fn is_long(leg: &Leg<'_>, headers: &HeaderMap, body: Option<&Bytes>) -> bool {
    let Some(bytes) = body else { return false };
    leg.phase().body.is_some()
        && codings(headers).is_ok_and(|chain| unpack::is_long(&chain, bytes, leg.expansion()))
}

/// Reads a body that was collected; none when no rule is for it, or there is none. One that cannot be
/// read is a part with the reason.
pub(in crate::engine) fn part<'a>(
    leg: &Leg<'a>,
    headers: &HeaderMap,
    body: Option<&Bytes>,
) -> Result<Option<(Part<'a>, Unpacked)>, Error> {
    let Some(rules) = &leg.phase().body else { return Ok(None) };
    let source = body.ok_or(Error::NotCollected)?;
    if source.is_empty() {
        return Ok(None);
    }
    Ok(Some(match open(leg, rules, headers, source) {
        Ok((document, unpacked)) => (Part::document(Slot::Body, document), unpacked),
        Err(error) => (Part::unread(Slot::Body, leg.outcome_of(error)), Unpacked::default()),
    }))
}

/// Makes the part of a body that nobody reads, for a reason that is known before.
pub(in crate::engine) fn kept(reason: &'static str) -> Part<'static> {
    Part::unread(Slot::Body, PartOutcome::Kept(Unreadable::whole(reason)))
}

/// Returns the format that a body is read in: what its route makes of the media type, and JSON where the
/// rules say that what begins so is JSON.
fn format_of(leg: &Leg<'_>, media: &MediaType, text: &[u8]) -> Result<Format, Error> {
    let (route, format) = (leg.route(), leg.route().format(leg.side, media));
    let is_script = leg.side == Side::Response && format.is_none() && media.is_script();
    let is_loose =
        media.is_plain_text() || matches!(media.format(), Some(Format::Form | Format::Csv(_)));
    let is_sniffed = route.sniff == Sniff::Json
        && leg.treatment == Treatment::Protect
        && is_loose
        && matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    if (is_script || is_sniffed) && route.accepts(leg.side, FormatName::Json) {
        return Ok(Format::Json);
    }
    format.ok_or(Error::MediaType)
}

/// Reads a body as a document, and says what was taken off it.
pub(in crate::engine) fn open<'a>(
    leg: &Leg<'a>,
    rules: &'a PlaceRules,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(Document<'a>, Unpacked), Error> {
    let route = leg.route();
    let chain = codings(headers)?;
    let media = media_type(headers)?;
    let (decoded, mut held) = if chain.is_identity() {
        (body.clone(), None)
    } else {
        let memory = leg.exchange.memory(&leg.engine.memory);
        let (decoded, held) = unpack::whole(&chain, body, leg.expansion(), &memory)?;
        (decoded, Some(held))
    };
    let format = format_of(leg, &media, &decoded)?;
    let charset = charset::of_document(leg, format, &media, &decoded)?;
    let refused = |refusal| Error::Document { place: Place::Body, refusal };
    // In forms the character set lies behind another way of writing.
    let inside = matches!(format, Format::Form | Format::Multipart(_));
    let (source, coded) = if charset == Charset::UTF8 || inside {
        (decoded, None)
    } else {
        let transcript = charset.decode(&decoded).map_err(refused)?;
        let more = leg
            .exchange
            .memory(&leg.engine.memory)
            .hold(transcript.text().len())
            .map_err(Error::no_memory)?;
        held = Some(match held {
            Some(held) => held.joined(more),
            None => more,
        });
        (Bytes::copy_from_slice(transcript.text().as_bytes()), Some((charset, decoded.clone())))
    };
    let prefixed = format == Format::Json && leg.side == Side::Response;
    let reading = match Format::detect_prefix(&source).filter(|_| prefixed) {
        Some(span) => Reading::Within(format, span),
        None if media.is_script() => return Err(Error::MediaType),
        None => Reading::Document(format),
    };
    let document = Document::plain(Place::Body, reading, source, rules, &route.options);
    let has_own = inside && charset != route.options.charset();
    let own_options = (has_own || coded.is_some()).then(|| {
        let charset = if has_own { Some(charset) } else { route.options.charset };
        Box::new(Options { transcoded: coded.is_some(), charset, ..route.options.clone() })
    });
    Ok((Document { coded, own_options, ..document }, Unpacked { chain, held }))
}
