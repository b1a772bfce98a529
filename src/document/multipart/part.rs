//! One part: its name, and its body as a value.

use memchr::memmem;

use crate::base::Span;
use crate::document::Charset;
use crate::document::Codec;
use crate::document::FileAs;
use crate::document::Format;
use crate::document::Options;
use crate::document::Program;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::csv;
use crate::document::flat::Emitter;
use crate::document::json;
use crate::document::multipart::disposition;
use crate::document::multipart::disposition::Declared;
use crate::document::multipart::disposition::File;
use crate::document::multipart::disposition::Head;
use crate::document::percent;
use crate::document::selector::Numbers;
use crate::document::selector::is_spelling;
use crate::document::visitor;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shifted;
use crate::document::visitor::Visitor;
use crate::document::xml;

pub(super) fn read<S: Visitor>(
    source: &[u8],
    span: Span,
    context: ReadContext<'_>,
    emitter: &mut Emitter<'_, S>,
) -> Result<(), Refusal> {
    let (raw, start) = (span.of(source), usize::try_from(span.start()).unwrap_or(usize::MAX));
    let Some(end) = memmem::find(raw, b"\r\n\r\n") else {
        return Err(Refusal::new(Reason::InvalidPart, start));
    };
    let lines = raw.get(..end).unwrap_or_default();
    let head =
        disposition::read(lines, context.options.charset()).map_err(|error| moved(error, start))?;
    let part = Part {
        at: start,
        body: raw.get(end + 4..).unwrap_or_default(),
        start: start + end + 4,
        how: how(&head, context.program, context.options, context.readings),
        context,
    };
    part.emit(&head, emitter)
}

/// How the body of a part is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// Not at all: it is a file.
    Pass,
    /// It is a file whose name some reader takes for a field that rules select.
    Refuse,
    Text,
    /// As a document below the name.
    Document(FileAs),
}

/// Whether a part is not looked at; one with broken headers is no such part.
pub(super) fn is_passed(
    raw: &[u8],
    ReadContext { program, options, readings, .. }: ReadContext<'_>,
) -> bool {
    let lines = memmem::find(raw, b"\r\n\r\n").and_then(|end| raw.get(..end));
    let head = lines.and_then(|lines| disposition::read(lines, options.charset()).ok());
    head.is_some_and(|head| matches!(how(&head, program, options, readings), How::Pass))
}

/// Decides how a part with these headers is read. The route decides: by `files`, by its rules, and by the
/// formats that it reads. What the part says of itself is believed where rules go on inside of it.
pub(super) fn how(head: &Head, program: &Program, options: &Options, readings: Readings) -> How {
    let is_file = head.file != File::No;
    if let Some((_, told)) = read_as(head, options).filter(|_| is_file) {
        return if *told == FileAs::Text { How::Text } else { How::Document(*told) };
    }
    let protects = readings == Readings::All;
    let own = match head.format {
        Some(Format::Json) => Some(FileAs::Json),
        Some(Format::Xml) if options.xml_parts || !protects => Some(FileAs::Xml),
        _ => None,
    };
    let names = names(head, options);
    let is_entered = || protects && names.iter().any(|name| program.enters(name));
    let is_selected =
        || protects && names.iter().any(|name| !program.loosely(name, Numbers::Kept).is_empty());
    match (head.file, own) {
        (File::No, Some(own)) => How::Document(own),
        (File::Yes | File::Perhaps, Some(own)) if is_entered() => How::Document(own),
        (File::No | File::Perhaps, _) => How::Text,
        (File::Yes, _) if is_selected() => How::Refuse,
        (File::Yes, _) => How::Pass,
    }
}

/// The names of a part: as it is, percent-decoded, and the one in the route for which readers take it.
pub(super) fn names(head: &Head, options: &Options) -> Vec<String> {
    let mut names = vec![head.name.clone()];
    if head.file != File::No
        && let Some((name, _)) = read_as(head, options)
        && *name != head.name
    {
        names.push(name.clone());
    }
    let mut decoded = String::new();
    if head.name.contains('%')
        && percent::decode_path(head.name.as_bytes(), &mut decoded).is_ok()
        && decoded != head.name
    {
        names.push(decoded);
    }
    names
}

/// How the route says that files of this name are read, and the name as the route writes it: in any
/// spelling that a framework takes for it.
fn read_as<'o>(head: &Head, options: &'o Options) -> Option<&'o (String, FileAs)> {
    let exact = options.files.iter().find(|(name, _)| *name == head.name);
    exact.or_else(|| options.files.iter().find(|(name, _)| is_spelling(&head.name, name)))
}

struct Part<'a> {
    /// Where its headers start.
    at: usize,
    body: &'a [u8],
    /// Where its body starts.
    start: usize,
    how: How,
    context: ReadContext<'a>,
}

impl Part<'_> {
    fn emit<S: Visitor>(&self, head: &Head, emitter: &mut Emitter<'_, S>) -> Result<(), Refusal> {
        let names = names(head, self.context.options);
        let default = head.name == "_charset_" && head.file == File::No;
        if default && !self.confirms() {
            // It would change how all other parts are read (RFC 7578, section 4.6).
            return Err(Refusal::new(Reason::UnsupportedCharset, self.start));
        }
        let mut selected = false;
        for name in &names {
            selected |= match self.how {
                How::Pass => false,
                How::Refuse => return Err(Refusal::new(Reason::AmbiguousFile, self.at)),
                // What a browser sends for a file that was not chosen.
                How::Document(_) if head.file == File::Perhaps && self.body.is_empty() => false,
                How::Text if self.is_nameless_file(head) => {
                    // A file to readers that do not ask for the name of one.
                    return Err(Refusal::new(Reason::AmbiguousFile, self.at));
                }
                How::Text => self.text(name, head, emitter)?,
                How::Document(file) => {
                    let mut document = |visitor: &mut S| self.document(file, head, visitor);
                    emitter.emit_document(name, self.at, &mut document)?;
                    false
                }
            };
        }
        let read = selected || self.context.program.reads_values();
        match self.how {
            How::Text if read => {
                let mut text = zeroize::Zeroizing::new(String::new());
                let read = self.charset(head)?.read(self.body, &mut text);
                read.map_err(|error| moved(error, self.start))
            }
            How::Text | How::Pass | How::Refuse | How::Document(_) => Ok(()),
        }
    }

    /// Whether the route reads files of this name as documents, and this one has no file name.
    fn is_nameless_file(&self, head: &Head) -> bool {
        let told = read_as(head, self.context.options);
        self.context.readings == Readings::All
            && head.file == File::No
            && !self.body.is_empty()
            && told.is_some_and(|(_, file)| *file != FileAs::Text)
    }

    /// Whether a default for the other parts is the character set in which they are read anyway.
    fn confirms(&self) -> bool {
        let told = Charset::settle(Some(self.body), b"");
        told.is_ok_and(|charset| charset == self.context.options.charset())
    }

    /// What the text of the part is in: what it says itself, or what the form is in.
    fn charset(&self, head: &Head) -> Result<Charset, Refusal> {
        match head.declared {
            Declared::Nothing => Ok(self.context.options.charset()),
            Declared::This(charset) => Ok(charset),
            Declared::Another => Err(Refusal::new(Reason::UnsupportedCharset, self.at)),
        }
    }

    fn text<S: Visitor>(
        &self,
        name: &str,
        head: &Head,
        emitter: &mut Emitter<'_, S>,
    ) -> Result<bool, Refusal> {
        let untold = head.file == File::Perhaps && read_as(head, self.context.options).is_none();
        if untold {
            // What a browser sends for a file that was not chosen has no content.
            if !self.body.is_empty() && emitter.selects(name, self.at)? {
                return Err(Refusal::new(Reason::AmbiguousFile, self.at));
            }
            return Ok(false);
        }
        let span = visitor::span(self.start, self.start + self.body.len());
        // A part in a character set that is not read is refused below, if it is selected.
        let charset = self.charset(head).unwrap_or_default();
        let leaf = Leaf { span, codec: Codec::Part(charset), scalar: Scalar::Text };
        emitter.emit(name, self.at, &mut |visitor| visitor.leaf(leaf))
    }

    fn document<S: Visitor>(
        &self,
        file: FileAs,
        head: &Head,
        visitor: &mut S,
    ) -> Result<(), Refusal> {
        // These are in UTF-8 where they do not say otherwise, whatever the form is in.
        let utf8 = Declared::This(Charset::UTF8);
        if head.declared != Declared::Nothing && head.declared != utf8 {
            return Err(Refusal::new(Reason::UnsupportedCharset, self.at));
        }
        let by = u32::try_from(self.start).unwrap_or(u32::MAX);
        let mut inner = Shifted { visitor, by };
        let context = self.context;
        let read = match file {
            FileAs::Xml => xml::scan(self.body, context, &mut inner),
            FileAs::Csv(dialect) => {
                csv::scan(self.body, dialect, Some(&head.name), context, &mut inner)
            }
            FileAs::Json => {
                json::scan(self.body, context.program.naming(), context.bounds, &mut inner)
            }
            FileAs::Text => Ok(()),
        };
        read.map_err(|error| moved(error, self.start))
    }
}

/// Makes an offset in a part one in the whole.
fn moved(error: Refusal, start: usize) -> Refusal {
    let inside = usize::try_from(error.offset).unwrap_or(usize::MAX);
    Refusal::new(error.reason, start.saturating_add(inside))
}
