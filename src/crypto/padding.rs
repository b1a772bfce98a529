//! Padding, so that what is sealed tells little of its length ([ISO/IEC 9797-1], padding method 2).

use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::base::Sensitive;

use super::open_error::OpenError;

/// Ends the text; what follows it is zero.
const PAD: u8 = 0x80;

/// Returns the length of a text with its padding: the next multiple of `block`, at least one byte more.
pub(super) fn padded_bytes(text: &str, block: usize) -> usize {
    (text.len() / block + 1) * block
}

/// Adds a text and its padding to a buffer that has room for both.
pub(super) fn append(buffer: &mut Vec<u8>, text: &str, block: usize) {
    let end = buffer.len() + padded_bytes(text, block);
    buffer.extend(text.as_bytes());
    buffer.push(PAD);
    buffer.resize(end, 0);
}

/// Returns the text in front of its padding; refuses padding that is not the shortest one, and what
/// is not UTF-8. What is refused is wiped.
pub(super) fn unpadded(
    mut padded: Zeroizing<Vec<u8>>,
    block: usize,
) -> Result<Sensitive<String>, OpenError> {
    let end = padded.iter().rposition(|&byte| byte != 0).ok_or(OpenError::Malformed)?;
    let shortest = padded.len() - end <= block;
    if !shortest || padded.get(end) != Some(&PAD) {
        return Err(OpenError::Malformed);
    }
    padded.truncate(end);
    text_of(padded)
}

/// Returns the bytes as text, without a copy; refuses and wipes what is not UTF-8.
pub(super) fn text_of(mut bytes: Zeroizing<Vec<u8>>) -> Result<Sensitive<String>, OpenError> {
    String::from_utf8(std::mem::take(&mut *bytes)).map(Sensitive::new).map_err(|error| {
        error.into_bytes().zeroize();
        OpenError::Malformed
    })
}
