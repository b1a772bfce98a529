//! What the fuzz targets share: how an input is read, and the laws of documents and streams.
//!
//! An input is [`DICE`] bytes that decide (which rules, where to cut), and behind them the text
//! that is read. So a case file or a page is a seed as it is, behind that many zeroes, and the
//! fuzzer can change decisions and text independently of each other.
//!
//! A target states laws and panics when one is broken. Not for: speed, sockets, files.

pub mod dice;
pub mod fields;
pub mod page;
pub mod selector;

pub use dice::DICE;
pub use dice::Dice;

/// Reads an input; passes over one that is too short to decide anything.
pub fn read(input: &[u8]) -> Option<(Dice<'_>, &[u8])> {
    let (dice, text) = input.split_at_checked(DICE)?;
    Some((Dice::new(dice), text))
}

/// Cuts bytes at ascending places.
pub fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for &cut in cuts {
        pieces.push(&bytes[start..cut]);
        start = cut;
    }
    pieces.push(&bytes[start..]);
    pieces
}

/// A text to look at when a law is broken.
pub fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
