//! Threads for long messages, so that nobody on a core waits while one is treated.
//!
//! A core hands over the whole leg of a long message: what it is made of goes to a thread of the pool,
//! and what becomes of it comes back. First the leg waits for its turn, which callers get in rounds. Who
//! gets none still has its message: a request is refused, an answer keeps its tokens. A thread treats
//! several legs at once: while one waits for the vault, another goes on. Not for: which messages are long
//! ([`unpack::is_long`](crate::engine::read::unpack)), and starting threads (`gateway`).

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
use crate::engine::Engine;
use crate::engine::Exchange;
use crate::engine::error::Error;
use crate::net::Caller;
use crate::net::Drain;
use crate::net::Room;
use crate::net::Turn;
use crate::net::Turns;
use crate::telemetry::Metrics;

/// A leg on its way to a thread of the pool.
type Job = Box<dyn FnOnce(Rc<Engine>) -> LocalBoxFuture<'static, ()> + Send>;

/// The way to the threads that treat long messages. Clones lead to the same ones.
#[derive(Clone)]
pub struct ThreadPool {
    turns: Arc<Turns>,
    jobs: mpsc::Sender<Job>,
    /// Somebody got no turn, and nobody has got one since.
    scarce: Arc<AtomicBool>,
}

/// What waits for a thread of the pool; each thread has a clone.
#[derive(Debug, Clone)]
pub struct Jobs(Arc<Mutex<mpsc::Receiver<Job>>>);

impl ThreadPool {
    /// Makes a pool with room for `limits.long_messages`, and what its threads take from.
    pub fn new(limits: &Limits, metrics: &Metrics) -> (Self, Jobs) {
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

    /// Waits for the turn of a long message of this exchange. Fails with [`Error::Busy`] when too many
    /// wait already, of all or of this caller, and when it does not come in `timeouts.long_message`.
    pub(super) async fn turn(&self, exchange: &Exchange<'_>) -> Result<Turn, Error> {
        let caller = Caller::of(exchange.principal, exchange.source);
        let turn = self.turns.take(caller, 1).await;
        if turn.is_err() && !self.scarce.swap(true, Ordering::AcqRel) {
            tracing::warn!(limit = self.jobs.max_capacity(), "no turn for a long message");
        }
        if turn.is_ok() && self.scarce.swap(false, Ordering::AcqRel) {
            tracing::info!("long messages have their turns again");
        }
        turn.map_err(|_busy| Error::Busy)
    }

    /// Has a thread of the pool do this, with an engine of its own; gives what came of it. When nobody
    /// waits for it any more, it ends.
    pub(super) async fn run<T, F>(
        &self,
        turn: Turn,
        exchange: &Exchange<'_>,
        leg: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&Engine, &Exchange<'_>) -> T + Send + 'static,
    {
        let (mut tell, told) = oneshot::channel();
        let exchange = exchange.owned();
        let job: Job = Box::new(move |engine| {
            Box::pin(async move {
                let Some(exchange) = exchange.exchange() else { return };
                let done = match select(pin!(tell.closed()), pin!(leg(&engine, &exchange))).await {
                    Either::Left(((), _)) => return,
                    Either::Right((done, _)) => done,
                };
                drop(turn);
                let _unheard = tell.send(done).is_err();
            })
        });
        // Turns are as many as places: it fails when there are no threads any more.
        self.jobs.try_send(job).map_err(|_| Error::Busy)?;
        told.await.map_err(|_panicked| Error::Assembly)
    }
}

impl Jobs {
    /// Treats what waits, until no core is left that could send more. Call it inside a `LocalSet`.
    pub async fn work(self, engine: Engine) {
        let (engine, drain) = (Rc::new(engine), Drain::default());
        loop {
            let Some(job) = self.0.lock().await.recv().await else { return };
            drain.spawn(job(Rc::clone(&engine)));
            // It begins before this thread takes another, which an idle thread may take meanwhile.
            tokio::task::yield_now().await;
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ThreadPool(…)")
    }
}
