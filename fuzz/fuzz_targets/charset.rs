//! Character sets: reading and writing back, edits that touch only their span, cuts at characters.
#![no_main]

use cloakroom::base::Span;
use cloakroom::document::Charset;
use cloakroom::document::Unmappable;
use cloakroom_fuzz::shown;
use libfuzzer_sys::fuzz_target;

const LABELS: [&str; 22] = [
    "utf-8",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "gbk",
    "big5",
    "euc-kr",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "latin1",
    "iso-8859-8",
    "windows-1255",
    "windows-1258",
    "windows-874",
    "koi8-r",
    "ibm866",
    "macintosh",
    "x-user-defined",
    "iso-2022-jp",
    "utf-7",
    "iso-8859-16",
];

const VALUES: [&str; 9] = [
    "",
    "x",
    "\u{e9}\u{20ac}",
    "\u{a5}\\",
    "\u{203e}",
    "\u{8868}",
    "\u{1f600}",
    "\u{feff}",
    "<\u{141}'\">",
];

fuzz_target!(|input: &[u8]| {
    let Some((mut dice, bytes)) = cloakroom_fuzz::read(input) else { return };
    let label = dice.pick(&LABELS);
    let Ok(charset) = Charset::settle(Some(label.as_bytes()), bytes) else { return };
    let read = match charset.decode(bytes) {
        Ok(read) => read,
        Err(refusal) => {
            assert!(usize::try_from(refusal.offset).expect("an offset") <= bytes.len(), "{label}");
            return;
        }
    };
    let text = read.text();
    assert!(text.len() <= bytes.len() * 3, "{label} {}", shown(bytes));
    assert_eq!(read.rewrite(0).finish(), bytes, "{label}");

    // Cut at whole characters, every piece is read for itself.
    for cut in dice.cuts(bytes.len()) {
        let at = charset.whole(&bytes[..cut]);
        assert!(at <= cut && cut - at < 4, "{label} {cut} {}", shown(bytes));
        let piece = |bytes| charset.decode(bytes).map(|read| read.text().to_owned());
        let joined = piece(&bytes[..at]).expect("whole") + &piece(&bytes[at..]).expect("whole");
        assert_eq!(joined, text, "{label} {cut} {}", shown(bytes));
    }

    // One edit, at characters of the text.
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut ends = [dice.pick(&places), dice.pick(&places)];
    ends.sort_unstable();
    let [start, end] = ends;
    let value = dice.pick(&VALUES);
    let number = |at| u32::try_from(at).expect("a short text");
    let span = Span::new(number(start), number(end)).expect("a span");
    let unmappable = if dice.flag() { Unmappable::Reference } else { Unmappable::Refuse };
    let mut rewrite = read.rewrite(0);
    let wrote = rewrite.replace(span, unmappable, |out| out.extend_from_slice(value.as_bytes()));
    let out = rewrite.finish();
    if wrote != Ok(true) {
        assert_eq!(out, bytes, "{label}");
        let refuses = unmappable == Unmappable::Refuse && !charset.says(value);
        assert!(refuses || wrote == Ok(false), "{label} {wrote:?} {value:?}");
        return;
    }
    let again =
        charset.decode(&out).unwrap_or_else(|error| panic!("{label} {error} {}", shown(&out)));
    let middle = &again.text()[start..again.text().len() - (text.len() - end)];
    assert_eq!(&again.text()[..start], &text[..start], "{label} {}", shown(bytes));
    assert!(again.text().ends_with(&text[end..]), "{label} {}", shown(bytes));
    if charset.says(value) {
        assert_eq!(middle, value, "{label} {}", shown(bytes));
    } else {
        assert!(middle.contains("&#"), "{label} {middle:?}");
    }
    // The bytes before and behind stay, also where they spell a character in a way of their own.
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let front = bytes.iter().zip(&out).take_while(same).count();
    let back = bytes.iter().rev().zip(out.iter().rev()).take_while(same).count();
    let kept = |front: usize| {
        charset.decode(&bytes[..front]).is_ok_and(|read| read.text() == &text[..start])
    };
    assert!((0..=front).rev().any(kept), "{label} {}", shown(bytes));
    let kept = |back: usize| {
        charset.decode(&bytes[bytes.len() - back..]).is_ok_and(|read| read.text() == &text[end..])
    };
    assert!((0..=back).rev().any(kept), "{label} {}", shown(bytes));
});
