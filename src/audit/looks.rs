//! Who looked at what, told from the journal: the intents that name given references.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::segment;
use crate::audit::index::Extent;
use crate::audit::index::HexReference;
use crate::audit::index::Index;
use crate::audit::index::Source;
use crate::audit::journal::Journal;
use crate::audit::leaves::Leaves;
use crate::audit::line::rfc3339;
use crate::audit::lines::Lines;
use crate::audit::lines::line_at;
use crate::audit::words::Reference;
use crate::base::Timestamp;
use crate::crypto::merkle::leaf_hash;

/// An intent that names one of the references that were asked for. Whether what it announced was
/// given in the end, its outcome says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Number of the intent in the journal.
    pub seq: u64,
    /// When it was put on record.
    pub time: Timestamp,
    /// `reveal`, or what was allowed with what is kept about a person, such as `export`.
    pub action: String,
    /// What is kept about a person that it was done with, such as `profile`; none of a reveal.
    pub kind: Option<String>,
    /// Who looked; none when it was a timer.
    pub looker: Option<Looker>,
    /// What for, if a purpose was given.
    pub purpose: Option<String>,
    /// The route; none on the listener of people.
    pub route: Option<String>,
    /// The name of the request, which its other lines have, too.
    pub request_id: Option<String>,
    /// Classes of what was asked for, each with the way it was shown, once each and in order.
    pub classes: Vec<LookClass>,
}

/// A caller as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Looker {
    /// `user`, `service` or `anonymous`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name; none when it may be an address.
    pub id: Option<String>,
    /// The groups that the line has, 32 at most.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// A class that was shown, and how: `reveal` or `mask`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookClass {
    /// The name of the class, such as `email`.
    pub class: String,
    /// The word of the journal for how it was shown.
    pub mode: String,
}

/// The looks at some references, in the order of the journal. What cannot be told of is in its place
/// as a fault: lines that are not what was hashed, and events that are missing. Reads files as it is
/// asked on; holds one part's places and one line.
pub struct Looks {
    index: Arc<Index>,
    /// The lines of one segment that are read now.
    references: Vec<Reference>,
    times: Range<String>,
    extent: Extent,
    sources: VecDeque<Source>,
    reading: Option<Reading>,
    pending: Option<Pending>,
    ready: VecDeque<Result<Look, Fault>>,
    leaves: Leaves,
}

/// Lines of one segment.
enum Reading {
    Found { segment: u64, file: File, offsets: VecDeque<u64> },
    Tail { segment: u64, lines: Lines, next: u64, to: u64 },
}

/// A line, checked, and where in which segment it ends.
struct Line {
    told: Told,
    segment: u64,
    end: u64,
}

/// References of an intent that was not read yet.
struct Pending {
    intent: u64,
    request_id: Option<String>,
    classes: Vec<LookClass>,
    /// Where the line ends that has them, and the event after it.
    segment: u64,
    end: u64,
    next: u64,
}

/// The fields of a line that a look is made of.
#[derive(Deserialize)]
struct Told {
    seq: u64,
    time: String,
    event: String,
    request_id: Option<String>,
    to_intent: Option<u64>,
    #[serde(default)]
    items: Vec<ToldItem>,
    subject: Option<HexReference>,
    principal: Option<Looker>,
    purpose: Option<String>,
    route: Option<String>,
    action: Option<String>,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct ToldItem {
    class: String,
    mode: String,
    #[serde(default)]
    refs: Vec<HexReference>,
}

impl Journal {
    /// Returns the looks at these references, of records and of a person, that were put on record
    /// between these times. Brings the index up to date first; whoever calls [`Self::catch_up`] now
    /// and then does not wait for that here.
    ///
    /// Reads files and blocks meanwhile, as the iterator does.
    pub fn looks(&self, references: &[Reference], times: Range<Timestamp>) -> Looks {
        let (index, health) = (Arc::clone(self.index()), self.health());
        let extent = Extent { events: health.events, signed: health.signed };
        let mut references = references.to_vec();
        references.sort_unstable();
        references.dedup();
        let times = rfc3339(times.start)..rfc3339(times.end);
        let mut ready = VecDeque::new();
        let sources = index.plan(&references, extent, &times).unwrap_or_else(|fault| {
            ready.push_back(Err(fault));
            Vec::new()
        });
        let (sources, leaves) = (sources.into(), Leaves::default());
        let (reading, pending) = (None, None);
        Looks { index, references, times, extent, sources, reading, pending, ready, leaves }
    }

    /// Takes so many lines into the index of references as make one part of it, and returns whether
    /// there may be more. Reads files and blocks meanwhile, some tenths of a second.
    pub fn catch_up(&self) -> Result<bool, Fault> {
        self.index().catch_up(self.health().signed)
    }
}

impl Iterator for Looks {
    type Item = Result<Look, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            match self.line() {
                Some(Ok(line)) => self.take(line),
                Some(Err(fault)) => {
                    self.settle();
                    self.ready.push_back(Err(fault));
                }
                None => {
                    self.settle();
                    return self.ready.pop_front();
                }
            }
        }
    }
}

impl Looks {
    /// Reads the next line that may name a reference.
    fn line(&mut self) -> Option<Result<Line, Fault>> {
        loop {
            if let Some(mut reading) = self.reading.take()
                && let Some(line) = self.read(&mut reading)
            {
                self.reading = Some(reading);
                return Some(line);
            }
            let begun = match self.sources.pop_front()? {
                Source::Fault(fault) => Err(fault),
                Source::Found { segment, offsets } => found(self.index.folder(), segment, offsets),
                Source::Part(header) => {
                    self.index.find(&header, &self.references).and_then(|(offsets, faults)| {
                        self.ready.extend(faults.into_iter().map(Err));
                        found(self.index.folder(), header.segment, offsets)
                    })
                }
                Source::Tail { segment: first, from, start, to } => {
                    let name = segment(first);
                    let lines = Lines::open_at(self.index.folder(), &name, start, from - first);
                    lines.map(|lines| Reading::Tail { segment: first, lines, next: from, to })
                }
            };
            match begun {
                Ok(reading) => self.reading = Some(reading),
                Err(fault) => return Some(Err(fault)),
            }
        }
    }

    fn read(&mut self, reading: &mut Reading) -> Option<Result<Line, Fault>> {
        match reading {
            Reading::Found { segment: first, file, offsets } => {
                let offset = offsets.pop_front()?;
                let read = line_at(file, offset);
                let read = read.map_err(|error| Fault::unreadable(&segment(*first), &error));
                Some(read.and_then(|line| {
                    let end = offset + u64::try_from(line.len()).unwrap_or(u64::MAX) + 1;
                    let told = self.checked(&line, *first)?;
                    Ok(Line { told, segment: *first, end })
                }))
            }
            Reading::Tail { segment: first, lines, next, to } => {
                if next >= to {
                    return None;
                }
                let (mut line, expected) = (Vec::new(), *next);
                match lines.next(&mut line) {
                    Ok(true) => {}
                    Ok(false) => {
                        let reason = Reason::Truncated { proven: *to, found: expected };
                        *next = *to;
                        return Some(Err(Fault::file(&segment(*first), reason)));
                    }
                    Err(fault) => {
                        *next = *to;
                        return Some(Err(fault));
                    }
                }
                *next += 1;
                let told = self.checked(&line, *first).and_then(|told| {
                    let fault = || lines.fault(Some(expected), Reason::NotAnEvent);
                    if told.seq == expected { Ok(told) } else { Err(fault()) }
                });
                Some(told.map(|told| Line { told, segment: *first, end: lines.end() }))
            }
        }
    }

    /// Reads a line, and compares it with its stored leaf hash where a checkpoint covers it.
    fn checked(&mut self, line: &[u8], first: u64) -> Result<Told, Fault> {
        let name = segment(first);
        let told: Told =
            serde_json::from_slice(line).map_err(|_| Fault::file(&name, Reason::NotAnEvent))?;
        if told.seq < self.extent.signed {
            let stored = self.leaves.leaf(self.index.folder(), told.seq)?;
            if stored != Some(leaf_hash(line)) {
                let number = (told.seq + 1).saturating_sub(first);
                let reason = Reason::Changed { tile: told.seq / 256 };
                return Err(Fault::line(&name, number, Some(told.seq), reason));
            }
        }
        Ok(told)
    }

    /// Takes a line in: a look, or references of the intent that follows.
    fn take(&mut self, line: Line) {
        let Line { told, segment, end } = line;
        let is_in_time = self.times.start <= told.time && told.time < self.times.end;
        if !is_in_time || !told.names(&self.references) {
            return;
        }
        let mut classes = told.classes(&self.references);
        if let ("reveal.refs", Some(left)) = (told.event.as_str(), told.to_intent) {
            let (intent, next) = (told.seq + left, told.seq + 1);
            if let Some(same) = self.pending.take_if(|pending| pending.intent == intent) {
                classes.extend(same.classes);
            } else {
                self.settle();
            }
            let request_id = told.request_id;
            self.pending = Some(Pending { intent, request_id, classes, segment, end, next });
        } else if told.is_intent() {
            if let Some(same) = self.pending.take_if(|pending| pending.intent == told.seq) {
                classes.extend(same.classes);
            } else {
                self.settle();
            }
            self.ready.extend(told.look(classes).map(Ok));
        }
    }

    /// Makes a look of references whose intent lists none of those that were asked for.
    fn settle(&mut self) {
        let Some(mut pending) = self.pending.take() else { return };
        let classes = std::mem::take(&mut pending.classes);
        match self.intent(&pending) {
            Ok(Some(told)) => self.ready.extend(told.look(classes).map(Ok)),
            // It was never written: nothing was shown.
            Ok(None) => {}
            Err(fault) => self.ready.push_back(Err(fault)),
        }
    }

    /// Reads the intent of references: some lines further, in the next segment if theirs has ended.
    fn intent(&mut self, pending: &Pending) -> Result<Option<Told>, Fault> {
        if pending.intent >= self.extent.events {
            return Ok(None);
        }
        let index = Arc::clone(&self.index);
        let (mut first, mut next) = (pending.segment, pending.next);
        let mut lines = Lines::open_at(index.folder(), &segment(first), pending.end, 0)?;
        let mut line = Vec::new();
        loop {
            if !lines.next(&mut line)? {
                first = next;
                lines = Lines::open(index.folder(), &segment(first))?;
                if !lines.next(&mut line)? {
                    return Ok(None);
                }
            }
            if next == pending.intent {
                let told = self.checked(&line, first)?;
                let is_same = told.seq == next && told.request_id == pending.request_id;
                return Ok(Some(told).filter(|told| is_same && told.is_intent()));
            }
            next += 1;
        }
    }
}

/// Opens a segment to read the lines at these offsets.
fn found(
    folder: &crate::audit::folder::Folder,
    first: u64,
    offsets: Vec<u64>,
) -> Result<Reading, Fault> {
    let name = segment(first);
    let file = File::open(folder.path(&name)).map_err(|error| Fault::unreadable(&name, &error))?;
    Ok(Reading::Found { segment: first, file, offsets: offsets.into() })
}

impl Told {
    fn is_intent(&self) -> bool {
        matches!(self.event.as_str(), "reveal.intent" | "person.intent")
    }

    /// Whether the line is about the person asked for, and so all of its items are.
    fn is_about(&self, references: &[Reference]) -> bool {
        self.subject.is_some_and(|subject| references.binary_search(&subject.0).is_ok())
    }

    fn names(&self, references: &[Reference]) -> bool {
        self.is_about(references) || self.items.iter().any(|item| item.names(references))
    }

    fn classes(&self, references: &[Reference]) -> Vec<LookClass> {
        let is_about = self.is_about(references);
        let items = self.items.iter().filter(|item| is_about || item.names(references));
        items.map(|item| LookClass { class: item.class.clone(), mode: item.mode.clone() }).collect()
    }

    fn look(self, mut classes: Vec<LookClass>) -> Option<Look> {
        classes.sort_unstable();
        classes.dedup();
        let time: jiff::Timestamp = self.time.parse().ok()?;
        Some(Look {
            seq: self.seq,
            time: Timestamp(u64::try_from(time.as_microsecond()).ok()?),
            action: self.action.unwrap_or_else(|| String::from("reveal")),
            kind: self.kind,
            looker: self.principal,
            purpose: self.purpose,
            route: self.route,
            request_id: self.request_id,
            classes,
        })
    }
}

impl ToldItem {
    fn names(&self, references: &[Reference]) -> bool {
        self.refs.iter().any(|reference| references.binary_search(&reference.0).is_ok())
    }
}
