//! What holds for every stream and every split of it.

use proptest::prelude::*;

use cloakroom::coding::Budget;
use cloakroom::coding::Coding;
use cloakroom::coding::Encoder;

use crate::coding::ample;
use crate::coding::chain;
use crate::coding::decode;
use crate::coding::decode_pieces;
use crate::coding::encode;
use crate::coding::noise;
use crate::coding::page;

fn codings() -> impl Strategy<Value = Vec<Coding>> {
    prop::collection::vec(prop::sample::select(Coding::ALL.to_vec()), 0..=3)
}

/// Bodies of all kinds: random, repeated, like a page, long runs.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        (0..30_000_usize).prop_map(page),
        (0..80_000_usize).prop_map(noise),
        (any::<u8>(), 0..300_000_usize).prop_map(|(byte, length)| vec![byte; length]),
        (prop::collection::vec(any::<u8>(), 1..40), 1..3000_usize)
            .prop_map(|(unit, times)| unit.repeat(times)),
    ]
}

/// Takes a stream apart at these places, empty pieces included.
fn cut<'a>(stream: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<_> = places.iter().map(|place| place.index(stream.len() + 1)).collect();
    ends.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for end in ends {
        pieces.push(&stream[start..end]);
        start = end;
    }
    pieces.push(&stream[start..]);
    pieces
}

fn places() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn decoding_undoes_encoding(codings in codings(), body in body(), places in places(), flush in any::<bool>()) {
        let once = encode(&codings, &body);
        prop_assert_eq!(&once, &encode(&codings, &body));
        prop_assert_eq!(&decode(&codings, &once).unwrap(), &body);

        let mut encoder = Encoder::new(&chain(&codings)).unwrap();
        let mut out = Vec::new();
        for piece in cut(&body, &places) {
            encoder.push(piece, &mut out).unwrap();
            if flush {
                encoder.flush(&mut out).unwrap();
            }
        }
        encoder.finish(&mut out).unwrap();
        prop_assert_eq!(decode(&codings, &out).unwrap(), body);
    }

    #[test]
    fn what_is_flushed_can_be_read(coding in prop::sample::select(Coding::ALL.to_vec()), body in body(), places in places()) {
        let mut encoder = Encoder::new(&chain(&[coding])).unwrap();
        let mut decoder = cloakroom::coding::Decoder::new(&chain(&[coding]), &ample());
        let (mut sent, mut read) = (0, Vec::new());
        for piece in cut(&body, &places) {
            let mut wire = Vec::new();
            encoder.push(piece, &mut wire).unwrap();
            encoder.flush(&mut wire).unwrap();
            decoder.push(&wire, &mut read).unwrap();
            sent += piece.len();
            prop_assert_eq!(&read[..], &body[..sent]);
        }
    }

    #[test]
    fn any_split_decodes_alike(
        codings in codings(), body in body(), places in places(),
        bytes in 0..400_000_u64, ratio in 1..60_u32, floor in 0..50_000_u64,
    ) {
        let stream = encode(&codings, &body);
        for budget in [ample(), Budget { bytes, ratio, floor }] {
            let whole = decode_pieces(&codings, [&stream[..]], &budget);
            let apart = decode_pieces(&codings, cut(&stream, &places), &budget);
            prop_assert_eq!(&whole, &apart);
            if stream.len() < 3000 {
                prop_assert_eq!(&whole, &decode_pieces(&codings, stream.chunks(1), &budget));
            }
        }
    }

    #[test]
    fn any_split_of_a_broken_stream_is_judged_alike(
        codings in codings(), body in body(), places in places(),
        at in any::<prop::sample::Index>(), bits in 1..=255_u8,
    ) {
        let mut stream = encode(&codings, &body);
        if !stream.is_empty() {
            let at = at.index(stream.len());
            stream[at] ^= bits;
        }
        let whole = decode_pieces(&codings, [&stream[..]], &ample());
        let apart = decode_pieces(&codings, cut(&stream, &places), &ample());
        prop_assert_eq!(whole.is_ok(), apart.is_ok());
        if let (Ok(whole), Ok(apart)) = (whole, apart) {
            prop_assert_eq!(whole, apart);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(codings in codings(), stream in prop::collection::vec(any::<u8>(), 0..400)) {
        let whole = decode_pieces(&codings, [&stream[..]], &ample());
        let apart = decode_pieces(&codings, stream.chunks(1), &ample());
        prop_assert_eq!(whole.ok(), apart.ok());
    }

    #[test]
    fn bytes_behind_a_good_start_do_not_make_it_panic(
        coding in prop::sample::select(Coding::ALL.to_vec()),
        stream in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let head: &[u8] = match coding {
            Coding::Gzip => &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
            Coding::Deflate => &[0x78, 0x9c],
            Coding::Brotli => &[0x0b],
            Coding::Zstd => &[0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58],
        };
        let stream = [head, &stream].concat();
        let whole = decode_pieces(&[coding], [&stream[..]], &ample());
        let apart = decode_pieces(&[coding], stream.chunks(1), &ample());
        prop_assert_eq!(whole.ok(), apart.ok());
    }
}

#[test]
fn members_of_many_encoders_are_one_stream() {
    let text = page(50_000);
    for coding in [Coding::Gzip, Coding::Zstd] {
        let body: Vec<u8> = text.chunks(777).flat_map(|piece| encode(&[coding], piece)).collect();
        assert_eq!(decode(&[coding], &body).unwrap(), text);
        assert_eq!(decode_pieces(&[coding], body.chunks(13), &ample()).unwrap(), text);
    }
}

#[test]
fn both_ends_can_go_to_another_thread() {
    fn sent<T: Send>() {}
    sent::<cloakroom::coding::Decoder>();
    sent::<Encoder>();
}
