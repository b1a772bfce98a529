//! What waits to be written: a bounded queue between the exchanges and the writer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::audit::error::Error;
use crate::audit::event::Event;
use crate::audit::journal::Receipt;
use crate::base::Clock;
use crate::base::Timestamp;
use crate::telemetry::metrics::Counter;

/// Events that may wait: above the most connections there are by default.
const WAITING: usize = 16_384;

/// Notes stop at half of that, so that they never take the place of an event that somebody waits for.
const NOTES: usize = WAITING / 2;

/// Events of strangers in one second, beyond which they are counted only. A stranger's request costs
/// the sender nothing: without a bound, the journal, which nobody rotates away, would grow as fast as
/// requests come (docs/decisions/0020).
const STRANGERS: u32 = 10;

/// One event on its way.
pub(super) struct Job {
    pub(super) event: Event,
    pub(super) time: Timestamp,
    pub(super) waiter: Waiter,
}

/// Who wants to know that an event is durable.
pub(super) enum Waiter {
    /// An exchange, which waits for its receipt.
    Append(oneshot::Sender<Result<Receipt, Error>>),
    /// Somebody who waits for a checkpoint over it.
    Signed(oneshot::Sender<Result<SignedLine, Error>>),
    /// Nobody, but it counts when it is lost.
    Note,
    /// The journal itself.
    Own,
}

/// A line that a checkpoint covers.
pub(super) struct SignedLine {
    /// Number of the event.
    pub(super) seq: u64,
    /// The line without its newline.
    pub(super) line: String,
    /// The checkpoint as the signed note that it is.
    pub(super) note: Arc<str>,
}

/// What works at present, and what waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Why events cannot be written at present, with the file, and what to do where waiting does not help.
    pub writing: Option<Arc<str>>,
    /// Why checkpoints cannot be signed at present, in the same way.
    pub signing: Option<Arc<str>>,
    /// Whether the journal is closed.
    pub closed: bool,
    /// How many events are on record.
    pub events: u64,
    /// Events that a checkpoint covers.
    pub signed: u64,
    /// Events that wait to be written.
    pub queued: usize,
    /// Notes that were dropped since the start.
    pub lost: u64,
}

impl Health {
    /// Whether events can be made durable: the condition for reveals.
    pub fn is_writing(&self) -> bool {
        self.writing.is_none() && !self.closed
    }
}

/// Everything that is ready to be written.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) jobs: VecDeque<Job>,
    pub(super) lost: u64,
    pub(super) closing: bool,
}

/// The queue; both sides hold it.
pub(super) struct Queue {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Notes that found no room since the last batch.
    lost: u64,
    closing: bool,
    health: Health,
    /// Events that became durable since the journal was opened.
    durable: Counter,
    checkpoint: Option<Arc<str>>,
    /// The second of the last event of a stranger, and how many there were in it.
    strangers: (u64, u32),
}

impl Queue {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default(), arrived: Condvar::new() }
    }

    /// Whether one more event of a stranger may be put in line now; when not, it counts as lost.
    pub(super) fn admits_stranger(&self) -> bool {
        let mut state = self.lock();
        let now = self.clock.now().seconds();
        if state.strangers.0 != now {
            state.strangers = (now, 0);
        }
        if state.strangers.1 < STRANGERS {
            state.strangers.1 += 1;
            return true;
        }
        state.lost += 1;
        state.health.lost += 1;
        false
    }

    /// Puts an event in line, stamped with the time it is, right behind those that belong before it.
    /// An event that somebody waits for is refused when there is no room; a note is counted instead.
    pub(super) fn push(&self, event: Event, waiter: Waiter) -> Result<(), Error> {
        let before = event.before();
        let mut state = self.lock();
        if state.closing {
            return Err(Error::Closed);
        }
        let room = match waiter {
            Waiter::Append(_) | Waiter::Signed(_) => WAITING,
            Waiter::Note | Waiter::Own => NOTES,
        };
        if state.jobs.len() + before.len() >= room {
            if let Waiter::Note = waiter {
                state.lost += 1;
                state.health.lost += 1;
            }
            return Err(Error::Full);
        }
        // Under the lock, so that times stand in the order of the lines.
        let time = self.clock.now();
        let own = |event| Job { event, time, waiter: Waiter::Own };
        state.jobs.extend(before.into_iter().map(own));
        state.jobs.push_back(Job { event, time, waiter });
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes all there is; waits for the first event at most this long, or without end.
    pub(super) fn take(&self, patience: Option<Duration>) -> Batch {
        let state = self.lock();
        let idle = |state: &mut State| state.jobs.is_empty() && !state.closing;
        let mut state = match patience {
            None => self.arrived.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let waited = self.arrived.wait_timeout_while(state, patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        Batch {
            jobs: std::mem::take(&mut state.jobs),
            lost: std::mem::take(&mut state.lost),
            closing: state.closing,
        }
    }

    /// Returns the time of the clock that stamps events.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Takes no more events; the writer writes what is there and ends.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.arrived.notify_all();
    }

    /// Says how the journal is.
    pub(super) fn health(&self) -> Health {
        let state = self.lock();
        Health { queued: state.jobs.len(), closed: state.closing, ..state.health.clone() }
    }

    /// Lets the writer say how it is.
    pub(super) fn report(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.lock().health);
    }

    /// Counts events that are durable now.
    pub(super) fn count_durable(&self, events: usize) {
        self.lock().durable.inc_by(u64::try_from(events).unwrap_or(u64::MAX));
    }

    /// Counts events with this counter from now on, and those that were counted before.
    pub(super) fn count_with(&self, counter: Counter) {
        let mut state = self.lock();
        counter.inc_by(state.durable.get());
        state.durable = counter;
    }

    /// The newest checkpoint that was signed.
    pub(super) fn checkpoint(&self) -> Option<Arc<str>> {
        self.lock().checkpoint.clone()
    }

    /// Lets the writer hand on a checkpoint.
    pub(super) fn signed(&self, checkpoint: Arc<str>) {
        self.lock().checkpoint = Some(checkpoint);
    }

    /// Answers everybody when the writer is gone, for whatever reason.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.closing = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        for job in jobs {
            match job.waiter {
                Waiter::Append(waiter) => drop(waiter.send(Err(Error::Closed))),
                Waiter::Signed(waiter) => drop(waiter.send(Err(Error::Closed))),
                Waiter::Note | Waiter::Own => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::FixedClock;

    #[test]
    fn strangers_have_ten_events_a_second() {
        let clock = Arc::new(FixedClock::at(Timestamp(1_000_000)));
        let queue = Queue::new(Arc::<FixedClock>::clone(&clock));
        let admitted = || (0..30).filter(|_| queue.admits_stranger()).count();
        assert_eq!((admitted(), queue.health().lost), (10, 20));
        clock.set(Timestamp(2_000_000));
        assert_eq!((admitted(), queue.health().lost), (10, 40));
    }
}
