//! Taking lines into a part of the index.

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::segment;
use crate::audit::head::Head;
use crate::audit::index::named::Named;
use crate::audit::index::part;
use crate::audit::index::part::Entry;
use crate::audit::index::part::Header;
use crate::audit::leaves::Leaves;
use crate::audit::lines::Lines;
use crate::audit::words::Reference;
use crate::crypto::Prf;
use crate::crypto::merkle::Hash;
use crate::crypto::merkle::leaf_hash;

/// Lines that a part has at most.
const MOST_LINES: u64 = 65_536;

/// Entries after which a part ends, 4 MiB of them.
const MOST_ENTRIES: usize = 262_144;

/// Faults that are kept of a part.
const MOST_FAULTS: usize = 64;

/// A part that is being made.
pub(super) struct Growing {
    header: Header,
    /// The event after the last line that was what was hashed.
    good: u64,
    entries: Vec<Entry>,
    faults: Vec<Fault>,
}

impl Growing {
    /// Begins a part with the event and the offset at which the one before ended.
    pub(super) fn begin(segment: u64, from: u64, start: u64) -> Self {
        let header = Header::begin(segment, from, start);
        Self { header, good: from, entries: Vec::new(), faults: Vec::new() }
    }

    /// Whether it is a part that begins there, of lines that are what was hashed.
    pub(super) fn begins_at(&self, segment: u64, from: u64) -> bool {
        self.header.segment == segment && self.header.from == from
    }

    /// Whether it takes no more lines.
    pub(super) fn is_full(&self) -> bool {
        self.header.to - self.header.from >= MOST_LINES || self.entries.len() >= MOST_ENTRIES
    }

    /// The event and the offset at which it ends by now.
    pub(super) fn reach(&self) -> (u64, u64) {
        (self.header.to, self.header.end)
    }

    /// Returns the lines that are not what was hashed.
    pub(super) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Returns what it covers; none when that is nothing.
    pub(super) fn header(&self) -> Option<Header> {
        (self.header.to > self.header.from).then(|| self.header.clone())
    }

    /// Takes in the lines of its segment up to this event, as many as fit. Lines that are not what
    /// was hashed are passed over, and told.
    pub(super) fn grow(&mut self, folder: &Folder, limit: u64) -> Result<(), Fault> {
        if !self.faults.is_empty() {
            let Header { segment, from, start, .. } = self.header;
            *self = Self::begin(segment, from, start);
        }
        let (mut leaves, mut line) = (Leaves::default(), Vec::new());
        let number = self.header.to - self.header.segment;
        let name = segment(self.header.segment);
        let mut lines = Lines::open_at(folder, &name, self.header.end, number)?;
        while self.header.to < limit && !self.is_full() && lines.next(&mut line)? {
            let offset = self.header.end;
            self.header.end = lines.end();
            if let Some(leaf) = self.take(folder, &mut leaves, &line, limit)? {
                (self.header.last, self.header.last_at) = (leaf, offset);
                if let Some(named) = Named::parse(&line) {
                    self.header.spans(&named.time);
                    let entry = |reference| Entry::of(&reference, offset);
                    self.entries.extend(named.references().map(entry));
                }
            }
        }
        Ok(())
    }

    /// Says whether a line is what was hashed, by its hash if it is. Where lines are missing or too
    /// many, goes on with the next one that is at its place.
    fn take(
        &mut self,
        folder: &Folder,
        leaves: &mut Leaves,
        line: &[u8],
        limit: u64,
    ) -> Result<Option<Hash>, Fault> {
        let (leaf, expected) = (leaf_hash(line), self.header.to);
        let stored = leaves.leaf(folder, expected)?;
        let mut found = (stored == Some(leaf)).then_some(expected);
        if found.is_none() {
            let told = Head::parse(line).map(|head| head.seq);
            let is_new = |seq: &u64| (self.good..limit).contains(seq);
            if let Some(seq) = told.filter(is_new)
                && leaves.leaf(folder, seq)? == Some(leaf)
            {
                found = Some(seq);
            }
            self.blame(found, stored.is_some());
        }
        self.header.to = found.unwrap_or(expected) + 1;
        if found.is_some() {
            self.good = self.header.to;
        }
        Ok(found.map(|_| leaf))
    }

    /// Remembers that the expected line is not there.
    fn blame(&mut self, found: Option<u64>, is_stored: bool) {
        let expected = self.header.to;
        let reason = match found {
            Some(found) if found < expected => return,
            Some(found) => Reason::Removed { expected, found },
            None if is_stored => Reason::Changed { tile: expected / 256 },
            None => Reason::TileMissing,
        };
        if self.faults.len() < MOST_FAULTS {
            let number = expected - self.header.segment + 1;
            let file = segment(self.header.segment);
            self.faults.push(Fault::line(&file, number, Some(expected), reason));
        }
    }

    /// Returns the offsets of its lines that name one of these references, in order.
    pub(super) fn find(&self, references: &[Reference]) -> Vec<u64> {
        let wanted = part::prefixes(references);
        let named = self.entries.iter().filter(|entry| wanted.binary_search(&entry.prefix).is_ok());
        let mut offsets: Vec<u64> = named.map(|entry| entry.offset).collect();
        offsets.sort_unstable();
        offsets.dedup();
        offsets
    }

    /// Returns the name and the content of its file.
    pub(super) fn file(&mut self, key: &Prf) -> (String, Vec<u8>) {
        self.entries.sort_unstable();
        self.entries.dedup();
        (part::name(self.header.from), part::encode(&self.header, &self.entries, key))
    }
}
