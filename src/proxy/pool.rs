//! Idle connections to one upstream, of one core.
//!
//! The last one used is the first one taken, so that under little load the others get old and are
//! closed. One core's pool is not shared, so there is no lock.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;
use tokio::time::Sleep;

use crate::engine::ForwardBody;
use crate::proxy::heads::Heads;

/// No connection is used longer than this, so that a change of the upstream's address is noticed
/// and load spreads again after an upstream was added.
const MAX_AGE: Duration = Duration::from_mins(5);

/// A connection to an upstream.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) sender: SendRequest<ForwardBody>,
    pub(super) heads: Heads,
    /// Rings when an answer is overdue. Kept for all exchanges of the connection: a timer that is set to a
    /// later time costs next to nothing, a new one is put into the wheel and taken out again.
    pub(super) timer: Pin<Box<Sleep>>,
    born: Instant,
    idle_since: Instant,
}

impl Connection {
    pub(super) fn new(sender: SendRequest<ForwardBody>, heads: Heads) -> Self {
        let now = Instant::now();
        let timer = Box::pin(tokio::time::sleep_until(now));
        Self { sender, heads, timer, born: now, idle_since: now }
    }

    fn is_usable(&self, idle: Duration, now: Instant) -> bool {
        !self.sender.is_closed()
            && now.duration_since(self.idle_since) < idle
            && now.duration_since(self.born) < MAX_AGE
    }
}

/// Keeps idle connections, the last used one on top.
#[derive(Debug)]
pub(super) struct Pool {
    idle: RefCell<Vec<Connection>>,
    limit: usize,
    timeout: Duration,
}

impl Pool {
    pub(super) fn new(limit: usize, timeout: Duration) -> Rc<Self> {
        Rc::new(Self { idle: RefCell::default(), limit, timeout })
    }

    /// Gives the connection that was used last, if it is ready for a request.
    pub(super) fn take(&self) -> Option<Connection> {
        let now = Instant::now();
        let mut idle = self.idle.borrow_mut();
        while let Some(last) = idle.pop() {
            if !last.is_usable(self.timeout, now) {
                continue;
            }
            if last.sender.is_ready() {
                return Some(last);
            }
            // It still finishes its last exchange; another may be ready.
            let ready =
                idle.iter().rposition(|c| c.sender.is_ready() && c.is_usable(self.timeout, now));
            let other = ready.map(|position| idle.remove(position));
            idle.push(last);
            return other;
        }
        None
    }

    /// Takes a connection back. The caller has read its response to the end.
    pub(super) fn give_back(&self, mut connection: Connection) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < self.limit && !connection.sender.is_closed() {
            connection.idle_since = Instant::now();
            idle.push(connection);
        }
    }

    /// Closes what has waited too long.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        self.idle.borrow_mut().retain(|connection| connection.is_usable(self.timeout, now));
    }
}
