//! The leak sentinel: whether a value that became a token stands somewhere else in the same request,
//! where no rule protects it.
//!
//! It looks for the values as they are and as other places write them: percent-encoded, escaped for
//! JSON or HTML, in base64 at each of its three offsets. It finds what is there to the letter; a
//! value in another spelling, or cut in two, it does not find.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use crate::base::Sensitive;
use crate::engine::error::Place;
use crate::token::Class;

/// Shorter values stand in other places by accident.
const SHORTEST: usize = 6;

/// More values of one message are not looked for.
const MOST: usize = 100;

/// Of a long value only so many characters at its beginning are looked for.
const LONGEST: usize = 64;

/// Bytes of the message times spellings up to which they are looked for one by one; beyond, together.
const FEW: usize = 1024 * 1024;

/// Hits in one place after which no more are looked at.
const ENOUGH: usize = 1000;

/// A value that became a token.
pub(super) struct Original<'c, 'v> {
    pub(super) class: &'c Class,
    pub(super) value: &'v str,
}

/// Something found: which class, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leak<'a> {
    pub(super) class: &'a Class,
    pub(super) place: Place,
}

/// Looks for originals in what is about to be sent. Gives each class and place once.
pub(super) fn search<'c>(
    originals: &[Original<'c, '_>],
    message: &[(Place, &[u8])],
) -> Vec<Leak<'c>> {
    let mut seen = HashSet::new();
    let mut classes = Vec::new();
    let mut needles: Vec<Sensitive<Vec<u8>>> = Vec::new();
    let long = |original: &&Original<'_, '_>| original.value.chars().count() >= SHORTEST;
    for original in originals.iter().filter(long).take(MOST) {
        let letters = &mut original.value.char_indices();
        let end = letters.nth(LONGEST).map_or(original.value.len(), |(at, _)| at);
        let value = original.value.get(..end).unwrap_or(original.value);
        if !seen.insert(value) {
            continue;
        }
        for spelling in spellings(value) {
            classes.push(original.class);
            needles.push(spelling);
        }
    }
    let bytes: usize = message.iter().map(|(_, bytes)| bytes.len()).sum();
    let hits = if needles.len().saturating_mul(bytes) <= FEW {
        one_by_one(&needles, message)
    } else {
        together(&needles, message)
    };
    let mut found: Vec<Leak<'c>> = Vec::new();
    for (needle, place) in hits {
        let Some(class) = classes.get(needle) else { continue };
        let known = |leak: &Leak<'_>| leak.class.code == class.code && leak.place == place;
        if !found.iter().any(known) {
            found.push(Leak { class, place });
        }
    }
    found
}

fn one_by_one(needles: &[Sensitive<Vec<u8>>], message: &[(Place, &[u8])]) -> Vec<(usize, Place)> {
    let mut hits = Vec::new();
    for (number, needle) in needles.iter().enumerate() {
        let finder = memmem::Finder::new(needle.expose().as_slice());
        for (place, bytes) in message {
            if finder.find(bytes).is_some() {
                hits.push((number, *place));
            }
        }
    }
    hits
}

fn together(needles: &[Sensitive<Vec<u8>>], message: &[(Place, &[u8])]) -> Vec<(usize, Place)> {
    let patterns = needles.iter().map(|needle| needle.expose().as_slice());
    // About a thousand spellings of at most a few hundred bytes: some megabytes, and one pass over the
    // message, whatever is in it. Of hits that overlap one is found: enough to tell of the place.
    let Ok(machine) = AhoCorasick::new(patterns) else { return one_by_one(needles, message) };
    let mut hits = Vec::new();
    for (place, bytes) in message {
        let mut seen = HashSet::new();
        for hit in machine.find_iter(bytes).take(ENOUGH) {
            if seen.insert(hit.pattern().as_usize()) {
                hits.push((hit.pattern().as_usize(), *place));
            }
        }
    }
    hits
}

/// A value as it is and as other places write it, each spelling once.
fn spellings(value: &str) -> Vec<Sensitive<Vec<u8>>> {
    let mut all: Vec<Sensitive<Vec<u8>>> = vec![Sensitive::new(value.as_bytes().to_vec())];
    let mut add = |spelling: Vec<u8>| {
        if !all.iter().any(|known| *known.expose() == spelling) {
            all.push(Sensitive::new(spelling));
        }
    };
    for upper in [true, false] {
        add(percent(value, upper, b"%20"));
        add(percent(value, upper, b"+"));
        // What browsers leave as it is in a query, and encodeURI everywhere.
        add(escaped(
            value,
            |letter| letter.is_ascii() && letter != ' ',
            |letter, out| {
                push_percent(letter, upper, out);
            },
        ));
    }
    add(json(value, false));
    add(json(value, true));
    add(html(value));
    for shift in 0..3 {
        let coded = base64(value.as_bytes(), shift);
        add(coded
            .iter()
            .map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                byte => *byte,
            })
            .collect());
        add(coded);
    }
    all
}

fn escaped(
    value: &str,
    plain: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut Vec<u8>),
) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 2);
    for letter in value.chars() {
        if plain(letter) {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            escape(letter, &mut out);
        }
    }
    out
}

fn push_percent(letter: char, upper: bool, out: &mut Vec<u8>) {
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        let code = if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
        out.extend_from_slice(code.as_bytes());
    }
}

fn percent(value: &str, upper: bool, space: &[u8]) -> Vec<u8> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    escaped(value, plain, |letter, out| match letter {
        ' ' => out.extend_from_slice(space),
        letter => push_percent(letter, upper, out),
    })
}

fn json(value: &str, ascii: bool) -> Vec<u8> {
    let plain = |letter: char| {
        letter >= ' '
            && !matches!(letter, '"' | '\\')
            && (!ascii || (letter.is_ascii() && letter != '/'))
    };
    escaped(value, plain, |letter, out| match letter {
        '"' | '\\' | '/' => out.extend_from_slice(format!("\\{letter}").as_bytes()),
        '\n' => out.extend_from_slice(b"\\n"),
        letter => {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    })
}

fn html(value: &str) -> Vec<u8> {
    escaped(
        value,
        |letter| !matches!(letter, '&' | '<' | '>' | '"' | '\''),
        |letter, out| {
            out.extend_from_slice(match letter {
                '&' => b"&amp;",
                '<' => b"&lt;",
                '>' => b"&gt;",
                '"' => b"&quot;",
                _ => b"&#39;",
            });
        },
    )
}

/// The middle of a value in base64 when so many bytes stand before it: what does not depend on them,
/// nor on what stands behind.
fn base64(value: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(value);
    let whole = padded.len() / 3 * 3;
    let coded = data_encoding::BASE64.encode(padded.get(..whole).unwrap_or_default());
    let first = [0, 2, 3].get(shift).copied().unwrap_or_default();
    coded.as_bytes().get(first..).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(value: &str, text: &str) -> bool {
        let class = crate::token::builtin("name").unwrap();
        let original = Original { class: &class, value };
        !search(&[original], &[(Place::Body, text.as_bytes())]).is_empty()
    }

    #[test]
    fn finds_a_value_in_every_spelling() {
        let value = "Zoë O'Hara & \"Co\"/x";
        for text in [
            "a Zoë O'Hara & \"Co\"/x b",
            "?q=Zo%C3%AB%20O%27Hara%20%26%20%22Co%22%2Fx",
            "q=Zo%c3%ab+O%27Hara+%26+%22Co%22%2fx",
            "{\"a\":\"Zoë O'Hara & \\\"Co\\\"/x\"}",
            "{\"a\":\"Zo\\u00eb O'Hara & \\\"Co\\\"\\/x\"}",
            "<p>Zoë O&#39;Hara &amp; &quot;Co&quot;/x",
        ] {
            assert!(finds(value, text), "{text}");
        }
        for before in ["", "a", "ab", "abc"] {
            for behind in ["", "z", "zz"] {
                let text = format!("{before}{value}{behind}");
                let coded = data_encoding::BASE64.encode(text.as_bytes());
                assert!(finds(value, &coded), "{before} {behind}");
                assert!(finds(value, &data_encoding::BASE64URL.encode(text.as_bytes())));
            }
        }
    }

    #[test]
    fn short_values_and_other_texts_are_no_leak() {
        assert!(!finds("12345", "12345"));
        assert!(finds("123456", "0123456"));
        assert!(!finds("ada@canary.example", "a da@canary.example"));
    }

    #[test]
    fn many_values_are_found_like_few() {
        let class = crate::token::builtin("email").unwrap();
        let values: Vec<String> = (0..90).map(|n| format!("user{n}@canary.example")).collect();
        let originals: Vec<Original<'_, '_>> =
            values.iter().map(|value| Original { class: &class, value }).collect();
        let hit = |text: &str| search(&originals, &[(Place::Header, text.as_bytes())]).len();
        assert_eq!(
            hit(&format!("{}user89@canary.example user3%40canary.example", "x ".repeat(10_000))),
            1
        );
        assert_eq!(hit("x user90@canary.example"), 0);
    }
}
