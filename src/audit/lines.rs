//! Reading the lines of a segment, one at a time.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::os::unix::fs::FileExt;

use crate::audit::fault::Fault;
use crate::audit::fault::Reason;
use crate::audit::folder::Folder;
use crate::audit::head::Head;

/// Longest line, newline included.
const LINE_BYTES: u64 = 8 * 1024 * 1024;

/// The lines of a segment, as long as it is when it is opened.
pub(super) struct Lines {
    pub(super) name: String,
    reader: BufReader<io::Take<File>>,
    pub(super) number: u64,
    start: u64,
    pub(super) whole_bytes: u64,
    pub(super) torn_bytes: u64,
    ahead: Option<Vec<u8>>,
    length: u64,
}

impl Lines {
    /// Opens the segment of this name.
    pub(super) fn open(folder: &Folder, name: &str) -> Result<Self, Fault> {
        Self::open_at(folder, name, 0, 0)
    }

    /// Opens the segment of this name behind `number` lines, which end at this offset.
    pub(super) fn open_at(
        folder: &Folder,
        name: &str,
        offset: u64,
        number: u64,
    ) -> Result<Self, Fault> {
        let opened = File::open(folder.path(name)).and_then(|mut file| {
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(offset))?;
            Ok((file.take(length.saturating_sub(offset)), length))
        });
        let (limited, length) = opened.map_err(|error| Fault::unreadable(name, &error))?;
        let reader = BufReader::with_capacity(64 * 1024, limited);
        let name = name.to_owned();
        let start = offset;
        Ok(Self { name, reader, number, start, whole_bytes: 0, torn_bytes: 0, ahead: None, length })
    }

    /// Where the line ends that was read last.
    pub(super) fn end(&self) -> u64 {
        self.start + self.whole_bytes
    }

    /// Reads the next whole line without its newline; `false` at the end.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> Result<bool, Fault> {
        line.clear();
        if let Some(ahead) = self.ahead.take() {
            *line = ahead;
        } else {
            let read = self.reader.by_ref().take(LINE_BYTES).read_until(b'\n', line);
            read.map_err(|error| Fault::unreadable(&self.name, &error))?;
        }
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if line.pop_if(|last| *last == b'\n').is_some() {
            self.number += 1;
            self.whole_bytes += length;
            return Ok(true);
        }
        let rest = io::copy(&mut self.reader, &mut io::sink());
        self.torn_bytes = length + rest.map_err(|error| Fault::unreadable(&self.name, &error))?;
        Ok(false)
    }

    /// Whether the line after the one just read is this event.
    pub(super) fn followed_by(&mut self, seq: u64) -> bool {
        let mut ahead = Vec::new();
        let read = self.reader.by_ref().take(LINE_BYTES).read_until(b'\n', &mut ahead);
        let follows =
            read.is_ok() && Head::parse(ahead.trim_ascii_end()).is_some_and(|head| head.seq == seq);
        self.ahead = Some(ahead);
        follows
    }

    /// Whether the segment is longer by now: somebody writes it.
    pub(super) fn grew(&self, folder: &Folder) -> bool {
        folder.path(&self.name).metadata().is_ok_and(|found| found.len() > self.length)
    }

    /// A fault of the line that was read last.
    pub(super) fn fault(&self, seq: Option<u64>, reason: Reason) -> Fault {
        Fault::line(&self.name, self.number, seq, reason)
    }
}

/// Reads the line that begins at this offset, without its newline. A line that does not end is an
/// error of kind `UnexpectedEof`.
pub(super) fn line_at(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::with_capacity(4096, At { file, offset }).take(LINE_BYTES);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    line.pop_if(|last| *last == b'\n').ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(line)
}

/// A file that is read from an offset on, whatever others do with it.
struct At<'a> {
    file: &'a File,
    offset: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += u64::try_from(read).unwrap_or(u64::MAX);
        Ok(read)
    }
}
