//! CSV (RFC 4180) and its usual dialects: rows as elements, cells as members.
//!
//! The document is a list of rows. With a header row, which is the default, a row is an object and
//! the header's cells are its names: `$[*].email`, `$[1].name`; the header itself is no row.
//! Without one a row is a list: `$[*][2]`. Empty lines are no rows, nor the header.
//!
//! The separator is a comma, a semicolon or a tab: the one that the header row has outside quotes;
//! with two kinds in it the document is refused unless the dialect is given. A cell in quotes may
//! hold anything, quotes doubled; a quotation mark in another cell is refused, because readers
//! differ, and to protect a backslash before one and everything else that some reader takes for the end of a
//! line. Lines end in CRLF or LF. A byte order mark in front, as spreadsheets write it, is passed over.
//!
//! A name that occurs twice is refused when a rule selects it. A row may be shorter than the
//! header, as spreadsheets save them; a longer one is refused. A spreadsheet runs cells that start
//! with certain characters as formulas: [`Dialect::guarded`] writes an apostrophe before them.

mod cell;
mod columns;

pub(super) use cell::{decode, encode, encode_guarded, holds, is_formula};
pub(super) use columns::NAMES_BYTES;

use crate::base::Span;
use crate::document::Codec;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::csv::columns::Columns;
use crate::document::flat;
use crate::document::selector::is_column;
use crate::document::visitor;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

/// How a CSV document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// The separator; none to find it in the first row.
    pub separator: Option<Separator>,
    /// Whether the first row gives names.
    pub header: bool,
    /// Whether texts that a spreadsheet would run as formulas are written behind an apostrophe.
    /// It changes the data, so reading it back gives another value.
    pub guarded: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { separator: None, header: true, guarded: true }
    }
}

/// What stands between two cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Separator {
    /// Cells are divided by `,`.
    Comma,
    /// Cells are divided by `;`.
    Semicolon,
    /// Cells are divided by a tab.
    Tab,
}

impl Separator {
    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    /// The one that a row has outside quotes; a comma when there is none.
    fn of_row(row: &[u8]) -> Result<Self, Refusal> {
        let mut found: Option<Self> = None;
        let mut quoted = false;
        for (at, byte) in row.iter().enumerate() {
            let separator = match byte {
                b'"' => {
                    quoted = !quoted;
                    continue;
                }
                b',' => Self::Comma,
                b';' => Self::Semicolon,
                b'\t' => Self::Tab,
                b'\n' if !quoted => break,
                _ => continue,
            };
            if quoted || found == Some(separator) {
                continue;
            }
            if found.is_some() {
                return Err(Refusal::new(Reason::AmbiguousSeparator, at));
            }
            found = Some(separator);
        }
        Ok(found.unwrap_or(Self::Comma))
    }
}

/// What the first row says about the others; kept while a large document is read in pieces, with one program.
#[derive(Debug, Clone)]
pub(super) struct Head {
    separator: Separator,
    /// The columns that have names; none when rows are lists.
    columns: Option<Columns>,
    guarded: bool,
}

/// Reads a document, or the one in a part of this name, and emits its events.
pub(super) fn scan<S: Visitor>(
    source: &[u8],
    dialect: Dialect,
    part: Option<&str>,
    context: ReadContext<'_>,
    visitor: &mut S,
) -> Result<(), Refusal> {
    let (head, start) = head(source, dialect, context)?;
    has_one_reading(source, visitor::span(0, start), context.readings)?;
    if context.readings == Readings::All
        && let Some(columns) = &head.columns
    {
        let lacks = |alternatives: &[Box<str>]| {
            let like = |name: &str| alternatives.iter().any(|column| is_column(name, column));
            !columns.names().any(like)
        };
        let pair = columns.names().any(|name| name.contains('='));
        // Some readers pass over a row without any name, and find the names below it.
        let is_blank = !columns.names().any(|name| name.contains(char::is_alphanumeric));
        let hides = is_blank && !columns.is_empty() && !context.program.is_empty();
        // A row of names alone may be the only row of values to whoever expects no names.
        if pair || hides || (!columns.is_empty() && context.program.columns(part).any(lacks)) {
            return Err(Refusal::new(Reason::MissingColumn, 0));
        }
    }
    rows(source, Rows { head: &head, start, first: 0 }, context, visitor)
}

/// Reads the first row of a document, and gives the offset where the rows start. Refuses more columns or longer
/// names than [`Columns::add`] takes.
pub(super) fn head(
    source: &[u8],
    dialect: Dialect,
    context: ReadContext<'_>,
) -> Result<(Head, usize), Refusal> {
    flat::fits(source)?;
    let mut mark = if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    while let Some(after) = empty_line(source, mark) {
        mark = after;
    }
    let first = source.get(mark..).unwrap_or_default();
    let separator = match dialect.separator {
        Some(separator) => separator,
        None => Separator::of_row(first).map_err(|error| moved(error, mark))?,
    };
    let mut head = Head { separator, columns: None, guarded: dialect.guarded };
    if !dialect.header {
        return Ok((head, mark));
    }
    let mut row = Row { source, at: mark, separator: separator.byte(), ended: false };
    let mut columns = Columns::default();
    while mark < source.len()
        && let Some(cell) = row.cell()?
    {
        columns.add(source, cell, context)?;
    }
    columns.finish();
    head.columns = Some(columns);
    Ok((head, row.at))
}

/// Rows of a document whose header row was read.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) head: &'a Head,
    /// The offset at which the rows start.
    pub(super) start: usize,
    /// The position of the first of them in the whole document.
    pub(super) first: u32,
}

/// Emits rows behind a head that was read. Refuses a row that breaks RFC 4180.
pub(super) fn rows<S: Visitor>(
    source: &[u8],
    Rows { head, start, first }: Rows<'_>,
    context: ReadContext<'_>,
    visitor: &mut S,
) -> Result<(), Refusal> {
    flat::fits(source)?;
    let text = source.get(start..).unwrap_or_default();
    codec::utf8(text).map_err(|error| moved(error, start))?;
    visitor.enter(Shape::Array, offset(start))?;
    let (mut at, mut position) = (start, first);
    while at < source.len() {
        if let Some(after) = empty_line(source, at) {
            at = after;
            continue;
        }
        let mut row = Row { source, at, separator: head.separator.byte(), ended: false };
        visitor.index(position);
        let shape = if head.columns.is_some() { Shape::Object } else { Shape::Array };
        visitor.enter(shape, offset(at))?;
        let mut column = 0_u32;
        while let Some(span) = row.cell()? {
            has_one_reading(source, span, context.readings)?;
            match &head.columns {
                Some(columns) => key(columns, column, span, visitor)?,
                None => {
                    visitor.index(column);
                }
            }
            let codec = if head.guarded { Codec::GuardedCell } else { Codec::Cell };
            visitor.leaf(Leaf { span, codec, scalar: Scalar::Text })?;
            column += 1;
        }
        at = row.at;
        visitor.up(offset(at));
        position = position.saturating_add(1);
    }
    visitor.up(offset(source.len()));
    Ok(())
}

/// Refuses, to protect, what some readers take for the end of a cell or of a line: they find other cells. A
/// backslash in front of a quotation mark is an escape to `fgetcsv` of PHP and to `OpenCSV`.
fn has_one_reading(source: &[u8], span: Span, readings: Readings) -> Result<(), Refusal> {
    if readings == Readings::Standard {
        return Ok(());
    }
    let start = usize::try_from(span.start()).unwrap_or(usize::MAX);
    let text = codec::utf8(span.of(source)).map_err(|error| moved(error, start))?;
    let escape = text.find("\\\"").map(|at| Refusal::new(Reason::AmbiguousQuote, at));
    let line = || cell::line_break(text).map(|at| Refusal::new(Reason::ControlCharacter, at));
    escape.or_else(line).map_or(Ok(()), |refusal| Err(moved(refusal, start)))
}

/// Emits the name of a column; refuses one that two selected columns have, and a cell too many.
fn key<S: Visitor>(
    columns: &Columns,
    column: u32,
    span: Span,
    visitor: &mut S,
) -> Result<(), Refusal> {
    let at = usize::try_from(column).unwrap_or(usize::MAX);
    let Some((name, repeats)) = columns.get(at) else {
        return Err(Refusal { reason: Reason::RaggedRow, offset: span.start() });
    };
    if visitor.key(name) && repeats {
        return Err(Refusal { reason: Reason::DuplicateKey, offset: span.start() });
    }
    Ok(())
}

/// The offset behind an empty line that starts here.
fn empty_line(source: &[u8], at: usize) -> Option<usize> {
    let rest = source.get(at..)?;
    match rest {
        [b'\n', ..] => Some(at + 1),
        [b'\r', b'\n', ..] => Some(at + 2),
        _ => None,
    }
}

/// A row while it is read.
struct Row<'a> {
    source: &'a [u8],
    at: usize,
    separator: u8,
    ended: bool,
}

impl Row<'_> {
    /// The next cell with its quotes; none behind the last one. Then `at` is behind the line's end.
    fn cell(&mut self) -> Result<Option<Span>, Refusal> {
        if self.ended {
            return Ok(None);
        }
        let start = self.at;
        let rest = self.source.get(start..).unwrap_or_default();
        let length = cell::length(rest, self.separator).map_err(|error| moved(error, start))?;
        let end = start + length;
        let behind = self.source.get(end..).unwrap_or_default();
        self.at = match behind {
            [byte, ..] if *byte == self.separator => end + 1,
            [b'\n', ..] => end + 1,
            [b'\r', b'\n', ..] => end + 2,
            [_, ..] => return Err(Refusal::new(Reason::AmbiguousQuote, end)),
            [] => end,
        };
        self.ended = behind.first() != Some(&self.separator);
        Ok(Some(visitor::span(start, end)))
    }
}

/// Makes an offset in a part one in the whole.
fn moved(error: Refusal, start: usize) -> Refusal {
    let inside = usize::try_from(error.offset).unwrap_or(usize::MAX);
    Refusal::new(error.reason, start.saturating_add(inside))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
