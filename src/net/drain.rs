//! Open connections, and waiting for them.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Tells all cores to stop. Dropping it tells them too.
#[derive(Debug)]
pub struct Stop {
    told: Arc<AtomicBool>,
    sender: watch::Sender<bool>,
}

/// Hears of a [`Stop`]; one for each core and task.
#[derive(Debug, Clone)]
pub struct Stopping {
    /// Set before those who wait are woken.
    told: Arc<AtomicBool>,
    receiver: watch::Receiver<bool>,
}

impl Stop {
    /// Returns the end that tells and the end that hears; the second can be cloned.
    pub fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(false);
        let told = Arc::new(AtomicBool::new(false));
        (Self { told: Arc::clone(&told), sender }, Stopping { told, receiver })
    }

    /// Tells everybody, once and for all.
    pub fn now(&self) {
        self.told.store(true, Ordering::Release);
        self.sender.send_replace(true);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.told.store(true, Ordering::Release);
    }
}

impl Stopping {
    /// Waits until [`Stop::now`] was called or the [`Stop`] is gone.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone: nobody could tell us any more, so stop.
        let _ended = self.receiver.wait_for(|&stopped| stopped).await.is_ok();
    }

    /// Runs what a task is for until it ends, or until [`Self::wait`] does: then none. While neither has
    /// happened, being polled again costs a look at a flag that all cores only read, not their lock.
    pub async fn unless_it_comes<T>(
        &mut self,
        mut work: Pin<&mut impl Future<Output = T>>,
    ) -> Option<T> {
        let told = Arc::clone(&self.told);
        let mut wait = std::pin::pin!(self.wait());
        // Once polled it wakes this task, which is the same at every poll.
        let mut waits = false;
        std::future::poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            if waits && !told.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            waits = true;
            wait.as_mut().poll(context).map(|()| None)
        })
        .await
    }

    /// Returns whether that has happened already.
    pub fn has_come(&self) -> bool {
        self.told.load(Ordering::Acquire)
    }
}

/// The tasks of one core that must end before the core may.
#[derive(Debug, Clone, Default)]
pub struct Drain(Rc<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    next: Cell<u64>,
    open: RefCell<HashMap<u64, AbortHandle>>,
    ended: Notify,
}

impl Drain {
    /// Starts a task on this core's `LocalSet` and keeps account of it.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let number = self.0.next.get();
        self.0.next.set(number.wrapping_add(1));
        let leave = Leave { tasks: Rc::clone(&self.0), number };
        #[expect(clippy::disallowed_methods, reason = "this is the account that drain waits for")]
        let handle = tokio::task::spawn_local(async move {
            let _leave = leave;
            task.await;
        });
        self.0.open.borrow_mut().insert(number, handle.abort_handle());
    }

    /// Returns how many tasks run.
    pub fn open(&self) -> usize {
        self.0.open.borrow().len()
    }

    /// Waits until no task is left, at most for `grace`; then ends the rest. Gives how many had to
    /// be ended.
    pub async fn finish(&self, grace: Duration) -> usize {
        let all = async {
            while self.open() > 0 {
                self.0.ended.notified().await;
            }
        };
        if tokio::time::timeout(grace, all).await.is_ok() {
            return 0;
        }
        let rest: Vec<AbortHandle> = self.0.open.borrow().values().cloned().collect();
        rest.iter().for_each(AbortHandle::abort);
        rest.len()
    }
}

struct Leave {
    tasks: Rc<Tasks>,
    number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.tasks.open.borrow_mut().remove(&self.number);
        self.tasks.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::LocalSet;

    #[tokio::test]
    async fn waits_for_what_ends_and_ends_what_does_not() {
        let local = LocalSet::new();
        local
            .run_until(async {
                let drain = Drain::default();
                drain.spawn(tokio::task::yield_now());
                assert_eq!(drain.finish(Duration::from_mins(1)).await, 0);

                drain.spawn(std::future::pending());
                assert_eq!(drain.open(), 1);
                assert_eq!(drain.finish(Duration::from_millis(1)).await, 1);
            })
            .await;
    }

    #[tokio::test]
    async fn a_stop_reaches_who_works_and_was_polled_before() {
        for told in [true, false] {
            let (stop, mut stopping) = Stop::new();
            let mut rest = Some(stop);
            let work = std::future::poll_fn(|context| {
                // At the second poll the stop comes, one way or the other.
                match rest.take() {
                    Some(stop) if told => stop.now(),
                    Some(_dropped) => {}
                    None => return Poll::Pending,
                }
                context.waker().wake_by_ref();
                Poll::<()>::Pending
            });
            let mut work = std::pin::pin!(async {
                tokio::task::yield_now().await;
                work.await;
            });
            assert_eq!(stopping.unless_it_comes(work.as_mut()).await, None);
        }
        let (_stop, mut stopping) = Stop::new();
        let work = std::pin::pin!(tokio::task::yield_now());
        assert_eq!(stopping.unless_it_comes(work).await, Some(()));
    }

    #[tokio::test]
    async fn a_stop_reaches_everybody_who_listens() {
        let (stop, stopping) = Stop::new();
        let mut other = stopping.clone();
        assert!(!stopping.has_come());
        stop.now();
        other.wait().await;
        assert!(stopping.has_come());
    }
}
