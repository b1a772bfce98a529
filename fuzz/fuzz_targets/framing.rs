//! Requests as bytes: however they are cut, the same passes, and what passed is clean.
#![no_main]

use cloakroom::proxy::passes;
use cloakroom_fuzz::pieces;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let source = if dice.flag() {
        text.split(|&byte| byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..])
    } else {
        text.to_vec()
    };
    let cuts = dice.cuts(source.len());
    let whole = passes(&[&source]);
    let apart = passes(&pieces(&source, &cuts));
    // A head that is not complete is withheld, and a fault is told when it is seen: both do not
    // depend on where the bytes were cut.
    assert_eq!(whole, apart, "{cuts:?} {}", shown(&source));
    let (passed, stop, heads) = whole;
    assert!(source.starts_with(&passed), "{}", shown(&source));
    if stop.is_none() {
        let (again, stop, number) = passes(&[&passed]);
        assert_eq!((again, stop, number), (passed, None, heads), "{}", shown(&source));
    }
});
