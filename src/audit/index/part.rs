//! A part of the index, as a file: sorted entries in pages, each page and the head under a tag.
//!
//! ```text
//! head  = magic 8 ‖ segment, from, to, start, end, last_at: 8 each ‖ earliest, latest: 27 each ‖ last 32 ‖ entries 8
//! file  = head ‖ first prefix of each page: 8 each ‖ tag 16 ‖ (128 entries or fewer ‖ tag 16) …
//! entry = first 8 bytes of the reference ‖ offset of the line in its segment 8
//! ```
//!
//! Numbers are big endian. The tags are HMAC-SHA-256 under the key of the index, cut to 16 bytes: of
//! all before it, and of the head's tag, the page's number and its entries.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::audit::folder::Folder;
use crate::audit::folder::segment;
use crate::audit::index::FOLDER;
use crate::audit::lines::line_at;
use crate::audit::words::Reference;
use crate::crypto::Prf;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::leaf_hash;

const MAGIC: &[u8; 8] = b"ckindex1";

/// Bytes of the head without the list of pages.
const HEAD: usize = 8 + 6 * 8 + 2 * TIME + 32 + 8;

/// Bytes of a time as lines spell it.
const TIME: usize = 27;

const TAG: usize = 16;
const ENTRY: usize = 16;

/// Entries of a page.
const PAGE: usize = 128;

/// Pages of a part: what one line of the longest kind can bring above the entries of a part.
const MOST_PAGES: u64 = 8_192;

/// What a part covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::audit) struct Header {
    /// First event of the segment.
    pub(in crate::audit) segment: u64,
    /// First event of the part, and the one after its last.
    pub(in crate::audit) from: u64,
    pub(in crate::audit) to: u64,
    /// Where in the segment its lines begin and end.
    pub(super) start: u64,
    pub(super) end: u64,
    /// Where its last line begins, and the hash of that.
    pub(super) last_at: u64,
    pub(super) last: Hash,
    /// The times between which its lines are that name something; empty when none does.
    earliest: String,
    latest: String,
}

impl Header {
    pub(super) fn begin(segment: u64, from: u64, start: u64) -> Self {
        Self {
            segment,
            from,
            to: from,
            start,
            end: start,
            last_at: start,
            last: [0; 32],
            earliest: String::new(),
            latest: String::new(),
        }
    }

    /// Takes the time of a line in that names something.
    pub(super) fn spans(&mut self, time: &str) {
        if self.earliest.is_empty() || time < self.earliest.as_str() {
            time.clone_into(&mut self.earliest);
        }
        if time > self.latest.as_str() {
            time.clone_into(&mut self.latest);
        }
    }

    /// Whether it may have a line between these times that names something.
    pub(super) fn overlaps(&self, times: &Range<String>) -> bool {
        !self.earliest.is_empty() && self.earliest < times.end && self.latest >= times.start
    }

    /// Whether it is of this segment and goes on where the part before ended.
    pub(super) fn continues(&self, segment: u64, from: u64, start: u64) -> bool {
        self.segment == segment && self.from == from && self.start == start && self.to > from
    }

    fn encode(&self, entries: u64) -> Vec<u8> {
        let mut head = MAGIC.to_vec();
        for number in [self.segment, self.from, self.to, self.start, self.end, self.last_at] {
            head.extend(number.to_be_bytes());
        }
        for time in [&self.earliest, &self.latest] {
            let mut padded = [0; TIME];
            padded.iter_mut().zip(time.bytes()).for_each(|(place, byte)| *place = byte);
            head.extend(padded);
        }
        head.extend(self.last);
        head.extend(entries.to_be_bytes());
        head
    }

    /// Reads a head, and how many entries there are.
    fn decode(head: &[u8]) -> Option<(Self, u64)> {
        let mut rest = head.strip_prefix(MAGIC)?;
        let mut number = || {
            let (bytes, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(u64::from_be_bytes(*bytes))
        };
        let (segment, from, to) = (number()?, number()?, number()?);
        let (start, end, last_at) = (number()?, number()?, number()?);
        let mut time = || {
            let (bytes, after) = rest.split_first_chunk::<TIME>()?;
            rest = after;
            Some(str::from_utf8(bytes).ok()?.trim_end_matches('\0').to_owned())
        };
        let (earliest, latest) = (time()?, time()?);
        let (last, rest) = rest.split_first_chunk::<32>()?;
        let entries = u64::from_be_bytes(rest.try_into().ok()?);
        let header = Self { segment, from, to, start, end, last_at, last: *last, earliest, latest };
        Some((header, entries))
    }
}

/// A reference and a line that names it. Eight bytes of a reference are enough to find it: the line
/// has all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) prefix: u64,
    pub(super) offset: u64,
}

impl Entry {
    pub(super) fn of(reference: &Reference, offset: u64) -> Self {
        Self { prefix: prefix(reference), offset }
    }

    fn decode(bytes: &[u8; ENTRY]) -> Self {
        let number = u128::from_be_bytes(*bytes);
        let low = number & u128::from(u64::MAX);
        let part = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        Self { prefix: part(number >> 64), offset: part(low) }
    }
}

fn prefix(Reference(bytes): &Reference) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The beginnings of these references, in order.
pub(super) fn prefixes(references: &[Reference]) -> Vec<u64> {
    let mut all: Vec<u64> = references.iter().map(prefix).collect();
    all.sort_unstable();
    all
}

/// Name of the part that begins with this event.
pub(super) fn name(from: u64) -> String {
    format!("{FOLDER}/{from:020}")
}

/// Returns the file of a part, whose entries are in order.
pub(super) fn encode(header: &Header, entries: &[Entry], key: &Prf) -> Vec<u8> {
    let mut file = header.encode(u64::try_from(entries.len()).unwrap_or(u64::MAX));
    for page in entries.chunks(PAGE) {
        file.extend(page.first().map_or(0, |first| first.prefix).to_be_bytes());
    }
    let tag = key.short_tag(&[&file]);
    file.extend(tag);
    for (page, number) in entries.chunks(PAGE).zip(0_u64..) {
        let bytes: Vec<u8> = page
            .iter()
            .flat_map(|entry| [entry.prefix.to_be_bytes(), entry.offset.to_be_bytes()].concat())
            .collect();
        file.extend(&bytes);
        file.extend(key.short_tag(&[&tag, &number.to_be_bytes(), &bytes]));
    }
    file
}

/// A part whose head is what was written; pages are checked as they are read.
pub(super) struct Part<'a> {
    pub(super) header: Header,
    key: &'a Prf,
    file: File,
    entries: u64,
    /// First prefix of each page.
    pages: Vec<u64>,
    tag: [u8; TAG],
    at_hand: Option<(u64, Vec<Entry>)>,
}

impl<'a> Part<'a> {
    /// Opens the part that begins with this event; none when there is none, or its head is not what
    /// was written under this key.
    pub(super) fn open(folder: &Folder, key: &'a Prf, from: u64) -> Option<Self> {
        let file = File::open(folder.path(&name(from))).ok()?;
        let mut head = vec![0; HEAD];
        file.read_exact_at(&mut head, 0).ok()?;
        let (header, entries) = Header::decode(&head)?;
        let count = entries.div_ceil(u64::try_from(PAGE).ok()?);
        let listed = usize::try_from(count).ok().filter(|_| count <= MOST_PAGES)? * 8;
        let mut list = vec![0; listed + TAG];
        file.read_exact_at(&mut list, u64::try_from(HEAD).ok()?).ok()?;
        let (list, tag) = list.split_at_checked(listed)?;
        let expected = key.short_tag(&[&head, list]);
        if *tag != expected {
            return None;
        }
        let pages = list.as_chunks::<8>().0.iter().map(|bytes| u64::from_be_bytes(*bytes));
        let pages = pages.collect();
        Some(Self { header, key, file, entries, pages, tag: expected, at_hand: None })
    }

    /// Whether its last line is the one that lies there in the journal.
    pub(super) fn is_of(&self, folder: &Folder) -> bool {
        let Ok(file) = File::open(folder.path(&segment(self.header.segment))) else { return false };
        let line = line_at(&file, self.header.last_at);
        line.is_ok_and(|line| leaf_hash(&line) == self.header.last)
    }

    /// Returns the offsets of the lines that name one of these references, or one that begins alike;
    /// none when a page is not what was written.
    pub(super) fn find(&mut self, references: &[Reference]) -> Option<Vec<u64>> {
        let mut offsets = Vec::new();
        for prefix in prefixes(references) {
            // Equal prefixes may begin in the page before the first that begins with them.
            let first = self.pages.partition_point(|&first| first < prefix).saturating_sub(1);
            let mut number = u64::try_from(first).ok()?;
            while self
                .pages
                .get(usize::try_from(number).ok()?)
                .is_some_and(|first| *first <= prefix)
            {
                let page = self.page(number)?;
                let from = page.partition_point(|entry| entry.prefix < prefix);
                let named = page.iter().skip(from).take_while(|entry| entry.prefix == prefix);
                offsets.extend(named.map(|entry| entry.offset));
                number += 1;
            }
        }
        offsets.sort_unstable();
        offsets.dedup();
        Some(offsets)
    }

    /// Reads a page; none when it is not what was written.
    fn page(&mut self, number: u64) -> Option<&[Entry]> {
        if self.at_hand.as_ref().is_none_or(|(at_hand, _)| *at_hand != number) {
            let entries = self.read(number)?;
            self.at_hand = Some((number, entries));
        }
        self.at_hand.as_ref().map(|(_, entries)| entries.as_slice())
    }

    fn read(&self, number: u64) -> Option<Vec<Entry>> {
        let page = u64::try_from(PAGE).ok()?;
        let in_page = usize::try_from(self.entries.checked_sub(number * page)?.min(page)).ok()?;
        let before = HEAD + self.pages.len() * 8 + TAG;
        let offset =
            u64::try_from(before).ok()? + number * u64::try_from(PAGE * ENTRY + TAG).ok()?;
        let mut bytes = vec![0; in_page * ENTRY + TAG];
        self.file.read_exact_at(&mut bytes, offset).ok()?;
        let (entries, tag) = bytes.split_at_checked(in_page * ENTRY)?;
        let expected = self.key.short_tag(&[&self.tag, &number.to_be_bytes(), entries]);
        (*tag == expected)
            .then(|| entries.as_chunks::<ENTRY>().0.iter().map(Entry::decode).collect())
    }
}
