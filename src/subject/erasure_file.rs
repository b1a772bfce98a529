//! The erasure journal on this gateway's own disk: who was erased and when, in keyed pseudonyms.
//!
//! One line for each erasure, on disk before anything is erased. It belongs into no backup of the vault: by
//! it, a vault that was restored forgets again.
//!
//! ```text
//! line = id (UUID) ' ' handle (32 hex digits) ' ' microseconds since 1970 ' ' revision (16 hex digits) '\n'
//! ```

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use data_encoding::HEXLOWER;
use uuid::Uuid;

use crate::base::SubjectHandle;
use crate::base::Timestamp;
use crate::subject::Error;
use crate::vault::subjects::Erasure;

/// The erasure journal of this gateway.
#[derive(Debug, Clone)]
pub(super) struct ErasureFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Mutex<Writer>,
}

/// The end of the file. After an error nobody knows what is on disk, so it takes no line more until the next
/// start.
#[derive(Debug)]
struct Writer {
    file: File,
    is_broken: bool,
}

impl ErasureFile {
    /// Opens the file, or makes it. A last line without its end, left by a crash, is ended: it was never
    /// acknowledged, and what it says in part is no line.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file =
            OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
        let whole = std::fs::read(path)?;
        let mut file = file;
        if whole.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
            file.sync_data()?;
        }
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            file: Mutex::new(Writer { file, is_broken: false }),
        })))
    }

    /// Adds a line, and answers when it is on disk.
    pub(super) async fn append(&self, erasure: &Erasure) -> Result<(), Error> {
        let (handle, cause) = (HEXLOWER.encode(&erasure.handle.0), HEXLOWER.encode(&erasure.cause));
        let line = format!("{} {handle} {} {cause}\n", erasure.id, erasure.at.0);
        let inner = Arc::clone(&self.0);
        run(move || {
            let mut end = inner.file.lock().map_err(|_poisoned| io::Error::other("poisoned"))?;
            if end.is_broken {
                return Err(io::Error::other("an earlier line failed"));
            }
            let written = end.file.write_all(line.as_bytes()).and_then(|()| end.file.sync_data());
            end.is_broken = written.is_err();
            written
        })
        .await
    }

    /// Returns all lines, in the order they came. Ends of lines that a crash cut are left out.
    pub(super) async fn lines(&self) -> Result<Vec<Erasure>, Error> {
        let inner = Arc::clone(&self.0);
        run(move || {
            let lines = BufReader::new(File::open(&inner.path)?).lines();
            let mut erasures = Vec::new();
            for line in lines {
                erasures.extend(parse(&line?));
            }
            Ok(erasures)
        })
        .await
    }
}

async fn run<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_panicked| io::Error::other("the thread ended")).flatten();
    done.map_err(|error| Error::ErasureJournal(error.kind()))
}

fn parse(line: &str) -> Option<Erasure> {
    let mut words = line.split(' ');
    let (id, handle, at, cause) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let handle = HEXLOWER.decode(handle.as_bytes()).ok()?;
    Some(Erasure {
        id: Uuid::parse_str(id).ok()?,
        handle: SubjectHandle(handle.try_into().ok()?),
        at: Timestamp(at.parse().ok()?),
        cause: HEXLOWER.decode(cause.as_bytes()).ok()?,
    })
    .filter(|_| words.next().is_none())
}
