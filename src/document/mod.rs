//! Bodies and other places of a message as documents: what a selector finds, and replacing it.
//!
//! A front end reads a format strictly and tells it as events (`sink`): names, positions, and
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
mod sink;
mod names;
mod selector;
mod json;
mod percent;
mod flat;
mod form;
mod query;
mod text;
pub mod html;

pub use codec::Codec;
pub use field::{Bounds, Field};
pub use format::Format;
pub use names::KeyMatch;
pub use refusal::{Reason, Refusal};
pub use selector::{Note, OnContainer, Program, Selector, SelectorError, Want};
pub use splice::Splice;

use crate::base::Span;

use selector::Front;
use sink::Sink;

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
    selector::select(program, source, bounds, &Document { format, source, program, bounds })
}

/// Finds all nodes that one selector gives on a JSON document, containers too: the nodelist of
/// RFC 9535, section 2.1.2, in its order, with its repetitions.
pub fn query(selector: &Selector, json: &[u8]) -> Result<Vec<Span>, Refusal> {
    selector::locate(selector, json)
}

/// A document at the door of its front end.
struct Document<'a> {
    format: Format,
    source: &'a [u8],
    program: &'a Program,
    bounds: &'a Bounds,
}

impl Front for Document<'_> {
    fn tell<S: Sink>(&self, sink: &mut S) -> Result<(), Refusal> {
        match self.format {
            Format::Json => json::scan(self.source, self.program.naming(), self.bounds, sink),
            Format::Form => form::scan(self.source, self.program, self.bounds, sink),
            Format::Query => query::scan(self.source, self.program, self.bounds, sink),
        }
    }
}
