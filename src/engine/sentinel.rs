//! The leak sentinel: whether a value that a rule took out, for a token, a mask or `[redacted]`, stands
//! somewhere else in the same request, where no rule protects it.
//!
//! It looks for the values as they are and as other places write them: percent-encoded, escaped for
//! JSON or HTML, in base64 at each of its three offsets. It finds what is there to the letter; a
//! value in another spelling, or cut in two, it does not find.

use std::collections::HashSet;
use std::fmt;

use aho_corasick::AhoCorasick;
use memchr::memmem;

use crate::base::ClassCode;
use crate::base::Sensitive;
use crate::document::Charset;
use crate::document::base64;
use crate::document::spellings;
use crate::engine::decide::Decision;
use crate::engine::error::Place;
use crate::engine::read::Part;
use crate::engine::select::Found;
use crate::engine::select::treated;
use crate::token::Class;

/// Shorter values stand in other places by accident.
const SHORTEST: usize = 6;

/// More values of one message are not looked for.
const MOST: usize = 100;

/// Of a long value only so many characters at its beginning are looked for.
const LONGEST: usize = 64;

/// Bytes of the message times spellings up to which they are looked for one by one; beyond, together.
const FEW: usize = 1024 * 1024;

/// Spellings of one value, at about.
const SPELLINGS: usize = 16;

/// Shorter runs of letters and digits stand in other places by accident.
const WORD: usize = 4;

/// Hits in one place after which no more are looked at.
const ENOUGH: usize = 1000;

/// A value that a rule took out.
#[derive(Clone, Copy)]
pub(super) struct Original<'c, 'v> {
    pub(super) class: &'c Class,
    pub(super) value: &'v str,
}

/// Returns the values of parts that go on without them, which shall stand nowhere else.
pub(super) fn originals<'a, 'p>(parts: &'p [Part<'a>]) -> Vec<Original<'a, 'p>> {
    let taken =
        treated(parts).filter_map(|occurrence| match (&occurrence.decision, &occurrence.value) {
            (
                Some(Decision::Store | Decision::Write(_) | Decision::Lookup(_)),
                Found::Value(value),
            ) => Some(Original { class: occurrence.class, value: value.expose() }),
            (_, Found::Value(_) | Found::Token(_)) => None,
        });
    taken.collect()
}

/// Of a form that is protected part by part so many bytes that have gone on are looked at again.
const LOOKED_BACK: usize = 256 * 1024;

/// What the sentinel knows of a form that is protected part by part: no part is there when the next is.
#[derive(Default)]
pub(super) struct Watch {
    /// What forms of the route are in.
    charset: Charset,
    /// Finds what was taken out so far. Made anew for a new value only, of which there are not many.
    machine: Option<AhoCorasick>,
    needles: Vec<Sensitive<Vec<u8>>>,
    classes: Vec<Class>,
    values: usize,
    /// What has gone on, as it went.
    gone: Vec<(Place, Vec<u8>)>,
    bytes: usize,
    told: Vec<(ClassCode, Place)>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Watch({} values)", self.values)
    }
}

impl Watch {
    /// Starts a form in this character set.
    pub(super) fn new(charset: Charset) -> Self {
        Self { charset, ..Self::default() }
    }

    /// Looks for what was taken out of this part and of those before it in this part, and for what was
    /// taken out of it in what has gone on. Gives each class and place of the form once.
    pub(super) fn search(
        &mut self,
        originals: &[Original<'_, '_>],
        message: &[(Place, &[u8])],
    ) -> Vec<(Class, Place)> {
        let mut found: Vec<(Class, Place)> = Vec::new();
        if let Some(machine) = &self.machine {
            let class = |(needle, place): (usize, Place)| Some((self.classes.get(needle)?, place));
            let hits = scan(machine, message).into_iter().filter_map(class);
            found.extend(hits.map(|(class, place)| (class.clone(), place)));
        }
        let fresh = self.fresh(originals);
        if !fresh.is_empty() {
            let gone = self.gone.iter().map(|(place, bytes)| (*place, bytes.as_slice()));
            let places: Vec<(Place, &[u8])> = gone.chain(message.iter().copied()).collect();
            let leaks = search(&fresh, &places, self.charset);
            found.extend(leaks.into_iter().map(|(class, place)| (class.clone(), place)));
        }
        found.retain(|(class, place)| {
            let known = self.told.contains(&(class.code, *place));
            if !known {
                self.told.push((class.code, *place));
            }
            !known
        });
        found
    }

    /// Remembers a part, or the head: it goes on.
    pub(super) fn passes(&mut self, originals: &[Original<'_, '_>], message: &[(Place, &[u8])]) {
        let fresh = self.fresh(originals);
        if !fresh.is_empty() {
            self.values += fresh.len();
            let (classes, needles) = needles(&fresh, self.charset);
            self.classes.extend(classes.into_iter().cloned());
            self.needles.extend(needles);
            self.machine = machine(&self.needles);
        }
        for (place, bytes) in message {
            let room = LOOKED_BACK.saturating_sub(self.bytes);
            let kept = bytes.get(..room.min(bytes.len())).unwrap_or_default();
            if !kept.is_empty() {
                self.bytes += kept.len();
                self.gone.push((*place, kept.to_vec()));
            }
        }
    }

    /// The values that are looked for beside those of earlier parts.
    fn fresh<'c, 'v>(&self, originals: &[Original<'c, 'v>]) -> Vec<Original<'c, 'v>> {
        let room = MOST.saturating_sub(self.values);
        originals.iter().filter(|original| is_long(original.value)).take(room).copied().collect()
    }
}

fn is_long(value: &str) -> bool {
    value.chars().nth(SHORTEST - 1).is_some()
}

/// What to look for, and for each spelling the class of its value.
fn needles<'a>(
    originals: &[Original<'a, '_>],
    charset: Charset,
) -> (Vec<&'a Class>, Vec<Sensitive<Vec<u8>>>) {
    let mut seen = HashSet::new();
    let mut classes = Vec::new();
    let mut needles: Vec<Sensitive<Vec<u8>>> = Vec::new();
    for original in originals.iter().filter(|original| is_long(original.value)).take(MOST) {
        let value = beginning(original.value);
        if !seen.insert(value) {
            continue;
        }
        for spelling in spellings(value, charset) {
            classes.push(original.class);
            needles.push(spelling);
        }
    }
    (classes, needles)
}

/// Looks for originals in what is about to be sent, written in UTF-8 or in the character set of the
/// route. Gives each class and place once.
pub(super) fn search<'a>(
    originals: &[Original<'a, '_>],
    message: &[(Place, &[u8])],
    charset: Charset,
) -> Vec<(&'a Class, Place)> {
    let bytes: usize = message.iter().map(|(_, bytes)| bytes.len()).sum();
    let suspects = if originals.len().saturating_mul(bytes) <= FEW / SPELLINGS {
        suspects(originals, message, charset)
    } else {
        originals.to_vec()
    };
    let (classes, needles) = needles(&suspects, charset);
    let hits = if needles.len().saturating_mul(bytes) <= FEW {
        one_by_one(&needles, message)
    } else {
        together(&needles, message)
    };
    let mut found: Vec<(&Class, Place)> = Vec::new();
    for (needle, place) in hits {
        let Some(&class) = classes.get(needle) else { continue };
        if !found.iter().any(|(known, at)| known.code == class.code && *at == place) {
            found.push((class, place));
        }
    }
    found
}

/// Leaves out the values that stand in none of these places, in whatever spelling: of most messages all.
fn suspects<'c, 'v>(
    originals: &[Original<'c, 'v>],
    message: &[(Place, &[u8])],
    charset: Charset,
) -> Vec<Original<'c, 'v>> {
    let long = originals.iter().filter(|original| is_long(original.value)).take(MOST);
    let may_stand = |original: &&Original<'_, '_>| {
        let value = original.value;
        let has_others = charset != Charset::UTF8 && !value.is_ascii();
        has_others
            || letters_of(beginning(value)).iter().any(|text| has_words(text.expose(), message))
    };
    long.filter(may_stand).copied().collect()
}

/// What gives every spelling of a value its letters and digits, one of them at least: the value, as all but
/// base64 leave them as they are, and each base64.
fn letters_of(value: &str) -> [Sensitive<Vec<u8>>; 4] {
    let bytes = value.as_bytes();
    [bytes.to_vec(), base64(bytes, 0), base64(bytes, 1), base64(bytes, 2)].map(Sensitive::new)
}

/// Whether all words of a text stand in one of these places, or it has none that says much.
fn has_words(text: &[u8], message: &[(Place, &[u8])]) -> bool {
    let words =
        || text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| word.len() >= WORD);
    let Some(longest) = words().max_by_key(|word| word.len()) else { return true };
    let finder = memmem::Finder::new(longest);
    let mut places = message.iter().filter(|(_, bytes)| finder.find(bytes).is_some());
    places.any(|(_, bytes)| words().all(|word| memmem::find(bytes, word).is_some()))
}

/// The part of a value that is looked for.
fn beginning(value: &str) -> &str {
    let end = value.char_indices().nth(LONGEST).map_or(value.len(), |(at, _)| at);
    value.get(..end).unwrap_or(value)
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
    // About a thousand spellings of at most a few hundred bytes: some megabytes, and one pass over the
    // message, whatever is in it. Of hits that overlap one is found: enough to tell of the place.
    match machine(needles) {
        Some(machine) => scan(&machine, message),
        None => one_by_one(needles, message),
    }
}

fn machine(needles: &[Sensitive<Vec<u8>>]) -> Option<AhoCorasick> {
    AhoCorasick::new(needles.iter().map(|needle| needle.expose().as_slice())).ok()
}

fn scan(machine: &AhoCorasick, message: &[(Place, &[u8])]) -> Vec<(usize, Place)> {
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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn finds(value: &str, text: &str) -> bool {
        let class = crate::token::builtin("name").unwrap();
        let original = Original { class: &class, value };
        !search(&[original], &[(Place::Body, text.as_bytes())], Charset::UTF8).is_empty()
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
    fn finds_a_value_in_the_character_set_of_the_route() {
        let class = crate::token::builtin("name").unwrap();
        let latin = Charset::settle(Some(b"iso-8859-1"), b"").unwrap();
        let found = |text: &[u8], charset| {
            let original = Original { class: &class, value: "Zoë Müller" };
            !search(&[original], &[(Place::Body, text)], charset).is_empty()
        };
        for text in [&b"x Zo\xeb M\xfcller"[..], b"x=Zo%EB%20M%FCller", b"x=Zo%EB+M%FCller"] {
            assert!(found(text, latin));
            assert!(!found(text, Charset::UTF8));
        }
        assert!(found("Zoë Müller".as_bytes(), latin));
    }

    #[test]
    fn short_values_and_other_texts_are_no_leak() {
        assert!(!finds("12345", "12345"));
        assert!(finds("123456", "0123456"));
        assert!(!finds("ada@canary.example", "a da@canary.example"));
    }

    #[test]
    fn a_form_is_watched_part_by_part() {
        let class = crate::token::builtin("email").unwrap();
        let of = |value: &'static str| [Original { class: &class, value }];
        let body = |text: &'static str| [(Place::Body, text.as_bytes())];
        let mut watch = Watch::default();
        assert!(watch.search(&of("ada@canary.example"), &body("ck1")).is_empty());
        watch.passes(&of("ada@canary.example"), &[(Place::Query, b"x=b%40canary.example")]);
        assert!(watch.search(&[], &body("nothing")).is_empty());
        let told = watch.search(&[], &body("mail ada%40canary.example"));
        assert_eq!(told.iter().map(|(_, place)| *place).collect::<Vec<_>>(), [Place::Body]);
        assert!(watch.search(&[], &body("ada@canary.example again")).is_empty());
        // What has gone on is looked at for what comes later.
        let told = watch.search(&of("b@canary.example"), &body("ck1"));
        assert_eq!(told.iter().map(|(_, place)| *place).collect::<Vec<_>>(), [Place::Query]);
        assert_eq!(format!("{watch:?}"), "Watch(1 values)");
    }

    proptest! {
        #[test]
        fn what_is_left_out_early_stands_nowhere(
            values in vec("[a-zA-Zë&\"/+@. -]{0,12}|[0-9]{6}|\\PC{0,70}", 1..4),
            number in any::<prop::sample::Index>(),
            way in any::<prop::sample::Index>(),
            before in ".{0,5}",
            behind in ".{0,5}",
        ) {
            let class = crate::token::builtin("name").unwrap();
            let original = |value| Original { class: &class, value };
            let originals: Vec<_> = values.iter().map(|value| original(value.as_str())).collect();
            let value: &String = number.get(&values);
            let spellings = spellings(beginning(value), Charset::UTF8);
            let spelled = way.get::<Sensitive<Vec<u8>>>(&spellings).expose();
            let text = [before.as_bytes(), spelled, behind.as_bytes()].concat();
            let message = [(Place::Query, text.as_slice())];
            let found = !search(&originals, &message, Charset::UTF8).is_empty();
            let (_, needles) = needles(&originals, Charset::UTF8);
            prop_assert_eq!(found, !one_by_one(&needles, &message).is_empty());
        }
    }

    #[test]
    fn many_values_are_found_like_few() {
        let class = crate::token::builtin("email").unwrap();
        let values: Vec<String> = (0..90).map(|n| format!("user{n}@canary.example")).collect();
        let originals: Vec<Original<'_, '_>> =
            values.iter().map(|value| Original { class: &class, value }).collect();
        let hit = |text: &str| {
            search(&originals, &[(Place::Header, text.as_bytes())], Charset::UTF8).len()
        };
        assert_eq!(
            hit(&format!("{}user89@canary.example user3%40canary.example", "x ".repeat(10_000))),
            1
        );
        assert_eq!(hit("x user90@canary.example"), 0);
    }
}
