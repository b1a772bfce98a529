//! Content codings: what was encoded decodes, however it is cut, and nothing exceeds its budget.
#![no_main]

use cloakroom::coding;
use cloakroom::coding::Budget;
use cloakroom::coding::Chain;
use cloakroom::coding::Coding;
use cloakroom::coding::Decoder;
use cloakroom::coding::Encoder;
use cloakroom_fuzz::Dice;
use cloakroom_fuzz::pieces;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, text)) = cloakroom_fuzz::read(input) else { return };
    let chain = Chain::new(&dice.some(&Coding::ALL, 3)).expect("a short chain");
    let budget = Budget {
        bytes: dice.pick(&[1 << 22, 1000, 100_000]),
        ratio: dice.pick(&[200, 1, 10]),
        floor: dice.pick(&[1 << 20, 0, 1000]),
    };
    match dice.below(3) {
        0 => judged_alike(&chain, text, &budget, &mut dice),
        1 => round_trip(&chain, text, &budget, &mut dice),
        _ => {
            let mut stream = coding::encode(&chain, text).expect("memory");
            if let Some(at) = dice.below(usize::from(u16::MAX)).checked_rem(stream.len()) {
                stream[at] ^= u8::try_from(1 + dice.below(255)).expect("a byte");
            }
            judged_alike(&chain, &stream, &budget, &mut dice);
        }
    }
});

/// However a stream is cut, output and verdict are the same.
fn judged_alike(chain: &Chain, stream: &[u8], budget: &Budget, dice: &mut Dice<'_>) {
    let cuts = dice.cuts(stream.len());
    let whole = decode(chain, &[stream], budget);
    let apart = decode(chain, &pieces(stream, &cuts), budget);
    assert_eq!(whole.as_ref().ok(), apart.as_ref().ok(), "{chain} {cuts:?} {}", shown(stream));
    if let Ok(text) = whole {
        // A stream that is read is one whose text can be written and read again.
        let again = coding::encode(chain, &text).expect("memory");
        let ample = Budget { bytes: u64::MAX, ratio: u32::MAX, floor: u64::MAX };
        assert_eq!(coding::decode(chain, &again, &ample).expect("our own stream"), text);
    }
}

fn round_trip(chain: &Chain, text: &[u8], budget: &Budget, dice: &mut Dice<'_>) {
    let mut encoder = Encoder::new(chain).expect("memory");
    let mut stream = Vec::new();
    let flush = dice.flag();
    for piece in pieces(text, &dice.cuts(text.len())) {
        encoder.push(piece, &mut stream).expect("memory");
        if flush {
            encoder.flush(&mut stream).expect("memory");
        }
    }
    encoder.finish(&mut stream).expect("memory");
    let ample = Budget { bytes: u64::MAX, ratio: u32::MAX, floor: u64::MAX };
    let cuts = dice.cuts(stream.len());
    let read = decode(chain, &pieces(&stream, &cuts), &ample).expect("our own stream");
    assert_eq!(read, text, "{chain}");
    let once = coding::encode(chain, text).expect("memory");
    assert_eq!(once, coding::encode(chain, text).expect("memory"), "{chain}");
    judged_alike(chain, &once, budget, dice);
    if once.len() > 1 && !chain.is_identity() {
        let cut = &once[..dice.below(once.len())];
        // Every proper prefix of what we write is refused.
        assert!(decode(chain, &[cut], &ample).is_err(), "{chain} {}", shown(cut));
    }
}

fn decode(chain: &Chain, pieces: &[&[u8]], budget: &Budget) -> Result<Vec<u8>, coding::Refusal> {
    let mut decoder = Decoder::new(chain, budget);
    let (mut out, mut received) = (Vec::new(), 0_u64);
    for piece in pieces {
        received += u64::try_from(piece.len()).expect("a length");
        let pushed = decoder.push(piece, &mut out);
        let rounded = received.div_ceil(4096) * 4096;
        let by_ratio = rounded.saturating_mul(u64::from(budget.ratio)).saturating_add(budget.floor);
        let given = u64::try_from(out.len()).expect("a length");
        // One byte more shows that there is more; then the stream is refused.
        let most = budget.bytes.min(by_ratio).saturating_add(u64::from(pushed.is_err()));
        assert!(given <= most, "{chain} {given} {most}");
        pushed?;
    }
    decoder.finish()?;
    Ok(out)
}
