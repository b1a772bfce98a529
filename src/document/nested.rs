//! JSON inside a text of another document: `decode: json`.
//!
//! The text of a selected field is read as JSON, and its fields are found with their places in the
//! outer document, byte for byte: an edit replaces one literal inside the text and leaves all
//! other escapes as they were spelled. The codec of such a field writes both ways of writing.
//! Only one level: JSON in JSON in JSON is not taken apart further.

use crate::base::Kind;
use crate::base::Span;
use crate::document;
use crate::document::Charset;
use crate::document::Codec;
use crate::document::Field;
use crate::document::Format;
use crate::document::ReadContext;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::json;
use crate::document::outline::Outline;
use crate::document::outline::Style;
use crate::document::percent;
use crate::document::percent::Plus;
use crate::document::xml;

/// How the text around a JSON literal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Inside a JSON string.
    Json,
    /// In a form or a query.
    Form,
    /// In a segment of a path or a cookie.
    Path,
    /// The text of a part, as it is.
    Part,
    /// In the content of an XML element, without comments and CDATA sections.
    XmlText,
    /// In the value of an XML attribute.
    XmlAttribute,
    /// In a CSV cell with quotes.
    Cell,
}

/// Finds the fields of a JSON text that stands in a field of another document; the spans are those
/// of the outer document.
///
/// Refuses a text that is not JSON, with the offset of its place in the outer document, and a
/// place where JSON cannot be taken apart (`not_nested`): a number, a header, an XML element with
/// comments or CDATA sections, a CSV cell without quotes, a form in another character set than UTF-8
/// unless the JSON is ASCII, and what is nested already.
pub fn nested(
    source: &[u8],
    outer: &Field,
    context: ReadContext<'_>,
) -> Result<Vec<Field>, Refusal> {
    let text = read(source, outer)?;
    let moved = |error: Refusal| Refusal::new(error.reason, text.place(error.offset));
    let fields = document::select_with(Format::Json, &text.json, context).map_err(moved)?;
    let codec = Codec::JsonIn(text.layer);
    let fields =
        fields.into_iter().map(|field| Field { span: text.span(field.span), codec, ..field });
    Ok(fields.collect())
}

/// A field whose text is a document of its own.
#[derive(Clone, Copy)]
pub(crate) struct OuterText<'a> {
    pub(crate) field: &'a Field,
    /// Its path in the document that it is a field of.
    pub(crate) path: &'a str,
}

/// Lists all scalars of a JSON text that stands in a field of another document.
pub(crate) fn outline_nested(
    source: &[u8],
    outer: OuterText<'_>,
    context: ReadContext<'_>,
    style: Style<'_>,
) -> Outline {
    let text = match read(source, outer.field) {
        Ok(text) => text,
        Err(refusal) => return Outline { refusal: Some(refusal), ..Outline::default() },
    };
    let mut all = Outline::default();
    let mut inner = document::outline(Format::Json, &text.json, context, style);
    for item in &mut inner.items {
        item.codec = Codec::JsonIn(text.layer);
    }
    all.add(&format!("{} > ", outer.path), inner, |span| text.span(span));
    all
}

/// A JSON text inside a field, decoded.
struct Text {
    layer: Layer,
    json: zeroize::Zeroizing<Vec<u8>>,
    /// For every decoded byte the offset where it is written, and where the text ends.
    places: Vec<usize>,
    end: usize,
}

impl Text {
    fn place(&self, at: u32) -> usize {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        self.places.get(at).copied().unwrap_or(self.end)
    }

    fn span(&self, span: Span) -> Span {
        document::visitor::span(self.place(span.start()), self.place(span.end()))
    }
}

fn read(source: &[u8], outer: &Field) -> Result<Text, Refusal> {
    let refuse = |reason| Refusal { reason, offset: outer.span.start() };
    let raw = outer.span.of(source);
    let (layer, quotes) = layer(outer, raw).ok_or(refuse(Reason::NotNested))?;
    let inner = raw.get(quotes..raw.len() - quotes).unwrap_or_default();
    let start = usize::try_from(outer.span.start()).unwrap_or(usize::MAX).saturating_add(quotes);
    let mut json = zeroize::Zeroizing::new(Vec::with_capacity(inner.len()));
    let mut places = Vec::with_capacity(inner.len() + 1);
    layer
        .read(inner, &mut |at, unit| {
            json.extend_from_slice(unit);
            places.extend(unit.iter().map(|_| start + at));
        })
        .map_err(|error| refuse(error.reason))?;
    if outer.codec.charset() != Charset::UTF8 && !json.is_ascii() {
        // Whether it is read as UTF-8, as JSON is, or as what is around it, nobody can tell.
        return Err(refuse(Reason::NotNested));
    }
    places.push(start + inner.len());
    Ok(Text { layer, json, places, end: start + inner.len() })
}

/// The layer that a field is, and how many bytes of quotes it has on either side.
fn layer(outer: &Field, raw: &[u8]) -> Option<(Layer, usize)> {
    match outer.codec {
        Codec::Json => (outer.kind == Kind::Text && raw.len() >= 2).then_some((Layer::Json, 1)),
        Codec::Form(_) | Codec::Query(_) => Some((Layer::Form, 0)),
        Codec::Path | Codec::Cookie => Some((Layer::Path, 0)),
        Codec::Part(_) => Some((Layer::Part, 0)),
        Codec::XmlText => (!raw.contains(&b'<')).then_some((Layer::XmlText, 0)),
        Codec::XmlAttribute => Some((Layer::XmlAttribute, 0)),
        Codec::Cell | Codec::GuardedCell => {
            (raw.len() >= 2 && raw.starts_with(b"\"")).then_some((Layer::Cell, 1))
        }
        Codec::Header | Codec::JsonIn(_) => None,
    }
}

impl Layer {
    /// Reads a text, without quotes around it, and gives what every piece of it stands for, with
    /// the offset of the piece.
    pub(super) fn read(
        self,
        raw: &[u8],
        take: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), Refusal> {
        match self {
            Self::Json => json::units(raw, take),
            Self::Form => percent::each(raw, Plus::Space, |at, byte| take(at, &[byte])),
            Self::Path => percent::each(raw, Plus::Plus, |at, byte| take(at, &[byte])),
            Self::Part => {
                each_byte(raw, take);
                Ok(())
            }
            Self::XmlText | Self::XmlAttribute => xml::units(codec::utf8(raw)?, take),
            Self::Cell => cell(raw, take),
        }
    }

    /// Writes JSON, without quotes around it.
    pub(super) fn write(self, json: &[u8], out: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(json);
        match self {
            Self::Json => {
                let mut literal = zeroize::Zeroizing::new(Vec::with_capacity(json.len() + 2));
                json::encode(&text, &mut literal);
                let inner = literal.get(1..literal.len().saturating_sub(1));
                out.extend_from_slice(inner.unwrap_or_default());
            }
            Self::Form | Self::Path => percent::encode(&text, out),
            Self::Part => out.extend_from_slice(json),
            Self::XmlText => xml::encode_content(&text, out),
            Self::XmlAttribute => xml::encode_attribute(&text, out),
            Self::Cell => {
                for &byte in json {
                    out.extend_from_slice(if byte == b'"' {
                        b"\"\""
                    } else {
                        std::slice::from_ref(&byte)
                    });
                }
            }
        }
    }

    /// Whether a text can stand in JSON at such a place: JSON escapes control characters itself.
    pub(super) fn holds(self, text: &str) -> bool {
        match self {
            Self::Json | Self::Form | Self::Path | Self::Part | Self::Cell => true,
            Self::XmlText | Self::XmlAttribute => {
                text.chars().all(|letter| letter < ' ' || xml::is_char(letter))
            }
        }
    }
}

fn each_byte(raw: &[u8], take: &mut dyn FnMut(usize, &[u8])) {
    for (at, byte) in raw.iter().enumerate() {
        take(at, std::slice::from_ref(byte));
    }
}

/// Reads what stands between the quotes of a CSV cell.
fn cell(raw: &[u8], take: &mut dyn FnMut(usize, &[u8])) -> Result<(), Refusal> {
    let mut bytes = raw.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if *byte == b'"' && bytes.next().is_none_or(|(_, next)| *next != b'"') {
            return Err(Refusal::new(Reason::AmbiguousQuote, at));
        }
        take(at, std::slice::from_ref(byte));
    }
    Ok(())
}
