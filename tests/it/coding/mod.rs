//! Content codings and character sets: standards, hostile streams, laws.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod vectors;
mod hostile;
mod laws;
mod charset;

use cloakroom::coding;
use cloakroom::coding::Budget;
use cloakroom::coding::Chain;
use cloakroom::coding::Coding;
use cloakroom::coding::Decoder;
use cloakroom::coding::Reason;

/// The chain of these codings, first applied first.
fn chain(codings: &[Coding]) -> Chain {
    Chain::new(codings).unwrap()
}

/// A budget that nothing in these tests reaches.
fn ample() -> Budget {
    Budget { bytes: 64 * 1024 * 1024, ratio: 1000, floor: 64 * 1024 * 1024 }
}

fn decode(codings: &[Coding], body: &[u8]) -> Result<Vec<u8>, Reason> {
    coding::decode(&chain(codings), body, &ample()).map_err(|refusal| refusal.reason)
}

fn encode(codings: &[Coding], body: &[u8]) -> Vec<u8> {
    coding::encode(&chain(codings), body).unwrap()
}

/// Decodes a stream that comes in these pieces.
fn decode_pieces<'a>(
    codings: &[Coding],
    pieces: impl IntoIterator<Item = &'a [u8]>,
    budget: &Budget,
) -> Result<Vec<u8>, Reason> {
    let mut decoder = Decoder::new(&chain(codings), budget);
    let mut out = Vec::new();
    for piece in pieces {
        decoder.push(piece, &mut out).map_err(|refusal| refusal.reason)?;
    }
    decoder.finish().map_err(|refusal| refusal.reason)?;
    Ok(out)
}

/// Text that compresses like a page does.
fn page(length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 64);
    let mut number = 12345_u32;
    while out.len() < length {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.extend_from_slice(format!("<li class=\"row\">{}</li>\n", number >> 12).as_bytes());
    }
    out.truncate(length);
    out
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}
