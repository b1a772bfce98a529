//! One place of a message: how it is read, and how it is written again.

use bytes::Bytes;
use http::HeaderName;

use crate::base::Span;
use crate::document;
use crate::document::Bounds;
use crate::document::Charset;
use crate::document::Codec;
use crate::document::Field;
use crate::document::Format;
use crate::document::Headers;
use crate::document::Named;
use crate::document::Options;
use crate::document::Outline;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Refusal;
use crate::document::Rewrite;
use crate::document::Splice;
use crate::document::Style;
use crate::document::Unmappable;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::rules::PlaceRules;

/// One place of a message with the rules for it.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) slot: Slot,
    pub(super) reading: Reading,
    /// The text that rules see, in UTF-8.
    pub(super) source: Bytes,
    /// The bytes as they came, when they are in another character set.
    pub(super) coded: Option<(Charset, Bytes)>,
    /// What a form says it is in, when that is not what forms of its route are in.
    pub(super) charset: Option<Charset>,
    pub(super) rules: &'a PlaceRules,
    pub(super) options: &'a Options,
}

/// Where in the message a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    Body,
    Query,
    Path,
    Header,
    /// The line with this number among those of `Cookie`, or of `Set-Cookie` in a response.
    Cookie(usize),
    /// Path and query of a field that holds a URL of this application.
    Url(HeaderName, UrlPart),
}

/// A part of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UrlPart {
    Path,
    Query,
}

impl Slot {
    /// The place in problems and events.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Body => Place::Body,
            Self::Query => Place::Query,
            Self::Path => Place::Path,
            Self::Header | Self::Url(..) => Place::Header,
            Self::Cookie(_) => Place::Cookie,
        }
    }
}

/// How a part is read.
#[derive(Debug)]
pub(super) enum Reading {
    /// As a document.
    Document(Format),
    /// As a document that is a part of the source.
    Within(Format, Span),
    /// As named segments of a path.
    Path(Vec<Named>),
    /// As the lines of a header section.
    Header(Headers),
    /// It was read before; these are the fields.
    Read(Vec<Field>),
}

impl Part<'_> {
    /// Finds the fields that the rules select.
    pub(super) fn fields(&self, bounds: &Bounds) -> Result<Vec<Field>, Error> {
        let (source, program, readings) = (&self.source, &self.rules.program, Readings::All);
        let context = ReadContext { program, bounds, options: self.options, readings };
        let found = match &self.reading {
            Reading::Document(format) if self.coded.is_some() || self.charset.is_some() => {
                let options = Options {
                    transcoded: self.coded.is_some(),
                    charset: self.charset.or(self.options.charset),
                    ..self.options.clone()
                };
                document::select_with(*format, source, ReadContext { options: &options, ..context })
            }
            Reading::Document(format) => document::select_with(*format, source, context),
            Reading::Within(format, part) => document::select_in(*format, source, *part, context),
            Reading::Path(named) => document::select_path(source, named, context),
            Reading::Header(headers) => headers.fields(context),
            Reading::Read(fields) => Ok(fields.clone()),
        };
        found.map_err(|refusal| self.refused(refusal))
    }

    /// Lists all scalars, whether rules select them or not.
    pub(super) fn outline(&self, bounds: &Bounds, style: Style<'_>) -> Outline {
        let (source, program, readings) = (&self.source, &self.rules.program, Readings::All);
        let context = ReadContext { program, bounds, options: self.options, readings };
        match &self.reading {
            Reading::Document(format) => {
                let transcoded = self.coded.is_some() || self.options.transcoded;
                let options = Options { transcoded, ..self.options.clone() };
                document::outline(
                    *format,
                    source,
                    ReadContext { options: &options, ..context },
                    style,
                )
            }
            Reading::Within(format, part) => {
                document::outline_in(*format, source, *part, context, style)
            }
            Reading::Path(named) => document::outline_path(source, named, context, style),
            Reading::Header(headers) => headers.outline(context, style),
            Reading::Read(_) => Outline::default(),
        }
    }

    /// The format it is read in, when it is a document.
    pub(super) fn format(&self) -> Option<Format> {
        match &self.reading {
            Reading::Document(format) | Reading::Within(format, _) => Some(*format),
            Reading::Path(_) | Reading::Header(_) | Reading::Read(_) => None,
        }
    }

    /// The error for a refusal in this part.
    pub(super) fn refused(&self, refusal: Refusal) -> Error {
        Error::Document { place: self.slot.place(), refusal }
    }

    /// The character set in which the part is read.
    pub(super) fn read_in(&self) -> Charset {
        let inside = match &self.reading {
            Reading::Document(Format::Form | Format::Query | Format::Multipart(_)) => {
                self.charset.or(self.options.charset)
            }
            Reading::Document(_)
            | Reading::Within(..)
            | Reading::Path(_)
            | Reading::Header(_)
            | Reading::Read(_) => None,
        };
        self.coded.as_ref().map(|(charset, _)| *charset).or(inside).unwrap_or_default()
    }

    /// Whether a text can stand at a place of this codec so that it stays a text.
    pub(super) fn can_say(&self, text: &str, codec: Codec) -> bool {
        // An apostrophe before a formula is what guarding is for.
        let guarded = codec == Codec::GuardedCell;
        let plain = if guarded { Codec::Cell } else { codec };
        plain.holds(text) && self.says(text, codec) && !self.is_cut_by(text)
    }

    /// Whether a text can be written in the character set: see [`Part::can_say`].
    fn says(&self, text: &str, codec: Codec) -> bool {
        self.coded.as_ref().is_none_or(|(charset, _)| {
            unmappable(codec) != Unmappable::Refuse || charset.says(text)
        })
    }

    /// Whether a text holds the line that ends a part of a multipart form.
    fn is_cut_by(&self, text: &str) -> bool {
        match &self.reading {
            Reading::Document(Format::Multipart(boundary)) => boundary.occurs_in(text),
            Reading::Document(_)
            | Reading::Within(..)
            | Reading::Path(_)
            | Reading::Header(_)
            | Reading::Read(_) => false,
        }
    }

    /// Writes the part again with what `edit` puts into it. None when it put nothing.
    pub(super) fn edited(
        &self,
        growth: usize,
        edit: impl FnOnce(&mut Pen<'_>) -> Result<(), Error>,
    ) -> Result<Option<Bytes>, Error> {
        match &self.coded {
            None => written(
                Pen { ink: Ink::Plain(Splice::new(&self.source, growth)), used: false },
                edit,
            ),
            Some((charset, bytes)) => {
                let transcript = charset.decode(bytes).map_err(|refusal| self.refused(refusal))?;
                let ink = Ink::Coded(transcript.rewrite(growth));
                written(Pen { ink, used: false }, edit)
            }
        }
    }
}

fn written(
    mut pen: Pen<'_>,
    edit: impl FnOnce(&mut Pen<'_>) -> Result<(), Error>,
) -> Result<Option<Bytes>, Error> {
    edit(&mut pen)?;
    let Pen { ink, used } = pen;
    let bytes = used.then(|| match ink {
        Ink::Plain(splice) => splice.finish(),
        Ink::Coded(rewrite) => rewrite.finish(),
    });
    Ok(bytes.map(Bytes::from))
}

/// What stands for a character that the character set of a part does not have.
fn unmappable(codec: Codec) -> Unmappable {
    match codec {
        Codec::Json | Codec::JsonIn(_) => Unmappable::Escape,
        Codec::XmlText | Codec::XmlAttribute => Unmappable::Reference,
        Codec::Form(_)
        | Codec::Query(_)
        | Codec::Path
        | Codec::Cookie
        | Codec::Header
        | Codec::Part(_)
        | Codec::Cell
        | Codec::GuardedCell => Unmappable::Refuse,
    }
}

/// Writes into a part.
pub(super) struct Pen<'a> {
    ink: Ink<'a>,
    used: bool,
}

enum Ink<'a> {
    Plain(Splice<'a>),
    Coded(Rewrite<'a>),
}

impl Pen<'_> {
    /// Puts something in the place of a span; spans come in ascending order.
    pub(super) fn replace(
        &mut self,
        (span, codec): (Span, Codec),
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        let placed = match &mut self.ink {
            Ink::Plain(splice) => splice.replace(span, write),
            Ink::Coded(rewrite) => rewrite
                .replace(span, unmappable(codec), write)
                .map_err(|refusal| Error::Document { place: Place::Body, refusal })?,
        };
        self.used = true;
        if placed { Ok(()) } else { Err(Error::Overlap) }
    }
}
