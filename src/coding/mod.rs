//! Content codings of bodies: `gzip`, `deflate`, `br`, `zstd`, alone and in chains.
//!
//! A [`Chain`] is read from `Content-Encoding`; a [`Decoder`] takes codings off chunk by chunk
//! within a [`Budget`], an [`Encoder`] puts them on. [`decode`] and [`encode`] do a whole body.
//! Not for: `Accept-Encoding`, transfer codings, or the decision which coding an answer gets.
//!
//! What is refused, and why:
//!
//! - A coding we do not know: the body could not be inspected.
//! - A stream that is cut, or followed by something else: another reader could stop elsewhere.
//! - More output than the budget allows, at every layer of a chain: a bomb.
//! - More than 65 536 gzip members or zstd frames: empty ones cost time and give nothing.
//! - Dictionaries, a zstd window over 8 MiB (RFC 9659, section 3), brotli's large window.
//!
//! An empty body is no stream of any coding and is refused as cut; whether a message may have no
//! body although it names a coding (`HEAD`, 304) is the caller's question.
//!
//! # Invariants
//!
//! - However a stream is split, output and verdict are the same: `any_split_decodes_alike`.
//! - No layer gives more than the budget, and no buffer is larger than that:
//!   `a_bomb_stops_within_the_budget`.
//! - Every proper prefix of a stream of one member is refused: `every_truncation_is_refused`.
//! - Decoding undoes encoding, and the same pushes give the same bytes:
//!   `decoding_undoes_encoding`.

mod chain;
mod refusal;
mod budget;
mod decoder;
mod encoder;
mod inflate;
mod deflate;
mod gzip;
mod brotli;
mod zstd;

pub use budget::Budget;
pub use chain::{Chain, Coding, LAYERS};
pub use decoder::{Decoder, Progress};
pub use encoder::Encoder;
pub use refusal::{Reason, Refusal};

/// Takes all codings of a chain off a body.
///
/// Refuses what [`Decoder`] refuses.
pub fn decode(chain: &Chain, body: &[u8], budget: &Budget) -> Result<Vec<u8>, Refusal> {
    let mut decoder = Decoder::new(chain, budget);
    let mut out = Vec::new();
    decoder.push(body, &mut out)?;
    decoder.finish()?;
    Ok(out)
}

/// Puts the codings of a chain on a body, first named first applied.
///
/// Refuses only when a codec gets no memory.
pub fn encode(chain: &Chain, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut encoder = Encoder::sized(chain, u64::try_from(body.len()).ok())?;
    let mut out = Vec::with_capacity(body.len() / 2);
    encoder.push(body, &mut out)?;
    encoder.finish(&mut out)?;
    Ok(out)
}
