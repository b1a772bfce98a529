//! The scanner as the guard uses it, without a connection: for tests and the fuzz target `framing`.

use crate::proxy::framing::Bounds;
use crate::proxy::framing::Scanner;
use crate::proxy::framing::Stop;

/// Small bounds, so that short inputs reach them.
fn bounds() -> Bounds {
    Bounds { target_bytes: 64, header_bytes: 512, header_fields: 8 }
}

/// Shows bytes in these pieces: what passed, what stopped it, and how many heads passed.
pub(super) fn scan(pieces: &[&[u8]]) -> (Vec<u8>, Option<Stop>, u64) {
    let mut scanner = Scanner::new(bounds());
    let (mut passed, mut held) = (Vec::new(), Vec::new());
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        held.extend_from_slice(piece);
        let scan = scanner.scan(&held);
        passed.extend(held.drain(..scan.pass));
        if scan.stop.is_some() {
            return (passed, scan.stop, scanner.heads());
        }
    }
    (passed, None, scanner.heads())
}

/// The same, with the name of what stopped it.
#[cfg(fuzzing)]
pub fn passes(pieces: &[&[u8]]) -> (Vec<u8>, Option<String>, u64) {
    let (passed, stop, heads) = scan(pieces);
    (passed, stop.map(|stop| format!("{stop:?}")), heads)
}
