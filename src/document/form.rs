//! Forms: `application/x-www-form-urlencoded` bodies.

use crate::document::Bounds;
use crate::document::Charset;
use crate::document::Codec;
use crate::document::Program;
use crate::document::Refusal;
use crate::document::flat;
use crate::document::sink::Sink;

/// Reads a form and tells the sink.
pub(super) fn scan<S: Sink>(
    source: &[u8],
    charset: Charset,
    program: &Program,
    (bounds, sink): (&Bounds, &mut S),
) -> Result<(), Refusal> {
    flat::scan(source, Codec::Form(charset), program, (bounds, sink))
}
