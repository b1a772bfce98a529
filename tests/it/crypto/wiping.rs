//! Key material is gone from memory when its owner is.
//!
//! The tests read this process's own memory through `/proc/self/mem` (Linux), which needs no `unsafe`:
//! they note where a boxed object lies, see that what must be wiped is there, drop the box, and see
//! that it is there no more. They do not look for copies that the compiler made on the stack while
//! the object was built or used.

use std::fs::File;
use std::os::unix::fs::FileExt;

use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use cloakroom::base::Sensitive;
use cloakroom::crypto::Prf;
use hmac::Hmac;
use sha2::Sha256;
use zeroize::ZeroizeOnDrop;

/// Where a value lies.
fn address<T: ?Sized>(value: &T) -> u64 {
    u64::try_from(std::ptr::from_ref(value).cast::<u8>().addr()).unwrap()
}

/// What lies there now; zeros where the process has no memory any more.
fn memory(address: u64, bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    let read = File::open("/proc/self/mem").unwrap().read_exact_at(&mut content, address);
    if read.is_err() {
        content.fill(0);
    }
    content
}

fn holds(memory: &[u8], part: &[u8]) -> bool {
    memory.windows(part.len()).any(|window| window == part)
}

/// How many of the eight-byte words of `before` are still where they were.
fn words_left(before: &[u8], after: &[u8]) -> usize {
    let words = before.chunks_exact(8).zip(after.chunks_exact(8));
    words.filter(|(before, after)| before == after && before.iter().any(|byte| *byte != 0)).count()
}

#[test]
fn both_halves_of_a_record_key_are_wiped() {
    let key: [u8; 64] = std::array::from_fn(|place| u8::try_from(place * 3 + 17).unwrap());
    let (mac_half, cipher_half) = key.split_at(32);
    let cipher = Box::new(Aes256Siv::new(&key.into()));
    let (place, size) = (address(&*cipher), size_of::<Aes256Siv>());
    let before = memory(place, size);
    assert!(holds(&before, cipher_half));
    assert!(holds(&before, &mac_half[..16]), "first round key of the MAC half");

    drop(cipher);

    let after = memory(place, size);
    assert!(!holds(&after, cipher_half));
    for part in mac_half.chunks(16) {
        assert!(!holds(&after, part));
    }
    // The allocator writes two words of its own into what it gets back.
    assert!(words_left(&before, &after) <= 2, "{} words", words_left(&before, &after));
}

#[test]
fn the_state_of_a_prf_is_wiped() {
    let prf = Box::new(Prf::new(b"a key of thirty-two bytes, please"));
    let (place, size) = (address(&*prf), size_of::<Prf>());
    let before = memory(place, size);
    assert!(before.iter().filter(|byte| **byte != 0).count() >= 64, "two hash states");

    drop(prf);

    let after = memory(place, size);
    assert!(words_left(&before, &after) <= 2, "{} words", words_left(&before, &after));
}

#[test]
fn a_sensitive_value_is_wiped() {
    let value = Sensitive::new(String::from("alice.wiped.after.use@example.com"));
    let (place, size) = (address(value.expose().as_str()), value.expose().len());
    assert!(holds(&memory(place, size), b"wiped.after.use"));

    drop(value);

    assert!(!holds(&memory(place, size), b"wiped.after.use"));
}

/// The features `zeroize` of aes, cmac, ctr and sha2 are what makes the tests above pass; a
/// dependency that loses one stops this from compiling.
#[test]
fn every_part_promises_to_wipe_itself() {
    fn wipes_itself<T: ZeroizeOnDrop>() {}
    wipes_itself::<Aes256Siv>();
    wipes_itself::<aes::Aes256>();
    wipes_itself::<cmac::block_api::CmacCore<aes::Aes256>>();
    wipes_itself::<ctr::CtrCore<aes::Aes256, ctr::flavors::Ctr128BE>>();
    wipes_itself::<Sha256>();
    assert!(size_of::<Hmac<Sha256>>() >= 64);
}
