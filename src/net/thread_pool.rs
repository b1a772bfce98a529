//! Threads for what takes long, so that nobody on a core waits meanwhile.
//!
//! A core hands over a job that is `Send`, with all that it needs; the future that the job makes stays on its
//! thread, beside what that thread has of its own (`W`), and what comes of it comes back. First the job
//! waits for its turn, which callers get in rounds. Who gets none still has what it would have handed over. A
//! thread does several jobs at once: while one waits, another goes on. Not for: what takes long (`engine`),
//! and starting threads (`gateway`).

use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use futures_util::future::Either;
use futures_util::future::LocalBoxFuture;
use futures_util::future::select;
use tokio::sync::Mutex;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use crate::base::Limits;
use crate::net::Caller;
use crate::net::Drain;
use crate::net::NoTurn;
use crate::net::Room;
use crate::net::Turn;
use crate::net::Turns;
use crate::telemetry::Metrics;

/// A job on its way to a thread of the pool.
type Job<W> = Box<dyn FnOnce(Rc<W>) -> LocalBoxFuture<'static, ()> + Send>;

/// The way to the threads. Clones lead to the same ones.
pub struct ThreadPool<W> {
    turns: Arc<Turns>,
    jobs: mpsc::Sender<Job<W>>,
    /// Somebody got no turn, and nobody has got one since.
    scarce: Arc<AtomicBool>,
}

/// What waits for a thread; each thread has a clone.
pub struct Jobs<W>(Arc<Mutex<mpsc::Receiver<Job<W>>>>);

/// Why nothing came of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// There are no threads any more.
    NoThread,
    /// The job panicked on its thread.
    Panicked,
}

impl<W: 'static> ThreadPool<W> {
    /// Makes a pool with room for `limits.long_messages`, and what its threads take from.
    pub fn new(limits: &Limits, metrics: &Metrics) -> (Self, Jobs<W>) {
        let (all, waiting) = (limits.long_messages, limits.long_messages_waiting);
        let room = Room {
            under_way: all,
            under_way_of_one: (all / 2).max(1),
            waiting,
            waiting_of_one: (waiting / 4).max(1),
        };
        let turns = Turns::new(room, limits.timeouts.long_message).shown_in(
            metrics.bound("long_messages", all),
            metrics.bound("long_messages_waiting", waiting),
        );
        let (jobs, waiting) = mpsc::channel(all);
        let pool = Self { turns: Arc::new(turns), jobs, scarce: Arc::default() };
        (pool, Jobs(Arc::new(Mutex::new(waiting))))
    }

    /// Waits for a turn of this caller. Fails when too many wait already, of all or of this caller, and when
    /// it does not come in `timeouts.long_message`.
    pub async fn turn(&self, caller: Caller) -> Result<Turn, NoTurn> {
        let turn = self.turns.take(caller, 1).await;
        if turn.is_err() && !self.scarce.swap(true, Ordering::AcqRel) {
            tracing::warn!(limit = self.jobs.max_capacity(), "no turn for a long message");
        }
        if turn.is_ok() && self.scarce.swap(false, Ordering::AcqRel) {
            tracing::info!("long messages have their turns again");
        }
        turn
    }

    /// Has a thread of the pool do this, with what it has of its own; gives what came of it. When nobody
    /// waits for it any more, it ends.
    pub async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        job: impl AsyncFnOnce(&W) -> T + Send + 'static,
    ) -> Result<T, Undone> {
        let (mut tell, told) = oneshot::channel();
        let job: Job<W> = Box::new(move |own| {
            Box::pin(async move {
                let done = match select(pin!(tell.closed()), pin!(job(&own))).await {
                    Either::Left(((), _)) => return,
                    Either::Right((done, _)) => done,
                };
                drop(turn);
                let _unheard = tell.send(done).is_err();
            })
        });
        // Turns are as many as places, so there is one.
        self.jobs.try_send(job).map_err(|_| Undone::NoThread)?;
        told.await.map_err(|_panicked| Undone::Panicked)
    }
}

impl<W: 'static> Jobs<W> {
    /// Does what waits, until no core is left that could send more. Call it inside a `LocalSet`.
    pub async fn work(self, own: W) {
        let (own, drain) = (Rc::new(own), Drain::default());
        loop {
            let Some(job) = self.0.lock().await.recv().await else { return };
            drain.spawn(job(Rc::clone(&own)));
            // It begins before this thread takes another, which an idle thread may take meanwhile.
            tokio::task::yield_now().await;
        }
    }
}

impl<W> Clone for ThreadPool<W> {
    fn clone(&self) -> Self {
        let (turns, scarce) = (Arc::clone(&self.turns), Arc::clone(&self.scarce));
        Self { turns, jobs: self.jobs.clone(), scarce }
    }
}

impl<W> Clone for Jobs<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W> fmt::Debug for ThreadPool<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ThreadPool(…)")
    }
}

impl<W> fmt::Debug for Jobs<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Jobs(…)")
    }
}
