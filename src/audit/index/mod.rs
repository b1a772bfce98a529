//! Which lines name a reference, without reading all of them.
//!
//! An index beside the journal, made from its lines and from nothing else: the folder `index/` may be
//! removed at any time. It is in parts of at most 65,536 lines of one segment ([`part`]); the lines
//! since the last part are kept in memory ([`grow`]), and those that no checkpoint covers yet are
//! read each time. Each line is compared with its stored leaf hash before it is taken in.
//!
//! # Invariants
//!
//! - What the index answers is what reading every line answers
//!   (`tests/it/audit/looks.rs`: `the_index_answers_what_a_full_scan_answers`).
//! - A part that is changed, cut, missing or of another journal is made again
//!   (`a_damaged_index_is_made_again`).
//! - A part of an index holds lines that a checkpoint covers, so a crash takes none of them back.
//! - In memory there is one part at most: 16 bytes for a reference, 262,144 references and those of
//!   one line.

mod grow;
mod named;
mod part;

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::absent;
use crate::audit::folder::segment;
use crate::audit::index::grow::Growing;
use crate::audit::index::part::Part;
use crate::audit::words::Reference;
use crate::base::Sensitive;
use crate::crypto::Prf;
use crate::crypto::expand;

pub(in crate::audit) use named::HexReference;
pub(in crate::audit) use part::Header;

/// Folder of the index in that of the journal.
const FOLDER: &str = "index";

/// What the key of the index is derived for, from the seed of the journal's signatures.
const KEY: &[u8] = b"cloakroom/v1 audit-index";

/// The index of one journal.
pub(in crate::audit) struct Index {
    folder: Folder,
    key: Prf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_loaded: bool,
    /// The parts by their first event; a part is here also when its file could not be written.
    parts: BTreeMap<u64, Header>,
    growing: Option<Growing>,
}

/// Where lines that may name a reference are.
pub(in crate::audit) enum Source {
    /// Events that cannot be told of, and why.
    Fault(Fault),
    /// A part of the index, not searched yet.
    Part(Header),
    /// Lines that were found already, by their offsets in a segment.
    Found { segment: u64, offsets: Vec<u64> },
    /// Lines that no checkpoint covers, from this event and offset on.
    Tail { segment: u64, from: u64, start: u64, to: u64 },
}

/// How far the journal goes: events that are durable, and those that a checkpoint covers.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) struct Extent {
    pub(in crate::audit) events: u64,
    pub(in crate::audit) signed: u64,
}

impl Index {
    pub(in crate::audit) fn new(folder: Folder, seed: &Sensitive<[u8; 32]>) -> Self {
        let key = Prf::new(expand::<32>(seed, KEY).expose());
        Self { folder, key, state: Mutex::default() }
    }

    /// Makes one part, or takes in what is not enough for one. Returns whether there may be more.
    pub(in crate::audit) fn catch_up(&self, signed: u64) -> Result<bool, Fault> {
        let mut state = self.lock();
        let segments = self.segments()?;
        self.load(&mut state, &segments)?;
        state.parts.retain(|_, part| segments.binary_search(&part.segment).is_ok());
        for (first, limit, is_sealed) in spans(&segments, signed) {
            let (next, end) = state.reach(first);
            if next >= limit {
                continue;
            }
            // What had a fault is read again: the segment may be back by now.
            let kept = state.growing.take().filter(|kept| kept.begins_at(first, next));
            let mut growing = kept.unwrap_or_else(|| Growing::begin(first, next, end));
            growing.grow(&self.folder, limit)?;
            if !growing.is_full() && !is_sealed {
                state.growing = Some(growing);
            } else if let Some(header) = growing.header() {
                self.put(&mut growing);
                state.parts.insert(header.from, header);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Says where the lines may be that name these references, in the order of the journal. Parts
    /// that have no line between these times, as lines spell them, are left out.
    pub(in crate::audit) fn plan(
        &self,
        references: &[Reference],
        extent: Extent,
        times: &std::ops::Range<String>,
    ) -> Result<Vec<Source>, Fault> {
        while self.catch_up(extent.signed)? {}
        let state = self.lock();
        let segments = self.segments()?;
        let (mut sources, mut expected) = (Vec::new(), 0);
        for (first, limit, is_sealed) in spans(&segments, extent.signed) {
            if first > expected {
                let reason = Reason::SegmentMissing { expected };
                sources.push(Source::Fault(Fault::file(&segment(expected), reason)));
            }
            let parts = state.chain(first).filter(|part| part.overlaps(times));
            sources.extend(parts.cloned().map(Source::Part));
            let (mut next, mut end) = state.reach(first);
            if let Some(growing) = state.growing.as_ref().filter(|it| it.begins_at(first, next)) {
                sources.extend(growing.faults().iter().cloned().map(Source::Fault));
                sources.push(Source::Found { segment: first, offsets: growing.find(references) });
                (next, end) = growing.reach();
            }
            if next < limit {
                let reason = Reason::Truncated { proven: limit, found: next };
                sources.push(Source::Fault(Fault::file(&segment(first), reason)));
            } else if !is_sealed && next < extent.events {
                let (from, start, to) = (next, end, extent.events);
                sources.push(Source::Tail { segment: first, from, start, to });
            }
            expected = limit.max(first);
        }
        Ok(sources)
    }

    /// Returns where in its segment the lines are that a part has of these references, and what is
    /// wrong with its lines. A part whose file is not what was written is made again.
    pub(in crate::audit) fn find(
        &self,
        header: &Header,
        references: &[Reference],
    ) -> Result<(Vec<u64>, Vec<Fault>), Fault> {
        let part = Part::open(&self.folder, &self.key, header.from);
        let mut part = part.filter(|part| part.header == *header);
        if let Some(offsets) = part.as_mut().and_then(|part| part.find(references)) {
            return Ok((offsets, Vec::new()));
        }
        let mut growing = Growing::begin(header.segment, header.from, header.start);
        growing.grow(&self.folder, header.to)?;
        let mut faults = growing.faults().to_vec();
        let (found, _end) = growing.reach();
        if found < header.to {
            let reason = Reason::Truncated { proven: header.to, found };
            faults.push(Fault::file(&segment(header.segment), reason));
        } else {
            self.put(&mut growing);
        }
        Ok((growing.find(references), faults))
    }

    /// Writes a part. It is not written when one of its lines is not what was hashed, so that it is
    /// looked at again the next time; nor when the disk has no room, which costs time alone.
    fn put(&self, growing: &mut Growing) {
        if growing.faults().is_empty() {
            let (name, content) = growing.file(&self.key);
            drop(self.folder.put(&name, &content));
        }
    }

    /// Finds the parts that an earlier process left, and removes those that are of no use.
    fn load(&self, state: &mut State, segments: &[u64]) -> Result<(), Fault> {
        if state.is_loaded {
            return Ok(());
        }
        let listed = self.listed().map_err(|error| Fault::unreadable(FOLDER, &error))?;
        for &first in segments {
            let (mut next, mut end) = (first, 0);
            while let Some(part) = Part::open(&self.folder, &self.key, next)
                && part.header.continues(first, next, end)
                && part.is_of(&self.folder)
            {
                (next, end) = (part.header.to, part.header.end);
                state.parts.insert(part.header.from, part.header);
            }
        }
        for from in listed.into_iter().filter(|from| !state.parts.contains_key(from)) {
            drop(std::fs::remove_file(self.folder.path(&part::name(from))));
        }
        state.is_loaded = true;
        Ok(())
    }

    /// The first events of the parts that there are files of.
    fn listed(&self) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        for entry in absent(std::fs::read_dir(self.folder.path(FOLDER)))?.into_iter().flatten() {
            let name = entry?.file_name();
            found.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        Ok(found)
    }

    fn segments(&self) -> Result<Vec<u64>, Fault> {
        self.folder.segments().map_err(|error| Fault::unreadable("", &error))
    }

    pub(in crate::audit) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The parts of a segment, from its beginning to the first that is missing.
    fn chain(&self, first: u64) -> impl Iterator<Item = &Header> {
        let of_segment = self.parts.range(first..).map(|(_, part)| part);
        let mut next = first;
        of_segment.take_while(move |part| {
            let follows = part.segment == first && part.from == next;
            next = part.to;
            follows
        })
    }

    /// The event and the offset in the segment at which its parts end.
    fn reach(&self, first: u64) -> (u64, u64) {
        self.chain(first).last().map_or((first, 0), |part| (part.to, part.end))
    }
}

/// Of each segment its first event, the event at which it ends or is not signed yet, and whether
/// another follows.
fn spans(segments: &[u64], signed: u64) -> impl Iterator<Item = (u64, u64, bool)> {
    let ends = segments.iter().skip(1).map(|&next| (next, true)).chain([(signed, false)]);
    segments.iter().zip(ends).map(|(&first, (limit, is_sealed))| (first, limit, is_sealed))
}
