//! Bodies and other places of a message as documents: what a selector finds, and replacing it.
//!
//! A source reads a format strictly and emits it as events (`visitor`): names, positions, and
//! leaves with their span and [`Codec`]. A [`Program`] picks [`Field`]s from the events; a
//! [`Splice`] puts something else in their place and copies the rest byte for byte. One selector
//! language for all formats: RFC 9535. Not for: what a value means, tokens, or waiting for anything.
//!
//! # Invariants
//!
//! - Outside the selected spans no byte changes: `bytes_outside_the_fields_stay`.
//! - A document that two readers could understand in two ways at a selected place is refused, with
//!   a [`Reason`]: `tests/it/document/hostile.rs`.
//! - Time is linear in the document, memory too, nothing recurses on it:
//!   `tests/it/document/linear.rs`.
//! - For every codec, reading what was written gives the text back: `codecs_undo_themselves`.

mod format;
mod field;
mod refusal;
mod codec;
mod splice;
mod charset;
mod visitor;
mod names;
mod selector;
mod json;
mod percent;
mod flat;
mod positions;
mod language;
mod cookie;
mod path;
mod header;
mod multipart;
mod xml;
mod csv;
mod records;
mod outline;
mod events;
mod nested;
mod prefix;
mod text;
mod spelling;
mod needles;
mod site;
pub mod html;

pub use charset::{Charset, Rewrite, Transcript, Unmappable};
pub use charset::{charset_of_page, charset_of_xml, page_says_nothing};
pub use codec::Codec;
pub use csv::{Dialect, Separator};
pub use field::{Bounds, Field};
pub use format::{Format, MediaType};
pub use header::{Headers, InLine};
pub use multipart::{Boundary, FormPiece, Parts};
pub use names::KeyMatch;
pub use needles::Needles;
pub use nested::{Layer, nested};
pub use path::{Named, select_path};
pub use positions::Positions;
pub use records::Records;
pub use refusal::{Reason, Refusal};
pub use selector::{CompiledRule, Note, OnContainer, Program, Selector, SelectorError};
pub use site::{Doubts, Site};
pub use spelling::{each_reading, squeezed};
pub use splice::Splice;

pub(crate) use nested::{OuterText, outline_nested};
pub(crate) use outline::{Item, Outline, Style, outline, outline_in};
pub(crate) use path::outline_path;
pub(crate) use site::tokens_in;
pub(crate) use visitor::Scalar;

use memchr::memmem;

use crate::base::Span;

use cookie::Line;
use records::Framing;
use selector::Source;
use visitor::Visitor;

/// How a document is read where its format leaves a choice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Parts of a multipart form that are files and shall be read: by name.
    pub files: Vec<(String, FileAs)>,
    /// Whether processing instructions of XML pass.
    pub instructions: bool,
    /// Whether the document was in another character set, so that the encoding that XML declares
    /// is the caller's concern.
    pub transcoded: bool,
    /// What forms and queries are in: names and values behind their percent-encoding, and the parts of
    /// multipart forms that do not say it themselves. One that [extends ASCII](Charset::extends_ascii).
    /// None stands for UTF-8, and for texts that say nothing and nobody knows of.
    pub charset: Option<Charset>,
    /// Whether a part of a multipart form that says it is XML is read as XML: the route reads it.
    pub xml_parts: bool,
    /// The elements of lists before what is read of a form: where it goes on counting. The form that is read
    /// is a part of a longer one when there are any.
    pub counted: Positions,
}

impl Options {
    /// What forms and queries are in.
    pub fn charset(&self) -> Charset {
        self.charset.unwrap_or_default()
    }
}

/// Which readings of a document count, where applications differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Readings {
    /// Those of all common readers, to protect: a place that one of them takes for a selected one is
    /// selected, or the document is refused.
    #[default]
    All,
    /// That of the standard, to reveal.
    Standard,
}

/// What a document is read with: the rules, the bounds, and what is doubtful.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    /// Selects the fields.
    pub program: &'a Program,
    /// Bounds nesting, sizes and counts; beyond them a document is refused.
    pub bounds: &'a Bounds,
    /// Decides where the format leaves a choice.
    pub options: &'a Options,
    /// Decides which readings count.
    pub readings: Readings,
}

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileAs {
    /// JSON, below the name of its part.
    Json,
    /// CSV in this dialect, below the name of its part.
    Csv(Dialect),
    /// XML, below the name of its part.
    Xml,
    /// A text in UTF-8 that is the value of its part.
    Text,
}

/// Finds the fields that a program selects.
///
/// The whole document is checked, also when nothing is selected. The fields are sorted by place,
/// then by rule; a scalar that several rules select is there once for each; distinct spans never
/// overlap. `null`, `true` and `false` are no fields.
pub fn select(
    format: Format,
    source: &[u8],
    program: &Program,
    bounds: &Bounds,
) -> Result<Vec<Field>, Refusal> {
    let options = Options::default();
    select_with(
        format,
        source,
        ReadContext { program, bounds, options: &options, readings: Readings::All },
    )
}

/// Finds the fields that a program selects, in a document that is read in a certain way.
pub fn select_with(
    format: Format,
    source: &[u8],
    context: ReadContext<'_>,
) -> Result<Vec<Field>, Refusal> {
    match format {
        Format::Ndjson => records::select(Framing::Lines, source, context),
        Format::JsonSeq => records::select(Framing::Sequence, source, context),
        Format::EventStream => records::select(Framing::Events, source, context),
        Format::Json
        | Format::Form
        | Format::Query
        | Format::Multipart(_)
        | Format::Xml
        | Format::Csv(_)
        | Format::Cookie
        | Format::SetCookie => {
            selector::select(source, context, &Document { format, source, context })
        }
    }
}

/// Finds the fields of a document that is a part of `source`: JSON behind a guard, for one. The
/// spans and the offset of a refusal are those of `source`.
pub fn select_in(
    format: Format,
    source: &[u8],
    part: Span,
    context: ReadContext<'_>,
) -> Result<Vec<Field>, Refusal> {
    let by = part.start();
    let offset = |error: Refusal| Refusal { offset: error.offset.saturating_add(by), ..error };
    let fields = select_with(format, part.of(source), context).map_err(offset)?;
    let moved = |field: Field| Field { span: visitor::shift(field.span, by), ..field };
    Ok(fields.into_iter().map(moved).collect())
}

/// Returns how many bytes of memory reading a document takes beside its source, at most about: estimated
/// by the marks that stand between values.
pub fn bytes_to_read(format: Format, source: &[u8], program: &Program, bounds: &Bounds) -> usize {
    let marks: &[u8] = match format {
        Format::Json | Format::Ndjson | Format::JsonSeq | Format::EventStream => b",[{",
        Format::Form | Format::Query | Format::Cookie | Format::SetCookie => b"&;",
        Format::Xml => b"<=",
        Format::Csv(_) => b",;\t\n",
        Format::Multipart(_) => b",;\t\n[{<=&",
    };
    let counted = marks.chunks(3).map(|marks| match *marks {
        [one, two, three] => memchr::memchr3_iter(one, two, three, source).count(),
        [one, two] => memchr::memchr2_iter(one, two, source).count(),
        [one] => memchr::memchr_iter(one, source).count(),
        _ => 0,
    });
    let count = counted.sum::<usize>().saturating_add(1);
    let ends = if format == Format::Xml { memmem::find_iter(source, b"</").count() } else { 0 };
    // Names of forms are told in several readings.
    let is_form = matches!(format, Format::Form | Format::Query | Format::Multipart(_));
    let readings = if is_form { 4 } else { 1 };
    let nodes = count.saturating_sub(ends).saturating_mul(readings).min(bounds.nodes);
    let names = if format == Format::Xml { 128 } else { 32 };
    let tape = if program.reads_values() { 96 } else { 0 };
    let has_columns = matches!(format, Format::Csv(_) | Format::Multipart(_));
    let columns = if has_columns { source.len().min(csv::NAMES_BYTES) * 3 } else { 0 };
    nodes.saturating_mul(names + tape).saturating_add(columns)
}

/// Finds all nodes that one selector gives on a JSON document, containers too: the nodelist of
/// RFC 9535, section 2.1.2, in its order, with its repetitions.
pub fn query(selector: &Selector, json: &[u8]) -> Result<Vec<Span>, Refusal> {
    selector::locate(selector, json)
}

/// A document at the door of its source.
struct Document<'a> {
    format: Format,
    source: &'a [u8],
    context: ReadContext<'a>,
}

impl Source for Document<'_> {
    fn visit<S: Visitor>(&self, visitor: &mut S) -> Result<(), Refusal> {
        let (source, context) = (self.source, self.context);
        let charset = context.options.charset();
        match self.format {
            Format::Json | Format::Ndjson | Format::JsonSeq | Format::EventStream => {
                json::scan(source, context.program.naming(), context.bounds, visitor)
            }
            Format::Form => {
                language::is_not_another(source, context.readings)?;
                flat::scan(source, Codec::Form(charset), context, visitor)
            }
            Format::Query => flat::scan(source, Codec::Query(charset), context, visitor),
            Format::Multipart(boundary) => multipart::scan(source, &boundary, context, visitor),
            Format::Xml => xml::scan(source, context, visitor),
            Format::Csv(dialect) => {
                language::is_not_another(source, context.readings)?;
                csv::scan(source, dialect, None, context, visitor)
            }
            Format::Cookie => cookie::scan(source, Line::Cookie, context, visitor),
            Format::SetCookie => cookie::scan(source, Line::SetCookie, context, visitor),
        }
    }
}
