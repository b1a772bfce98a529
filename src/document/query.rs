//! Queries: what stands behind the `?` of a request target, without it.

use crate::document::Bounds;
use crate::document::Charset;
use crate::document::Codec;
use crate::document::Program;
use crate::document::Refusal;
use crate::document::flat;
use crate::document::sink::Sink;

/// Reads a query and tells the sink.
pub(super) fn scan<S: Sink>(
    source: &[u8],
    charset: Charset,
    program: &Program,
    (bounds, sink): (&Bounds, &mut S),
) -> Result<(), Refusal> {
    flat::scan(source, Codec::Query(charset), program, (bounds, sink))
}
