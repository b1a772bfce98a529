//! Values that are looked for in texts, however they are spelled there.
//!
//! Texts are read as their readers do ([`each_reading`]), so a value is found in all escapes that are undone
//! there, mixed and in one another. What no reader undoes is looked for as it is written: spaces that are `+`,
//! base64 at each of its three offsets, another character set. A value is found to the letter; one in another
//! spelling, or cut in two, is not.

use std::iter::successors;

use crate::base::ClassCode;
use crate::base::Sensitive;
use crate::document::Charset;
use crate::document::spelling::TIMES;
use crate::document::spelling::each_reading;
use crate::document::spelling::unescaped;

/// Characters of the shortest value that is looked for: shorter ones stand in other places by accident.
const SHORTEST: usize = 6;

/// Of a long value only so many characters at its beginning are looked for.
const LONGEST: usize = 64;

/// More values are not looked for.
const MOST: usize = 100;

/// What is looked for: the spellings of values, and of each the class of its value.
#[derive(Debug, Default)]
pub struct Needles {
    charset: Charset,
    values: usize,
    /// In the order of their bytes, each once.
    all: Vec<Needle>,
    /// A bit for each hash of the first four bytes of a needle (the shortest, base64 of six bytes, has five), in
    /// a power of two of words.
    beginnings: Sensitive<Vec<u64>>,
}

#[derive(Debug)]
struct Needle {
    bytes: Sensitive<Vec<u8>>,
    class: ClassCode,
    /// Which other needle, the longest of several, it begins with.
    prefix: Option<usize>,
}

impl Needles {
    /// Starts to look for values in UTF-8 and in this character set.
    pub fn new(charset: Charset) -> Self {
        Self { charset, ..Self::default() }
    }

    /// Adds values with their classes, and returns whether one was not there. Leaves out values under six
    /// characters and all but the first hundred, and of each what comes behind 64 characters.
    pub fn add<'v>(&mut self, values: impl Iterator<Item = (ClassCode, &'v str)>) -> bool {
        let before = self.all.len();
        let beginning = |value: &'v str| {
            let end = value.char_indices().nth(LONGEST).map_or(value.len(), |(at, _)| at);
            // Readers that undo escapes take a backslash for a part of what stands behind it.
            value.get(..end).unwrap_or(value).trim_end_matches('\\')
        };
        let beginnings = values.map(|(class, value)| (class, beginning(value)));
        let long = beginnings.filter(|(_, value)| value.chars().nth(SHORTEST - 1).is_some());
        for (class, value) in long.take(MOST.saturating_sub(self.values)) {
            self.values += 1;
            let spellings = spellings(value, self.charset);
            let needle = |bytes| Needle { bytes: Sensitive::new(bytes), class, prefix: None };
            self.all.extend(spellings.into_iter().map(needle));
        }
        if self.all.len() > before {
            self.settle();
        }
        self.all.len() > before
    }

    /// Puts new needles in their places.
    fn settle(&mut self) {
        self.all.sort_by(|one, other| one.bytes.expose().cmp(other.bytes.expose()));
        self.all.dedup_by(|one, other| one.bytes.expose() == other.bytes.expose());
        let mut beginnings = vec![0; self.all.len().next_power_of_two()];
        for at in 0..self.all.len() {
            let (before, rest) = self.all.split_at_mut(at);
            let Some(needle) = rest.first_mut() else { continue };
            let bytes = needle.bytes.expose();
            needle.prefix = begun_with(before, bytes).next();
            if let Some(first) = bytes.first_chunk() {
                let (word, bit) = place(*first, &beginnings);
                beginnings.iter_mut().skip(word).take(1).for_each(|word| *word |= bit);
            }
        }
        self.beginnings = Sensitive::new(beginnings);
    }

    /// Finds the different classes whose values stand in a text. A place costs the logarithm of the number of
    /// needles where one may begin, and as much again for each that is the beginning of another.
    pub fn find(&self, text: &[u8]) -> Vec<ClassCode> {
        let mut found = Vec::new();
        if self.all.is_empty() {
            return found;
        }
        let beginnings = self.beginnings.expose();
        each_reading(text, |text| {
            for (at, first) in text.array_windows().enumerate() {
                let (word, bit) = place(*first, beginnings);
                if beginnings.get(word).is_none_or(|word| word & bit == 0) {
                    continue;
                }
                for needle in begun_with(&self.all, text.get(at..).unwrap_or_default()) {
                    let class = self.all.get(needle).map(|needle| needle.class);
                    found.extend(class.filter(|class| !found.contains(class)));
                }
            }
        });
        found
    }
}

/// Returns which of these needles, which ascend, a text begins with, the longest first.
fn begun_with<'n>(needles: &'n [Needle], text: &'n [u8]) -> impl Iterator<Item = usize> {
    let behind = needles.partition_point(|needle| needle.bytes.expose().as_slice() <= text);
    // All of them are beginnings of the last needle that does not come behind the text, or that one itself.
    let candidates = successors(behind.checked_sub(1), |&at| needles.get(at)?.prefix);
    candidates
        .filter(|&at| needles.get(at).is_some_and(|needle| text.starts_with(needle.bytes.expose())))
}

/// Returns in which of these words, and where in it, the bit of a text with these first bytes is.
fn place(first: [u8; 4], words: &[u64]) -> (usize, u64) {
    let hash = u64::from(u32::from_le_bytes(first)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    (usize::try_from(hash >> 6).unwrap_or_default() & words.len().wrapping_sub(1), 1 << (hash & 63))
}

/// Returns a value as texts have it whose escapes are undone, in UTF-8 or in this character set.
fn spellings(value: &str, charset: Charset) -> Vec<Vec<u8>> {
    let mut all = vec![value.as_bytes().to_vec()];
    // What looks like an escape in the value itself is undone, too.
    let read = successors(unescaped(value.as_bytes()), |text| unescaped(text));
    all.extend(read.take(TIMES).filter(|text| text.len() >= SHORTEST));
    if charset != Charset::UTF8 && !value.is_ascii() && charset.says(value) {
        let mut written = Vec::with_capacity(value.len() * 3);
        charset.write(value, &mut written);
        all.push(written);
    }
    let swapped = |text: &[u8], swap: fn(u8) -> u8| text.iter().map(|byte| swap(*byte)).collect();
    let has_space = all.iter().filter(|text| text.contains(&b' '));
    let forms: Vec<Vec<u8>> = has_space
        .map(|text| swapped(text, |byte| if byte == b' ' { b'+' } else { byte }))
        .collect();
    all.extend(forms);
    for shift in 0..3 {
        let coded = base64(value.as_bytes(), shift);
        if coded.iter().any(|byte| b"+/".contains(byte)) {
            all.push(swapped(&coded, |byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                byte => byte,
            }));
        }
        all.push(coded);
    }
    all
}

/// Returns the middle of a value in base64 when so many bytes stand before it: what does not depend on them,
/// nor on what stands behind.
fn base64(value: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(value);
    let whole = padded.len() / 3 * 3;
    let coded = data_encoding::BASE64.encode(padded.get(..whole).unwrap_or_default());
    let first = [0, 2, 3].get(shift).copied().unwrap_or_default();
    coded.as_bytes().get(first..).unwrap_or_default().to_vec()
}
