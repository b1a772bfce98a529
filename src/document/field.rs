//! What a selection gives, and how much of it is allowed.

use crate::base::Kind;
use crate::base::Limits;
use crate::base::Span;
use crate::document::Codec;

/// One scalar that one rule selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Index into the rules the program was compiled from.
    pub rule: u16,
    /// The bytes to replace. In JSON the whole literal: the string with its quotes, or the number.
    pub span: Span,
    /// How text is written at this place.
    pub codec: Codec,
    /// Whether it is a text or a number.
    pub kind: Kind,
}

/// How much a document may hold. Sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Nesting of containers.
    pub depth: usize,
    /// Digits of one number, exponent included.
    pub number_digits: usize,
    /// Values, containers and attributes of one document. A name that is read in several ways counts as
    /// often.
    pub nodes: usize,
    /// Fields that one selection may give.
    pub fields: usize,
    /// One selected value, decoded.
    pub value_bytes: usize,
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Self {
            depth: limits.depth,
            number_digits: limits.number_digits,
            nodes: limits.nodes,
            fields: limits.fields,
            value_bytes: limits.value_bytes,
        }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}
