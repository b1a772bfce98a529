//! Bombs, cut streams, and what follows a stream.

use cloakroom::coding;
use cloakroom::coding::Budget;
use cloakroom::coding::Coding;
use cloakroom::coding::Decoder;
use cloakroom::coding::Progress;
use cloakroom::coding::Reason;

use crate::coding::chain;
use crate::coding::decode;
use crate::coding::decode_pieces;
use crate::coding::encode;
use crate::coding::noise;
use crate::coding::page;

const MIB: usize = 1024 * 1024;
const WIDE: u64 = 1024 * 1024;

/// What comes out before the verdict, and how much memory the output takes.
fn explode(codings: &[Coding], body: &[u8], budget: &Budget) -> (usize, usize, Reason) {
    let mut decoder = Decoder::new(&chain(codings), budget);
    let mut out = Vec::new();
    let refusal = decoder.push(body, &mut out).unwrap_err();
    (out.len(), out.capacity(), refusal.reason)
}

/// A chain whose wire form is small, for any outer layer: zeros, coded twice.
fn bombs() -> Vec<(Vec<Coding>, Vec<u8>)> {
    let zeros = vec![0; 10 * MIB];
    let mut all = Vec::new();
    for inner in Coding::ALL {
        let once = encode(&[inner], &zeros);
        assert!(once.len() < 200_000, "{inner:?} {}", once.len());
        all.push((vec![inner], once));
        for outer in Coding::ALL {
            all.push((vec![inner, outer], encode(&[inner, outer], &zeros)));
        }
    }
    all
}

#[test]
fn a_bomb_stops_within_the_budget() {
    let budget = Budget { bytes: WIDE, ratio: 1_000_000, floor: 0 };
    let narrow = Budget { bytes: 64 * WIDE, ratio: 1, floor: 300_000 };
    for (codings, body) in bombs() {
        let (given, held, reason) = explode(&codings, &body, &budget);
        assert_eq!(reason, Reason::TooLarge, "{codings:?}");
        assert!(given <= MIB + 1 && held <= MIB + 1, "{codings:?} {given} {held}");

        let allowed = 300_000 + body.len().next_multiple_of(4096);
        let (given, held, reason) = explode(&codings, &body, &narrow);
        assert_eq!(reason, Reason::ExpandsTooMuch, "{codings:?}");
        assert!(given <= allowed + 1 && held <= allowed + 1, "{codings:?} {given} {held}");
    }
}

#[test]
fn every_layer_is_bounded_not_only_the_last() {
    // The outer layer gives a large gzip stream of nothing: 60 000 empty members.
    let empty = encode(&[Coding::Gzip], b"");
    let members = empty.repeat(60_000);
    let body = encode(&[Coding::Zstd], &members);
    let codings = [Coding::Gzip, Coding::Zstd];
    let budget = Budget { bytes: 64 * WIDE, ratio: 10, floor: 100_000 };
    let (given, _, reason) = explode(&codings, &body, &budget);
    assert_eq!((given, reason), (0, Reason::ExpandsTooMuch));
    assert_eq!(decode(&codings, &body).unwrap(), b"");
}

#[test]
fn members_are_bounded() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let member = encode(&[coding], b"");
        assert_eq!(decode(&[coding], &member.repeat(65_536)).unwrap(), b"");
        assert_eq!(decode(&[coding], &member.repeat(65_537)), Err(Reason::TooManyMembers));
    }
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0].repeat(65_537);
    assert_eq!(decode(&[Coding::Zstd], &skippable), Err(Reason::TooManyMembers));
}

#[test]
fn a_stream_of_just_the_budget_passes() {
    for coding in Coding::ALL {
        let text = page(100_000);
        let body = encode(&[coding], &text);
        let exact = Budget { bytes: 100_000, ratio: 1000, floor: 0 };
        assert_eq!(coding::decode(&chain(&[coding]), &body, &exact).unwrap(), text);
        let less = Budget { bytes: 99_999, ..exact };
        let refusal = coding::decode(&chain(&[coding]), &body, &less).unwrap_err();
        assert_eq!((refusal.reason, refusal.coding), (Reason::TooLarge, Some(coding)));
    }
    let none = Budget { bytes: 3, ratio: 1, floor: 0 };
    assert_eq!(coding::decode(&chain(&[]), b"abc", &none).unwrap(), b"abc");
    assert_eq!(coding::decode(&chain(&[]), b"abcd", &none).unwrap_err().reason, Reason::TooLarge);
}

#[test]
fn a_small_body_may_expand_as_it_likes() {
    let budget = Budget::new(16 * WIDE);
    for coding in Coding::ALL {
        let body = encode(&[coding], &vec![b' '; 900_000]);
        assert_eq!(coding::decode(&chain(&[coding]), &body, &budget).unwrap().len(), 900_000);
    }
}

#[test]
fn a_step_gives_a_piece_however_large_the_bomb() {
    for (codings, body) in bombs() {
        let budget = Budget { bytes: 64 * WIDE, ratio: 1_000_000, floor: 0 };
        let mut decoder = Decoder::new(&chain(&codings), &budget);
        let (mut rest, mut out, mut total) = (&body[..], Vec::new(), 0);
        while decoder.step(&mut rest, &mut out).unwrap() == Progress::More {
            assert!(out.capacity() <= 64 * 1024);
            total += out.len();
            out.clear();
        }
        decoder.finish().unwrap();
        assert_eq!(total, 10 * MIB);
    }
}

#[test]
fn every_truncation_is_refused() {
    for text in [&b""[..], b"abc", &page(3000), &noise(300)] {
        for coding in Coding::ALL {
            let body = encode(&[coding], text);
            for end in 0..body.len() {
                let cut = decode(&[coding], &body[..end]);
                assert_eq!(cut, Err(Reason::Truncated), "{coding:?} {end} of {}", body.len());
            }
        }
    }
}

#[test]
fn every_truncation_of_a_chain_is_refused() {
    let codings = [Coding::Brotli, Coding::Gzip, Coding::Zstd, Coding::Deflate];
    let body = encode(&codings, &page(2000));
    for end in 0..body.len() {
        assert!(decode(&codings, &body[..end]).is_err(), "{end}");
    }
    assert_eq!(decode(&codings, &body).unwrap(), page(2000));
}

#[test]
fn what_follows_a_stream_is_refused() {
    for coding in Coding::ALL {
        let body = encode(&[coding], b"abc");
        for tail in [&b"\0"[..], b"a", b"abc", &[0; 5000], &noise(5000)] {
            let long = [&body[..], tail].concat();
            assert_eq!(decode(&[coding], &long), Err(Reason::TrailingData), "{coding:?}");
            let pieces = long.chunks(1);
            let apart = decode_pieces(&[coding], pieces, &crate::coding::ample());
            assert_eq!(apart, Err(Reason::TrailingData), "{coding:?}");
        }
    }
}

#[test]
fn what_follows_an_inner_stream_is_refused() {
    let inner = [encode(&[Coding::Brotli], b"abc"), b"x".to_vec()].concat();
    let body = encode(&[Coding::Gzip], &inner);
    let refusal =
        coding::decode(&chain(&[Coding::Brotli, Coding::Gzip]), &body, &crate::coding::ample())
            .unwrap_err();
    assert_eq!((refusal.reason, refusal.coding), (Reason::TrailingData, Some(Coding::Brotli)));
}

#[test]
fn a_wrong_bit_is_refused_or_read_the_same() {
    let text = page(600);
    for coding in [Coding::Gzip, Coding::Deflate] {
        let body = encode(&[coding], &text);
        for bit in 0..body.len() * 8 {
            let mut wrong = body.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = decode(&[coding], &wrong) {
                assert_eq!(read, text, "bit {bit}"); // a time stamp, a level: says nothing
            }
        }
    }
}
