//! The widths of characters against the encodings themselves, all of them.

use std::sync::LazyLock;

use encoding_rs::Encoding;
use proptest::prelude::*;

use super::*;
use crate::base::Span;

/// Every encoding of the standard that is read, by its name.
const NAMES: [&str; 38] = [
    "UTF-8",
    "IBM866",
    "ISO-8859-2",
    "ISO-8859-3",
    "ISO-8859-4",
    "ISO-8859-5",
    "ISO-8859-6",
    "ISO-8859-7",
    "ISO-8859-8",
    "ISO-8859-8-I",
    "ISO-8859-10",
    "ISO-8859-13",
    "ISO-8859-14",
    "ISO-8859-15",
    "ISO-8859-16",
    "KOI8-R",
    "KOI8-U",
    "macintosh",
    "windows-874",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "x-mac-cyrillic",
    "GBK",
    "gb18030",
    "Big5",
    "EUC-JP",
    "Shift_JIS",
    "EUC-KR",
    "UTF-16BE",
    "UTF-16LE",
    "x-user-defined",
];

fn charset(name: &str) -> Charset {
    Charset(Encoding::for_label(name.as_bytes()).unwrap())
}

/// The text of bytes that are one character or pair, if they are.
fn one(charset: Charset, bytes: &[u8]) -> Option<String> {
    charset.0.decode_without_bom_handling_and_without_replacement(bytes).map(Cow::into_owned)
}

/// Sequences that stand for one character each (two in four cases of Big5), with their text.
fn letters(charset: Charset) -> Letters {
    let mut all = Vec::new();
    for byte in 0..=255_u8 {
        all.extend(one(charset, &[byte]).map(|text| (vec![byte], text)));
    }
    let singles = all.len();
    let is_pair = |bytes: &[u8; 2]| one(charset, &bytes[..1]).is_none();
    let pairs = (0..=u16::MAX).map(u16::to_be_bytes).filter(is_pair);
    all.extend(pairs.filter_map(|bytes| Some((bytes.to_vec(), one(charset, &bytes)?))));
    if charset.name() == "gb18030" || charset.name() == "GBK" {
        for lead in [[0x81, 0x30], [0x84, 0x31], [0x90, 0x30], [0xe3, 0x32]] {
            for (third, fourth) in
                (0x81..=0xfe).flat_map(|third| (0x30..=0x39).map(move |f| (third, f)))
            {
                let bytes = [lead[0], lead[1], third, fourth];
                all.extend(one(charset, &bytes).map(|text| (bytes.to_vec(), text)));
            }
        }
    }
    if charset.name() == "EUC-JP" {
        for trail in (0..=u16::MAX).map(u16::to_be_bytes) {
            let bytes = [0x8f, trail[0], trail[1]];
            all.extend(one(charset, &bytes).map(|text| (bytes.to_vec(), text)));
        }
    }
    if charset.name().starts_with("UTF") {
        all.extend(["\u{1f600}", "\u{10ffff}", "\u{10000}", "\u{feff}", "\u{ffff}"].map(|text| {
            let units = text.encode_utf16();
            let bytes = match charset.name() {
                "UTF-16LE" => units.flat_map(u16::to_le_bytes).collect(),
                "UTF-16BE" => units.flat_map(u16::to_be_bytes).collect(),
                _ => text.as_bytes().to_vec(),
            };
            (bytes, text.to_owned())
        }));
    }
    assert!(all.len() > 128 && singles <= 256);
    all
}

#[test]
fn every_character_has_the_width_that_its_encoding_says() {
    let mut pairs = 0;
    for name in NAMES {
        let charset = charset(name);
        let family = Family::of(charset.0);
        for (bytes, text) in letters(charset) {
            assert_eq!(family.whole(&bytes), bytes.len(), "{name} {bytes:02x?}");
            assert_eq!(family.whole(&bytes[..bytes.len() - 1]), 0, "{name} {bytes:02x?}");
            // "a", the character, "b": the walk has to find both its ends.
            let mut around = Vec::new();
            for part in ["a", &text, "b"] {
                match name {
                    "UTF-16LE" => around.extend(part.encode_utf16().flat_map(u16::to_le_bytes)),
                    "UTF-16BE" => around.extend(part.encode_utf16().flat_map(u16::to_be_bytes)),
                    _ if part == text => around.extend_from_slice(&bytes),
                    _ => around.extend_from_slice(part.as_bytes()),
                }
            }
            let read = charset.decode(&around).unwrap();
            assert_eq!(read.text(), format!("a{text}b"), "{name} {bytes:02x?}");
            let mut cursor = walk::Cursor::new(family, &around, read.text());
            let unit = if name.starts_with("UTF-16") { 2 } else { 1 };
            assert_eq!(cursor.seek(1), Some(unit), "{name}");
            if text.chars().count() > 1 {
                pairs += 1;
                let mut inside = walk::Cursor::new(family, &around, read.text());
                assert_eq!(inside.seek(1 + text.chars().next().unwrap().len_utf8()), None);
            }
            assert_eq!(
                cursor.seek(1 + text.len()),
                Some(unit + bytes.len()),
                "{name} {bytes:02x?}"
            );
            assert_eq!(cursor.seek(2 + text.len()), Some(around.len()), "{name}");
            assert_eq!(cursor.seek(3 + text.len()), None, "{name}");
        }
    }
    assert_eq!(pairs, 4);
}

type Letters = Vec<(Vec<u8>, String)>;

/// Characters of one encoding, in a row.
fn document() -> impl Strategy<Value = (Charset, Letters)> {
    static ALL: LazyLock<Vec<(Charset, Letters)>> = LazyLock::new(|| {
        NAMES.iter().map(|name| (charset(name), letters(charset(name)))).collect()
    });
    let places = prop::collection::vec(any::<prop::sample::Index>(), 0..60);
    (0..NAMES.len(), places).prop_map(|(at, places)| {
        let (charset, letters) = &ALL[at];
        (*charset, places.iter().map(|place| place.get(letters).clone()).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_edits_are_the_identity((charset, letters) in document()) {
        let source: Vec<u8> = letters.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let text: String = letters.iter().map(|(_, text)| text.as_str()).collect();
        let read = charset.decode(&source).unwrap();
        prop_assert_eq!(read.text(), text);
        prop_assert_eq!(read.rewrite(0).finish(), source);
    }

    #[test]
    fn edits_touch_only_their_spans((charset, letters) in document(), edits in prop::collection::vec((0..60_usize, 0..6_usize), 0..6)) {
        let mut edits: Vec<_> = edits.into_iter().map(|(start, length)| (start.min(letters.len()), (start + length).min(letters.len()))).collect();
        edits.sort_unstable();
        let source: Vec<u8> = letters.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let bytes_to = |end: usize| letters[..end].iter().map(|(bytes, _)| bytes.len()).sum::<usize>();
        let text_to = |end: usize| letters[..end].iter().map(|(_, text)| text.len()).sum::<usize>();
        let read = charset.decode(&source).unwrap();
        let mut rewrite = read.rewrite(100);
        let (mut expected, mut done) = (Vec::new(), 0);
        let token = match charset.name() {
            "UTF-16LE" => b"c\0k\x001\0".to_vec(),
            "UTF-16BE" => b"\0c\0k\x001".to_vec(),
            _ => b"ck1".to_vec(),
        };
        for (start, end) in edits {
            let span = Span::new(u32::try_from(text_to(start)).unwrap(), u32::try_from(text_to(end)).unwrap()).unwrap();
            let wrote = rewrite.replace(span, Unmappable::Refuse, |out| out.extend_from_slice(b"ck1")).unwrap();
            prop_assert_eq!(wrote, start >= done);
            if wrote {
                expected.extend_from_slice(&source[bytes_to(done)..bytes_to(start)]);
                expected.extend_from_slice(&token);
                done = end;
            }
        }
        expected.extend_from_slice(&source[bytes_to(done)..]);
        prop_assert_eq!(rewrite.finish(), expected);
    }

    #[test]
    fn a_stream_can_be_cut_at_whole_characters((charset, letters) in document(), size in 1..9_usize) {
        let source: Vec<u8> = letters.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let text: String = letters.iter().map(|(_, text)| text.as_str()).collect();
        let (mut kept, mut read) = (Vec::new(), String::new());
        for piece in source.chunks(size) {
            kept.extend_from_slice(piece);
            let whole = charset.whole(&kept);
            read.push_str(charset.decode(&kept[..whole]).unwrap().text());
            kept.drain(..whole);
            prop_assert!(kept.len() < 4);
        }
        prop_assert!(kept.is_empty());
        prop_assert_eq!(read, text);
    }

    #[test]
    fn what_is_written_reads_as_the_value(name in prop::sample::select(NAMES.to_vec()), value in "[a-z\\\\~¥‾−€éßДΩא中あ가﷼😀\u{301}]{0,12}") {
        let charset = charset(name);
        let source = match name {
            "UTF-16LE" => b"<\0x\0>\0".to_vec(),
            "UTF-16BE" => b"\0<\0x\0>".to_vec(),
            _ => b"<x>".to_vec(),
        };
        let read = charset.decode(&source).unwrap();
        for policy in [Unmappable::Refuse, Unmappable::Reference] {
            let mut rewrite = read.rewrite(20);
            let wrote = rewrite.replace(Span::new(1, 2).unwrap(), policy, |out| out.extend_from_slice(value.as_bytes()));
            let result = rewrite.finish();
            if wrote.is_err() {
                prop_assert_eq!(policy, Unmappable::Refuse);
                prop_assert_eq!(&result, &source);
                continue;
            }
            let back = charset.decode(&result).unwrap();
            let mut plain = back.text().to_owned();
            for character in value.chars() {
                plain = plain.replace(&format!("&#{};", u32::from(character)), &character.to_string());
            }
            prop_assert_eq!(plain, format!("<{value}>"));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(name in prop::sample::select(NAMES.to_vec()), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let charset = charset(name);
        prop_assert!(charset.whole(&bytes) <= bytes.len());
        match charset.decode(&bytes) {
            Ok(read) => prop_assert_eq!(read.rewrite(0).finish(), bytes),
            Err(refusal) => prop_assert!(usize::try_from(refusal.offset).unwrap() < bytes.len()),
        }
    }
}
