//! Why a document is not accepted, and where.

use std::fmt;

/// What is wrong with a document. The list is closed: [`Reason::code`] is part of the public
/// answer, so a new one is a change that users see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No byte at all. Whether a message may have no body is the caller's question.
    Empty,
    /// A byte order mark in front: RFC 8259, section 8.1 forbids it.
    ByteOrderMark,
    /// Bytes that are not UTF-8 (RFC 3629), a raw surrogate included.
    InvalidUtf8,
    /// The document ends inside a value.
    UnexpectedEnd,
    /// A byte that the grammar does not allow here: a comment, a trailing comma, `NaN`, quotes of
    /// the wrong kind.
    UnexpectedByte,
    /// Something after the end of the value.
    TrailingData,
    /// A number that the grammar of RFC 8259, section 6 does not allow.
    InvalidNumber,
    /// A raw character below U+0020 inside a string, or what some readers take for the end of a line.
    ControlCharacter,
    /// A backslash followed by something that is no escape.
    InvalidEscape,
    /// Half of a surrogate pair, escaped: RFC 8259, section 8.2 calls its meaning unpredictable.
    LoneSurrogate,
    /// Two members of one object have the same name after decoding and folding.
    DuplicateKey,
    /// U+0000 in a name: some readers cut the name there.
    NulInKey,
    /// Nested deeper than the limit.
    TooDeep,
    /// More digits in one number than the limit.
    NumberTooLong,
    /// Longer than offsets of four bytes can name; in a header row of CSV more names than are kept.
    TooLarge,
    /// More values, containers and attributes than the limit, or more columns with names.
    TooManyNodes,
    /// More selected fields than the limit.
    TooManyFields,
    /// A selected value longer than the limit.
    ValueTooLong,
    /// A rule that refuses containers selects an object or array.
    ContainerSelected,
    /// A percent sign without two hexadecimal digits in a name or a selected value.
    InvalidPercentEscape,
    /// Brackets in a parameter name that readers take apart in different ways.
    AmbiguousName,
    /// A semicolon that some readers take for a separator, at a selected place.
    AmbiguousSeparator,
    /// A character set that the WHATWG Encoding standard does not name.
    UnknownCharset,
    /// A character set whose bytes change their meaning on the way, or which stands for all that
    /// must not be read.
    UnsupportedCharset,
    /// Bytes whose character set two readers could see differently: a byte order mark against the
    /// declaration, or UTF-16 that does not say its order.
    AmbiguousCharset,
    /// Bytes that the declared character set does not have.
    InvalidInCharset,
    /// A character of the new value that the document's character set does not have.
    NotInCharset,
    /// A part of a multipart form without a name.
    MissingName,
    /// A header line of a part that is broken, repeated, or read differently by different readers:
    /// `name*`, a folded line, a transfer encoding.
    InvalidPart,
    /// A boundary that is not on a line of its own, or text outside the parts.
    AmbiguousBoundary,
    /// A part that some readers take for a file and others for a selected field.
    AmbiguousFile,
    /// A quotation mark at a place where readers disagree on what it means.
    AmbiguousQuote,
    /// A header row without the column that a rule selects, without any name, or with a pair of a form in it.
    MissingColumn,
    /// A row with more cells than there are names.
    RaggedRow,
    /// A document type declaration: it can define entities and pull in files.
    Doctype,
    /// A processing instruction.
    ProcessingInstruction,
    /// A reference to an entity that XML 1.0, section 4.6 does not predefine.
    UnknownEntity,
    /// A character that XML 1.0, section 2.2 does not allow, also as a reference.
    InvalidCharacter,
    /// Two attributes of one element have the same name.
    DuplicateAttribute,
    /// An end tag that does not belong to the element it would end.
    MismatchedTag,
    /// A place whose text cannot be a document of its own.
    NotNested,
    /// Filters would need more steps on this document than allowed.
    TooCostly,
}

impl Reason {
    /// Gives the word that stands in problem documents, logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::ByteOrderMark => "byte_order_mark",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::UnexpectedEnd => "unexpected_end",
            Self::UnexpectedByte => "unexpected_byte",
            Self::TrailingData => "trailing_data",
            Self::InvalidNumber => "invalid_number",
            Self::ControlCharacter => "control_character",
            Self::InvalidEscape => "invalid_escape",
            Self::LoneSurrogate => "lone_surrogate",
            Self::DuplicateKey => "duplicate_key",
            Self::NulInKey => "nul_in_key",
            Self::TooDeep => "too_deep",
            Self::NumberTooLong => "number_too_long",
            Self::TooLarge => "too_large",
            Self::TooManyNodes => "too_many_nodes",
            Self::TooManyFields => "too_many_fields",
            Self::ValueTooLong => "value_too_long",
            Self::ContainerSelected => "container_selected",
            Self::InvalidPercentEscape => "invalid_percent_escape",
            Self::AmbiguousName => "ambiguous_name",
            Self::AmbiguousSeparator => "ambiguous_separator",
            Self::UnknownCharset => "unknown_charset",
            Self::UnsupportedCharset => "unsupported_charset",
            Self::AmbiguousCharset => "ambiguous_charset",
            Self::InvalidInCharset => "invalid_in_charset",
            Self::NotInCharset => "not_in_charset",
            Self::MissingName => "missing_name",
            Self::InvalidPart => "invalid_part",
            Self::AmbiguousBoundary => "ambiguous_boundary",
            Self::AmbiguousFile => "ambiguous_file",
            Self::AmbiguousQuote => "ambiguous_quote",
            Self::MissingColumn => "missing_column",
            Self::RaggedRow => "ragged_row",
            Self::Doctype => "doctype",
            Self::ProcessingInstruction => "processing_instruction",
            Self::UnknownEntity => "unknown_entity",
            Self::InvalidCharacter => "invalid_character",
            Self::DuplicateAttribute => "duplicate_attribute",
            Self::MismatchedTag => "mismatched_tag",
            Self::NotNested => "not_nested",
            Self::TooCostly => "too_costly",
        }
    }
}

/// A refused document: the reason and the byte where it was found. It never holds the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub struct Refusal {
    /// The rule that the document breaks.
    pub reason: Reason,
    /// Offset in bytes, from 0.
    pub offset: u32,
}

impl Refusal {
    /// Gives a refusal at a byte; an offset beyond four bytes is shown as the largest one.
    pub(crate) fn new(reason: Reason, offset: usize) -> Self {
        Self { reason, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at byte {}", self.reason.code(), self.offset)
    }
}
