//! Open connections, and waiting for them.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Tells all cores to stop. Dropping it tells them too.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// Hears of a [`Stop`]; one for each core and task.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stop {
    /// Returns the end that tells and the end that hears; the second can be cloned.
    pub fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopping(receiver))
    }

    /// Tells everybody, once and for all.
    pub fn now(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Waits until [`Stop::now`] was called or the [`Stop`] is gone.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone: nobody could tell us any more, so stop.
        let _ended = self.0.wait_for(|&stopped| stopped).await.is_ok();
    }

    /// Returns whether that has happened already.
    pub fn has_come(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
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
    async fn a_stop_reaches_everybody_who_listens() {
        let (stop, stopping) = Stop::new();
        let mut other = stopping.clone();
        assert!(!stopping.has_come());
        stop.now();
        other.wait().await;
        assert!(stopping.has_come());
    }
}
