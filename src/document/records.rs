//! Streams of records: NDJSON, JSON text sequences (RFC 7464), server-sent events, and rows of CSV.
//!
//! A record is a document of its own, so a stream of any length is read in the memory of its
//! longest record: [`Records`] takes pieces as they arrive and gives whole records, which joined
//! are the stream byte for byte. What to do with a record that is refused (a request fails, a
//! response passes it untouched) is the caller's question.
//!
//! Rows of CSV keep the positions they have in the whole, and the names of its header; selectors
//! that count from the end, or filters that compare rows, see one row at a time here.

use crate::base::Span;
use crate::document;
use crate::document::Dialect;
use crate::document::Field;
use crate::document::Format;
use crate::document::ReadContext;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::csv;
use crate::document::events;
use crate::document::flat;
use crate::document::outline::Outline;
use crate::document::outline::Style;
use crate::document::selector;
use crate::document::selector::Source;
use crate::document::visitor;
use crate::document::visitor::Visitor;

/// The record separator of RFC 7464.
const SEPARATOR: u8 = 0x1e;

/// How records follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// A JSON text a line.
    Lines,
    /// JSON texts behind record separators.
    Sequence,
    /// Events with an empty line behind each.
    Events,
    Rows(Dialect),
}

impl Framing {
    fn of(format: Format) -> Option<Self> {
        match format {
            Format::Ndjson => Some(Self::Lines),
            Format::JsonSeq => Some(Self::Sequence),
            Format::EventStream => Some(Self::Events),
            Format::Csv(dialect) => Some(Self::Rows(dialect)),
            Format::Json
            | Format::Form
            | Format::Query
            | Format::Multipart(_)
            | Format::Xml
            | Format::Cookie
            | Format::SetCookie => None,
        }
    }
}

/// How records follow each other in a format that is read record by record; none of CSV, whose rows
/// are parts of one document when it is read whole.
pub(super) fn framing(format: Format) -> Option<Framing> {
    Framing::of(format).filter(|framing| !matches!(framing, Framing::Rows(_)))
}

/// Finds the fields of all records of a whole body.
pub(super) fn select(
    framing: Framing,
    source: &[u8],
    context: ReadContext<'_>,
) -> Result<Vec<Field>, Refusal> {
    flat::fits(source)?;
    let mut all = Vec::new();
    for (at, record) in whole(framing, source) {
        let by = u32::try_from(at).unwrap_or(u32::MAX);
        let offset = |error: Refusal| Refusal { offset: error.offset.saturating_add(by), ..error };
        let fields = one(framing, record, context).map_err(offset)?;
        all.extend(
            fields.into_iter().map(|field| Field { span: visitor::shift(field.span, by), ..field }),
        );
        if all.len() > context.bounds.fields {
            return Err(Refusal::new(Reason::TooManyFields, at));
        }
    }
    Ok(all)
}

/// The records of a whole body, each with the offset where it starts.
fn whole(framing: Framing, source: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = source.get(at..).filter(|rest| !rest.is_empty())?;
        let length = length(framing, rest, &mut Progress::default()).unwrap_or(rest.len());
        let start = at;
        at += length;
        Some((start, rest.get(..length).unwrap_or_default()))
    })
}

/// Lists all scalars, record by record.
pub(super) fn outline(
    framing: Framing,
    source: &[u8],
    context: ReadContext<'_>,
    style: Style<'_>,
) -> Outline {
    let mut all = Outline::default();
    let read = |json: &[u8], most| {
        let style = Style { most, ..style };
        document::outline(Format::Json, json, context, style)
    };
    let mut number = 0_u32;
    for (at, record) in whole(framing, source) {
        let most = style.most.saturating_sub(all.items.len());
        let by = u32::try_from(at).unwrap_or(u32::MAX);
        let prefix = format!("record {number}: ");
        let refused = match framing {
            Framing::Events => match events::join(record) {
                Ok(None) => continue,
                Ok(Some(data)) => {
                    let inner = read(&data.json, most);
                    let refused = inner.refusal;
                    all.add(&prefix, inner, |span| visitor::shift(data.span(span), by));
                    refused
                }
                Err(refusal) => Some(refusal),
            },
            Framing::Lines | Framing::Sequence | Framing::Rows(_) => {
                let front = record.iter().take_while(|byte| **byte == SEPARATOR).count();
                let json = record.get(front..).unwrap_or_default();
                if json.trim_ascii().is_empty() {
                    continue;
                }
                let inner = read(json, most);
                let refused = inner.refusal;
                let by = u32::try_from(at + front).unwrap_or(u32::MAX);
                all.add(&prefix, inner, |span| visitor::shift(span, by));
                refused
            }
        };
        let moved = |error: Refusal| Refusal { offset: error.offset.saturating_add(by), ..error };
        all.refusal = all.refusal.or(refused.map(moved));
        number += 1;
    }
    all
}

/// Finds the fields of one record.
fn one(framing: Framing, record: &[u8], context: ReadContext<'_>) -> Result<Vec<Field>, Refusal> {
    let inside = |part: Span| document::select_in(Format::Json, record, part, context);
    match framing {
        Framing::Events => match events::refuses(record, context.readings) {
            Some(refusal) => Err(refusal),
            None => events::select(record, context),
        },
        Framing::Sequence => {
            let start = record.iter().take_while(|byte| **byte == SEPARATOR).count();
            if start == 0 {
                return Err(Refusal::new(Reason::UnexpectedByte, 0));
            }
            if !record.ends_with(b"\n") {
                // Cut off: RFC 7464, section 2.4.
                return Err(Refusal::new(Reason::UnexpectedEnd, record.len()));
            }
            inside(visitor::span(start, record.len()))
        }
        Framing::Lines | Framing::Rows(_) if record.trim_ascii().is_empty() => Ok(Vec::new()),
        Framing::Lines | Framing::Rows(_) => inside(visitor::span(0, record.len())),
    }
}

/// How far the end of a record was looked for.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    at: usize,
    /// Start of the line that is looked at, in events.
    line: usize,
    /// Inside quotes of CSV.
    quoted: bool,
}

/// The length of the record a source starts with; none when its end is not there yet.
fn length(framing: Framing, source: &[u8], progress: &mut Progress) -> Option<usize> {
    let rest = source.get(progress.at..).unwrap_or_default();
    let found = match framing {
        Framing::Events => {
            return events::length(source, &mut progress.line, &mut progress.at);
        }
        Framing::Sequence => sequence(source, progress.at),
        Framing::Rows(_) => row(rest, &mut progress.quoted).map(|length| progress.at + length),
        Framing::Lines => memchr::memchr(b'\n', rest).map(|at| progress.at + at + 1),
    };
    progress.at = source.len();
    found
}

/// The end of a JSON text of a sequence: where the next separator is.
fn sequence(source: &[u8], from: usize) -> Option<usize> {
    let front = source.iter().take_while(|byte| **byte == SEPARATOR).count();
    let from = from.max(front);
    memchr::memchr(SEPARATOR, source.get(from..)?).map(|at| from + at)
}

/// The end of a row: a line break outside quotes.
fn row(rest: &[u8], quoted: &mut bool) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\n', rest.get(at..)?) {
        at += found + 1;
        match rest.get(at - 1) {
            Some(b'"') => *quoted = !*quoted,
            _ if !*quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// A stream of records, taken apart while it arrives.
#[derive(Debug)]
pub struct Records {
    framing: Framing,
    /// How long a record may be, in bytes.
    limit: usize,
    buffer: Vec<u8>,
    /// What of the buffer was given out.
    done: usize,
    progress: Progress,
    ended: bool,
    rows: Rows,
}

/// Where a CSV stream is.
#[derive(Debug, Default)]
struct Rows {
    /// The first row; a refused one refuses all others, because their names are not known.
    head: Option<Result<csv::Head, Refusal>>,
    position: u32,
}

impl Records {
    /// Starts a stream whose records are at most this long. None for a format that has no records.
    pub fn new(format: Format, record_bytes: usize) -> Option<Self> {
        Framing::of(format).map(|framing| Self {
            framing,
            limit: record_bytes,
            buffer: Vec::new(),
            done: 0,
            progress: Progress::default(),
            ended: false,
            rows: Rows::default(),
        })
    }

    /// Takes a piece of the stream.
    pub fn feed(&mut self, piece: &[u8]) {
        if self.done > 0 {
            self.buffer.drain(..self.done);
            self.done = 0;
        }
        self.buffer.extend_from_slice(piece);
    }

    /// How many bytes were taken and not given out.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.done.min(self.buffer.len())
    }

    /// Says that the stream has ended: what is left is its last record.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Gives the next whole record with everything that belongs to it, line ends too; none when the
    /// rest of it has not arrived, or the stream is at its end.
    ///
    /// Refuses a record that is longer than the limit. The stream cannot go on behind it;
    /// [`Records::into_rest`] gives what was taken and not given out.
    pub fn next_record(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        let rest = self.buffer.get(self.done..).unwrap_or_default();
        let found = length(self.framing, rest, &mut self.progress);
        let length = match found {
            Some(length) => length,
            None if rest.len() > self.limit => rest.len(),
            None if self.ended && !rest.is_empty() => rest.len(),
            None => return Ok(None),
        };
        if length > self.limit {
            return Err(Refusal::new(Reason::TooLarge, self.limit));
        }
        let record = rest.get(..length).unwrap_or_default().to_vec();
        self.done += length;
        self.progress = Progress::default();
        Ok(Some(record))
    }

    /// Finds the fields of a record that [`Records::next_record`] gave; every record must be asked
    /// for in its turn, because rows count.
    pub fn select(
        &mut self,
        record: &[u8],
        context: ReadContext<'_>,
    ) -> Result<Vec<Field>, Refusal> {
        match self.framing {
            Framing::Rows(dialect) => self.rows.select(record, dialect, context),
            framing @ (Framing::Lines | Framing::Sequence | Framing::Events) => {
                one(framing, record, context)
            }
        }
    }

    /// Gives what was taken and not given out, so that it can pass untouched.
    pub fn into_rest(mut self) -> Vec<u8> {
        self.buffer.split_off(self.done.min(self.buffer.len()))
    }
}

impl Rows {
    fn select(
        &mut self,
        record: &[u8],
        dialect: Dialect,
        context: ReadContext<'_>,
    ) -> Result<Vec<Field>, Refusal> {
        let is_empty = matches!(record, b"\n" | b"\r\n");
        if self.head.is_none() && is_empty {
            // An empty line before the names is no row.
            return Ok(Vec::new());
        }
        let mut start = 0;
        let head = self.head.get_or_insert_with(|| {
            csv::head(record, dialect, context).map(|(head, behind)| {
                start = behind;
                head
            })
        });
        let head = head.as_ref().map_err(|refusal| *refusal)?;
        let rows = csv::Rows { head, start, first: self.position };
        let fields = selector::select(record, context, &Row { record, rows, context });
        if !matches!(record.get(start..), None | Some(b"" | b"\n" | b"\r\n")) {
            self.position = self.position.saturating_add(1);
        }
        fields
    }
}

struct Row<'a> {
    record: &'a [u8],
    rows: csv::Rows<'a>,
    context: ReadContext<'a>,
}

impl Source for Row<'_> {
    fn visit<S: Visitor>(&self, visitor: &mut S) -> Result<(), Refusal> {
        csv::rows(self.record, self.rows, self.context, visitor)
    }
}
