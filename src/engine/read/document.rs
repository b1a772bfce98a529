//! A place that is read as fields, and how it is written again.

use bytes::Bytes;

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
use crate::document::Style;
use crate::document::Transcript;
use crate::document::Unmappable;
use crate::engine::error::Error;
use crate::engine::error::Place;
use crate::rules::PlaceRules;

/// A place that is read as fields which rules select.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(in crate::engine) place: Place,
    pub(in crate::engine) reading: Reading,
    /// The text that rules see, in UTF-8.
    pub(in crate::engine) source: Bytes,
    /// The bytes as they came, when they are in another character set.
    pub(in crate::engine) coded: Option<(Charset, Bytes)>,
    pub(in crate::engine) rules: &'a PlaceRules,
    /// How it is read, as the route says.
    pub(in crate::engine) options: &'a Options,
    /// How it is read instead, when it says something else of its character set.
    pub(in crate::engine) own_options: Option<Box<Options>>,
}

/// How its fields are found.
#[derive(Debug)]
pub(in crate::engine) enum Reading {
    /// The source is a document of this format.
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

impl<'a> Document<'a> {
    /// Takes bytes in UTF-8 as they came.
    pub(in crate::engine) fn plain(
        place: Place,
        reading: Reading,
        source: Bytes,
        rules: &'a PlaceRules,
        options: &'a Options,
    ) -> Self {
        Self { place, reading, source, coded: None, rules, options, own_options: None }
    }

    /// Returns how it is read.
    pub(in crate::engine) fn options(&self) -> &Options {
        self.own_options.as_deref().unwrap_or(self.options)
    }

    fn context<'d>(&'d self, bounds: &'d Bounds, readings: Readings) -> ReadContext<'d> {
        ReadContext { program: &self.rules.program, bounds, options: self.options(), readings }
    }

    /// Finds the fields that the rules select: in all common readings, or in that of the standard.
    pub(in crate::engine) fn fields(
        &self,
        bounds: &Bounds,
        readings: Readings,
    ) -> Result<Vec<Field>, Error> {
        let (source, context) = (&self.source, self.context(bounds, readings));
        let found = match &self.reading {
            Reading::Document(format) => document::select_with(*format, source, context),
            Reading::Within(format, part) => document::select_in(*format, source, *part, context),
            Reading::Path(named) => document::select_path(source, named, context),
            Reading::Header(headers) => headers.fields(context),
            Reading::Read(fields) => Ok(fields.clone()),
        };
        found.map_err(|refusal| self.refused(refusal))
    }

    /// Returns how much memory finding them takes, at most about.
    pub(in crate::engine) fn bytes_to_read(&self, bounds: &Bounds) -> usize {
        let program = &self.rules.program;
        self.format()
            .map_or(0, |format| document::bytes_to_read(format, &self.source, program, bounds))
    }

    /// Lists all scalars, whether rules select them or not.
    pub(in crate::engine) fn outline(&self, bounds: &Bounds, style: Style<'_>) -> Outline {
        let (source, context) = (&self.source, self.context(bounds, Readings::All));
        match &self.reading {
            Reading::Document(format) => document::outline(*format, source, context, style),
            Reading::Within(format, part) => {
                document::outline_in(*format, source, *part, context, style)
            }
            Reading::Path(named) => document::outline_path(source, named, context, style),
            Reading::Header(headers) => headers.outline(context, style),
            Reading::Read(_) => Outline::default(),
        }
    }

    /// The format it is read in, when it is a document.
    pub(crate) fn format(&self) -> Option<Format> {
        match &self.reading {
            Reading::Document(format) | Reading::Within(format, _) => Some(*format),
            Reading::Path(_) | Reading::Header(_) | Reading::Read(_) => None,
        }
    }

    /// Makes the error of a refusal in this place.
    pub(in crate::engine) fn refused(&self, refusal: Refusal) -> Error {
        Error::Document { place: self.place, refusal }
    }

    /// The character set in which the part is read.
    pub(crate) fn read_in(&self) -> Charset {
        let is_form = matches!(
            self.reading,
            Reading::Document(Format::Form | Format::Query | Format::Multipart(_))
        );
        let inside = self.options().charset.filter(|_| is_form);
        self.coded.as_ref().map(|(charset, _)| *charset).or(inside).unwrap_or_default()
    }

    /// Whether a text can stand at a place of this codec so that it stays a text: in the character set, and
    /// without the line that ends a part of a multipart form.
    pub(in crate::engine) fn can_say(&self, text: &str, codec: Codec) -> bool {
        // An apostrophe before a formula is what guarding is for.
        let plain = if codec == Codec::GuardedCell { Codec::Cell } else { codec };
        let is_said = self.coded.as_ref().is_none_or(|(charset, _)| {
            unmappable(codec) != Unmappable::Refuse || charset.says(text)
        });
        let is_cut = matches!(
            &self.reading,
            Reading::Document(Format::Multipart(boundary)) if boundary.occurs_in(text)
        );
        plain.holds(text) && is_said && !is_cut
    }

    /// Reads the bytes as they came once more, to be written again in their character set; none in UTF-8.
    pub(in crate::engine) fn transcript(&self) -> Result<Option<Transcript<'_>>, Error> {
        let Some((charset, bytes)) = &self.coded else { return Ok(None) };
        charset.decode(bytes).map(Some).map_err(|refusal| self.refused(refusal))
    }
}

/// What stands for a character that the character set of a part does not have.
pub(in crate::engine) fn unmappable(codec: Codec) -> Unmappable {
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
