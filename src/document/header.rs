//! Header fields (RFC 9110, section 5): names as members, values as a whole.
//!
//! A field name is a member in lower case, and every sign in it a hyphen: `$['x-user-email']`. Several lines of one name are
//! several members of that name, and a rule selects them all. The value of a line is one text;
//! lists are not taken apart. Optional white space around a value (RFC 9110, section 5.6.3) is no
//! part of it. Which fields a rule may name at all (`host` is not one) is the rules' question.

use crate::base::Span;
use crate::document::Codec;
use crate::document::Field;
use crate::document::Named;
use crate::document::ReadContext;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::codec;
use crate::document::outline::Outline;
use crate::document::outline::Style;
use crate::document::path::Members;
use crate::document::visitor;

/// The field lines of a message, collected to be looked at together.
#[derive(Debug, Default)]
pub struct Headers {
    /// The values, one after the other, each with a line break behind it.
    values: Vec<u8>,
    lines: Vec<(String, Span)>,
}

/// A field in a header: the line it is in, by the order of [`Headers::push`], and the place inside
/// the value of that line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InLine {
    /// The number of the line, from 0.
    pub line: usize,
    /// The field; its span counts from the start of the value.
    pub field: Field,
}

impl Headers {
    /// Adds a field line.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let front = value.iter().take_while(|byte| is_blank(**byte)).count();
        let back = value.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let start = self.values.len();
        self.values.extend_from_slice(value);
        let end = self.values.len().saturating_sub(back).max(start + front);
        // Applications behind CGI get one variable of `X-A`, `X_A`, `X.A` and `X!A`.
        let sign = |letter: char| !letter.is_ascii_alphanumeric();
        let name = name.to_ascii_lowercase().replace(sign, "-");
        self.lines.push((name, visitor::span(start + front, end)));
        self.values.push(b'\n');
    }

    /// Finds the fields that a program selects, line by line.
    ///
    /// Refuses a selected value that is not UTF-8 or holds control characters; the offset counts
    /// over all values.
    pub fn select(&self, context: ReadContext<'_>) -> Result<Vec<InLine>, Refusal> {
        let fields = self.fields(context)?;
        Ok(fields.into_iter().filter_map(|field| self.in_line(field)).collect())
    }

    /// All values, one after the other with a line break behind each: what the spans of
    /// [`Headers::fields`] count in.
    pub fn source(&self) -> &[u8] {
        &self.values
    }

    /// Finds the same fields as [`Headers::select`], with their places in [`Headers::source`].
    pub fn fields(&self, context: ReadContext<'_>) -> Result<Vec<Field>, Refusal> {
        self.members(&self.named(), context).select(context)
    }

    /// Returns the name of the line that has a field at this place of [`Headers::source`].
    pub fn name_at(&self, span: Span) -> Option<&str> {
        let line = self.lines.iter().find(|(_, line)| line.start() == span.start());
        line.map(|(name, _)| name.as_str())
    }

    pub(crate) fn outline(&self, context: ReadContext<'_>, style: Style<'_>) -> Outline {
        self.members(&self.named(), context).outline(context, style)
    }

    fn members<'a>(&'a self, named: &'a [Named], context: ReadContext<'a>) -> Members<'a> {
        Members { source: &self.values, codec: Codec::Header, named, program: context.program }
    }

    fn named(&self) -> Vec<Named> {
        let named = |(name, span): &(String, Span)| Named { name: name.clone(), span: *span };
        self.lines.iter().map(named).collect()
    }

    fn in_line(&self, field: Field) -> Option<InLine> {
        let line = self.lines.partition_point(|(_, span)| span.start() < field.span.start());
        let start = self.line_start(line);
        let (first, last) = (field.span.start().checked_sub(start)?, field.span.end() - start);
        Some(InLine { line, field: Field { span: Span::new(first, last)?, ..field } })
    }

    /// Where the value of a line starts, blanks included.
    fn line_start(&self, line: usize) -> u32 {
        let before = self.lines.get(line).map_or(0, |(_, span)| span.start());
        let at = usize::try_from(before).unwrap_or(usize::MAX);
        let front = self.values.get(..at).unwrap_or_default();
        let start = front.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        u32::try_from(start).unwrap_or(u32::MAX)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_control(letter: char) -> bool {
    letter.is_ascii_control() && letter != '\t'
}

/// Reads a value: UTF-8 without control characters.
pub(super) fn decode(raw: &[u8], out: &mut String) -> Result<(), Refusal> {
    let text = codec::utf8(raw)?;
    if let Some(at) = text.find(is_control) {
        return Err(Refusal::new(Reason::ControlCharacter, at));
    }
    out.push_str(text);
    Ok(())
}

/// Writes a value; a question mark in the place of a control character.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().map(|byte| if is_control(char::from(byte)) { b'?' } else { byte }));
}

/// Whether a value can hold a text.
pub(super) fn holds(text: &str) -> bool {
    !text.contains(is_control) && !text.starts_with([' ', '\t']) && !text.ends_with([' ', '\t'])
}
