//! Reading the checkpoints of a segment, one after the other.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Take;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::folder::absent;
use crate::audit::folder::history;
use crate::crypto::note::Checkpoint;
use crate::crypto::note::Error;
use crate::crypto::note::Verifier;

/// Lines of a checkpoint in the history.
const LINES: u64 = 5;

/// Longest line of a checkpoint.
const LINE_BYTES: u64 = 4096;

/// The checkpoints of one segment in the order they were signed.
pub(super) struct Checkpoints<'a> {
    verifier: &'a Verifier,
    name: String,
    reader: Option<BufReader<Take<File>>>,
    line: u64,
    read_bytes: u64,
    last: u64,
    next: Option<Checkpoint>,
    torn_bytes: u64,
}

impl<'a> Checkpoints<'a> {
    /// Opens the history of the segment that starts with `first`, as long as it is now. A missing
    /// file is an empty one.
    pub(super) fn open(folder: &Folder, verifier: &'a Verifier, first: u64) -> Result<Self, Fault> {
        let name = history(first);
        let file = absent(File::open(folder.path(&name)));
        let reader = file.and_then(|file| file.map(limited).transpose());
        let reader = reader.map_err(|error| Fault::unreadable(&name, &error))?;
        let mut opened = Self {
            verifier,
            name,
            reader,
            line: 1,
            read_bytes: 0,
            last: first,
            next: None,
            torn_bytes: 0,
        };
        opened.advance()?;
        Ok(opened)
    }

    /// The checkpoint that is next.
    pub(super) fn peek(&self) -> Option<Checkpoint> {
        self.next
    }

    /// Goes to the one after it.
    pub(super) fn advance(&mut self) -> Result<(), Fault> {
        self.next = None;
        let Some(text) = self.read().map_err(|error| Fault::unreadable(&self.name, &error))? else {
            return Ok(());
        };
        let start = self.line;
        self.line += LINES;
        let fault = |reason| Fault::line(&self.name, start, None, reason);
        let checkpoint = Checkpoint::open(&text, self.verifier).map_err(|error| {
            fault(match error {
                Error::Unsigned(_) | Error::Signature => Reason::CheckpointSignature,
                Error::Name | Error::Key | Error::Form | Error::Checkpoint => {
                    Reason::CheckpointForm
                }
            })
        })?;
        if checkpoint.size <= self.last {
            return Err(fault(Reason::CheckpointOrder { size: checkpoint.size }));
        }
        self.last = checkpoint.size;
        self.next = Some(checkpoint);
        Ok(())
    }

    /// Returns the file's name in the folder of the journal.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of whole checkpoints that were read, and of an unfinished one behind them.
    pub(super) fn lengths(&self) -> (u64, u64) {
        (self.read_bytes, self.torn_bytes)
    }

    /// Reads five lines. Less than that at the end is an append that was cut short.
    fn read(&mut self) -> io::Result<Option<String>> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let mut text = Vec::new();
        for _ in 0..LINES {
            let before = text.len();
            reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut text)?;
            if text.len() == before || text.last() != Some(&b'\n') {
                self.torn_bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
                self.torn_bytes += io::copy(reader, &mut io::sink())?;
                self.reader = None;
                return Ok(None);
            }
        }
        self.read_bytes += u64::try_from(text.len()).unwrap_or(u64::MAX);
        // What is not UTF-8 is no checkpoint; the lossy text fails to verify and is named.
        Ok(Some(String::from_utf8_lossy(&text).into_owned()))
    }
}

fn limited(file: File) -> io::Result<BufReader<Take<File>>> {
    let length = file.metadata()?.len();
    Ok(BufReader::new(file.take(length)))
}
