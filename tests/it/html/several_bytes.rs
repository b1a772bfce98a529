//! Pages in character sets in which a byte below 128 may be the second half of a character.

use cloakroom::document::html::Batch;
use cloakroom::document::html::Options;
use encoding_rs::Encoding;
use proptest::prelude::*;

use crate::html::TOKEN;
use crate::html::batches;
use crate::html::revealed;
use crate::html::several_bytes;
use crate::html::soup::soup;
use crate::html::structure;

const LABELS: [&str; 5] = ["shift_jis", "gb18030", "big5", "euc-jp", "euc-kr"];

/// What these sets make of bytes, as a browser reads them.
fn read(label: &str, bytes: &[u8]) -> Vec<u8> {
    let encoding = Encoding::for_label(label.as_bytes()).unwrap();
    encoding.decode_without_bom_handling(bytes).0.into_owned().into_bytes()
}

fn joined(pieces: Vec<Batch<()>>, value: &str) -> Vec<u8> {
    pieces.into_iter().flat_map(|batch| batch.reveal(|_| Some(value), |_, _| {})).collect()
}

/// Letters of several bytes, some with a backslash or a letter as their second, and halves of some.
fn letter() -> impl Strategy<Value = Vec<u8>> {
    let letters: Vec<&[u8]> = vec![
        b"\x83\x5c",
        b"\x81c",
        b"\x95\\",
        b"\xa4\xa2",
        b"\xb0\xa1",
        b"\x8f\xb0\xa1",
        b"\x81\x30\x81\x30",
        b"\x83",
        b"\xe0",
        b"\x81\"",
        b"\xff",
    ];
    prop::sample::select(letters).prop_map(<[u8]>::to_vec)
}

fn page() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![2 => soup(), 3 => letter()];
    prop::collection::vec(piece, 1..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_value_changes_the_structure_as_browsers_read_it(
        page in page(),
        label in prop::sample::select(LABELS.to_vec()),
    ) {
        let options = several_bytes(label);
        let calm = structure::outline(&read(label, &revealed(&page, structure::HARMLESS, options)));
        for value in ["\"'`>--></title></textarea></script></style><img src=x onerror=fire()>", "a中\\"] {
            let found = structure::difference_in(&page, &calm, (value, options), |bytes| read(label, bytes));
            prop_assert_eq!(found, None);
        }
    }

    #[test]
    fn cutting_changes_nothing_and_other_bytes_stay(
        page in page(),
        size in 1_usize..9,
        label in prop::sample::select(LABELS.to_vec()),
    ) {
        let options = several_bytes(label);
        let pieces = batches(page.chunks(size), options);
        let bytes: Vec<u8> = pieces.iter().flat_map(Batch::bytes).copied().collect();
        prop_assert_eq!(&bytes, &page);
        prop_assert_eq!(joined(pieces, "<é>"), revealed(&page, "<é>", options));
    }
}

fn shown(label: &str, page: &[u8], options: impl Fn(Options) -> Options) -> Vec<u8> {
    revealed(page, "ソé", options(several_bytes(label)))
}

#[test]
fn a_token_is_found_between_other_letters() {
    for label in LABELS {
        let letter = &b"\xa4\xa2"[..];
        let page =
            [letter, b"<p title='\xa4\xa2", TOKEN.as_bytes(), b"'>", letter, b"</p>"].concat();
        let expected =
            [letter, &b"<p title='\xa4\xa2&#12477;&#233;'>"[..], letter, b"</p>"].concat();
        assert_eq!(shown(label, &page, |options| options), expected, "{label}");
    }
}

#[test]
fn the_second_half_of_a_letter_is_no_beginning_of_a_token() {
    // `0x81 c` is one letter, and what is left of the token is none.
    let page = [b"<p>\x81", TOKEN.as_bytes(), b"</p>"].concat();
    assert_eq!(shown("shift_jis", &page, |options| options), page);
}

#[test]
fn a_query_is_written_as_the_application_reads_it() {
    let page = format!("<a href='/a/{TOKEN}?q={TOKEN}#{TOKEN}'>");
    let sjis = cloakroom::document::Charset::settle(Some(b"shift_jis"), b"").unwrap();
    let value = |urls| {
        let page = revealed(page.as_bytes(), "ソ", Options { urls, ..several_bytes("shift_jis") });
        String::from_utf8(page).unwrap()
    };
    let utf8 = "%E3%82%BD";
    assert_eq!(value(sjis), format!("<a href='/a/{utf8}?q=%83%5C#{utf8}'>"));
    assert_eq!(value(crate::html::UTF8), format!("<a href='/a/{utf8}?q={utf8}#{utf8}'>"));
    // What the character set does not have stays a token.
    let latin = cloakroom::document::Charset::settle(Some(b"iso-8859-1"), b"").unwrap();
    assert_eq!(value(latin), format!("<a href='/a/{utf8}?q={TOKEN}#{utf8}'>"));
}
