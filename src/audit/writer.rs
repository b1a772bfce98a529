//! The one thread that writes: takes everything that waits, makes it durable with one sync, answers
//! everybody, signs.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::audit::error::Error;
use crate::audit::event::Event;
use crate::audit::journal::Receipt;
use crate::audit::line;
use crate::audit::line::Stamp;
use crate::audit::queue::Batch;
use crate::audit::queue::Job;
use crate::audit::queue::Queue;
use crate::audit::queue::SignedLine;
use crate::audit::queue::Waiter;
use crate::audit::store::Store;
use crate::base::Timestamp;
use crate::crypto::merkle::leaf_hash;

/// Least time between two checkpoints, and between two tries while the disk refuses.
const PAUSE: Duration = Duration::from_secs(1);

/// Lines of usual length that one sync covers at most, so that the first of them does not wait for
/// ever more.
const GROUP: usize = 4096;

/// What the writing thread has between two groups of events.
pub(super) struct Writer {
    pub(super) store: Store,
    pub(super) queue: Arc<Queue>,
    pub(super) boot_id: String,
    pub(super) node: String,
    /// Notes that were dropped and that no written event tells of yet.
    pub(super) lost: u64,
    pub(super) failing: bool,
    pub(super) signed_at: Timestamp,
    /// Those who wait for a checkpoint.
    pub(super) unsigned: Vec<Unsigned>,
}

/// A line that is durable, and who waits for a checkpoint over it.
pub(super) struct Unsigned {
    seq: u64,
    line: String,
    waiter: oneshot::Sender<Result<SignedLine, Error>>,
}

/// Answers everybody when the thread ends, also by a panic.
struct Guard(Arc<Queue>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Returns how many of these events one sync covers; one at least.
fn fitting(jobs: &VecDeque<Job>) -> usize {
    let mut weight = 0;
    let fits = |job: &&Job| {
        weight += job.event.weight();
        weight <= GROUP
    };
    jobs.iter().take_while(fits).count().max(1)
}

impl Writer {
    /// Writes until the queue is closed and empty.
    pub(super) fn run(mut self) {
        let _guard = Guard(Arc::clone(&self.queue));
        loop {
            let busy = self.failing || self.store.signed() < self.store.next();
            let Batch { jobs, lost, closing } = self.queue.take(busy.then_some(PAUSE));
            self.lost += lost;
            let idle = jobs.is_empty();
            self.commit(jobs);
            if closing {
                return self.finish();
            }
            if idle || self.is_due() || !self.unsigned.is_empty() {
                self.sign();
            }
        }
    }

    /// Writes what an earlier process left to tell, before anything else.
    pub(super) fn begin(&mut self, events: Vec<Event>) {
        let time = self.queue.now();
        self.commit(
            events.into_iter().map(|event| Job { event, time, waiter: Waiter::Own }).collect(),
        );
    }

    /// Writes the events in groups.
    fn commit(&mut self, mut jobs: VecDeque<Job>) {
        if self.failing {
            // Tried first, so that the journal heals also when nobody writes, and says that it did.
            let (event, time) = (Event::recovered(), self.queue.now());
            jobs.push_front(Job { event, time, waiter: Waiter::Own });
        }
        while !jobs.is_empty() {
            let rotated = if self.store.room() == 0 { self.store.rotate() } else { Ok(()) };
            let room = usize::try_from(self.store.room()).unwrap_or(usize::MAX);
            let group: Vec<Job> = jobs.drain(..fitting(&jobs).min(room.max(1))).collect();
            let from = self.store.next();
            match rotated.and_then(|()| self.write(&group)) {
                Ok(lines) => self.written(group, from, &lines),
                Err(error) => {
                    self.refused(group, &error);
                    // One error is enough for all that waited at this moment.
                    return self.refused(jobs, &error);
                }
            }
        }
    }

    /// Makes one group durable; gives its lines.
    fn write(&mut self, group: &[Job]) -> io::Result<Vec<u8>> {
        let (mut lines, mut leaves) = (Vec::new(), Vec::with_capacity(group.len()));
        for (job, seq) in group.iter().zip(self.store.next()..) {
            let stamp = Stamp {
                seq,
                time: job.time,
                boot_id: &self.boot_id,
                node: &self.node,
                signed: self.store.signed(),
                lost: if leaves.is_empty() { self.lost } else { 0 },
            };
            let start = lines.len();
            line::write(&stamp, &job.event, &mut lines);
            let written = lines.get(start..).unwrap_or_default();
            leaves.push(leaf_hash(written.strip_suffix(b"\n").unwrap_or(written)));
        }
        self.store.append(&lines, &leaves)?;
        Ok(lines)
    }

    fn written(&mut self, group: Vec<Job>, from: u64, lines: &[u8]) {
        (self.lost, self.failing) = (0, false);
        self.queue.report(|health| {
            health.writing = None;
            health.events = self.store.next();
        });
        self.queue.count_durable(group.len());
        let lines = lines.split(|byte| *byte == b'\n');
        for ((job, line), seq) in group.into_iter().zip(lines).zip(from..) {
            match job.waiter {
                // Nobody listens when the exchange ended meanwhile; the event stays.
                Waiter::Append(waiter) => drop(waiter.send(Ok(Receipt::of(seq)))),
                Waiter::Signed(waiter) => {
                    let line = String::from_utf8_lossy(line).into_owned();
                    self.unsigned.push(Unsigned { seq, line, waiter });
                }
                Waiter::Note | Waiter::Own => {}
            }
        }
        let settled = self.store.settle();
        self.note_signing(&settled);
    }

    fn refused(&mut self, jobs: impl IntoIterator<Item = Job>, error: &io::Error) {
        self.failing = true;
        // Before the answers: whoever gets one and asks for the health must not hear the opposite.
        self.queue.report(|health| health.writing = Some(error.to_string().into()));
        let mut lost = 0;
        for job in jobs {
            match job.waiter {
                Waiter::Append(waiter) => drop(waiter.send(Err(Error::NotDurable(error.kind())))),
                Waiter::Signed(waiter) => drop(waiter.send(Err(Error::NotDurable(error.kind())))),
                Waiter::Note => lost += 1,
                Waiter::Own => {}
            }
        }
        self.lost += lost;
        self.queue.report(|health| health.lost += lost);
    }

    /// Whether a second went by since the last checkpoint, or the clock was set back.
    fn is_due(&self) -> bool {
        let since = self.queue.now().0.checked_sub(self.signed_at.0);
        since.is_none_or(|micros| Duration::from_micros(micros) >= PAUSE)
    }

    fn sign(&mut self) {
        let signed = self.store.sign();
        self.signed_at = self.queue.now();
        self.note_signing(&signed);
        self.answer(&signed);
    }

    fn note_signing(&mut self, result: &io::Result<()>) {
        if let Some(checkpoint) = self.store.published.take() {
            self.queue.signed(checkpoint);
        }
        self.queue.report(|health| {
            health.signing = result.as_ref().err().map(|error| error.to_string().into());
            health.signed = self.store.signed();
        });
    }

    /// Answers those who wait for a checkpoint, of which this came.
    fn answer(&mut self, result: &io::Result<()>) {
        let kind = result.as_ref().err().map(io::Error::kind);
        let note = self.queue.checkpoint();
        for Unsigned { seq, line, waiter } in self.unsigned.drain(..) {
            let signed = match (&note, kind) {
                (Some(note), None) => Ok(SignedLine { seq, line, note: Arc::clone(note) }),
                (_, kind) => Err(Error::NotDurable(kind.unwrap_or(io::ErrorKind::Other))),
            };
            drop(waiter.send(signed));
        }
    }

    /// The last words: what was lost and not told, the last checkpoint.
    fn finish(mut self) {
        if self.lost > 0 && !self.failing {
            let (event, time) = (Event::recovered(), self.queue.now());
            self.commit(VecDeque::from([Job { event, time, waiter: Waiter::Own }]));
        }
        let closed = self.store.close();
        self.note_signing(&closed);
        self.answer(&closed);
    }
}
