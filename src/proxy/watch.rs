//! What the service of a client's connection and its guard tell each other.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::task::Waker;

use bytes::BytesMut;

use crate::engine::Untouched;
use crate::net::FieldNames;
use crate::proxy::framing::Fault;

/// Interim answers that may wait for a client that does not read.
const INTERIM_BYTES: usize = 16 * 1024;

/// What the service and the guard tell each other. One for each connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Shared>>);

#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Heads that hyper was given, requests that the service has begun, and has ended.
    pub(super) heads: u64,
    pub(super) begun: u64,
    pub(super) ended: u64,
    pub(super) refused: Option<(u64, Fault)>,
    pub(super) broken: Option<(u64, Fault)>,
    pub(super) partial: bool,
    pub(super) draining: bool,
    pub(super) upgrade: Upgrade,
    pub(super) waker: Option<Waker>,
    /// Requests that the service has begun to answer.
    pub(super) answered: u64,
    /// Interim answers to the request that runs, not written yet.
    pub(super) interim: BytesMut,
    /// Names of the fields of requests that the service has not begun.
    pub(super) names: FieldNames,
    /// Names of the answer that comes, and whether it has been given to hyper.
    pub(super) answer_names: FieldNames,
    pub(super) answer_is_there: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Upgrade {
    #[default]
    None,
    Asked,
    Denied,
    Granted,
}

impl Watch {
    pub(super) fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The service begins a request: gives its number on this connection, from 1, and the names of its
    /// fields.
    pub(super) fn begin(&self) -> (u64, FieldNames) {
        let mut shared = self.lock();
        shared.begun += 1;
        (shared.begun, shared.names.take_section())
    }

    /// Says how the names in the answer to the request that runs are written.
    pub(super) fn spell(&self, names: FieldNames) {
        self.lock().answer_names = names;
    }

    /// A request has been answered to the end.
    pub(super) fn end(&self) {
        let mut shared = self.lock();
        shared.ended += 1;
        if shared.upgrade == Upgrade::Asked {
            shared.upgrade = Upgrade::Denied;
        }
        wake(&mut shared);
    }

    /// Why the head of this request is refused, or its body, as far as that has been seen.
    pub(super) fn refusal(&self, number: u64) -> Option<Fault> {
        let shared = self.lock();
        let of_this = |fault: &(u64, Fault)| fault.0 == number;
        shared.refused.filter(of_this).or(shared.broken.filter(of_this)).map(|(_, fault)| fault)
    }

    /// Whether what follows this request is held back, because it may be another protocol.
    pub(super) fn holds_back(&self, number: u64) -> bool {
        let shared = self.lock();
        shared.heads == number && shared.upgrade == Upgrade::Asked
    }

    /// The answer to a request is there: it gets no interim answer any more.
    pub(super) fn answers(&self, number: u64) {
        let mut shared = self.lock();
        shared.answered = number;
        shared.answer_is_there = shared.answer_names.has_capitals();
    }

    /// Takes an interim answer to be written before the answer to this request; says whether it did.
    /// One that comes too late, or finds too many that the client has not read, is left out.
    pub(super) fn inform(&self, number: u64, head: &[u8]) -> bool {
        let mut shared = self.lock();
        let runs = shared.begun == number && shared.answered < number;
        let takes = runs && shared.interim.len() + head.len() <= INTERIM_BYTES;
        if takes {
            shared.interim.extend_from_slice(head);
        }
        takes
    }

    /// The upstream has agreed to the upgrade: what follows is another protocol.
    pub(super) fn grant_upgrade(&self, _nobody_inspects_it: &Untouched) {
        let mut shared = self.lock();
        shared.upgrade = Upgrade::Granted;
        wake(&mut shared);
    }

    /// No new request is wanted: an idle connection ends.
    pub(super) fn drain(&self) {
        self.lock().draining = true;
    }

    /// Whether the connection may close as soon as its answers are written: a request has been seen
    /// on it, and none is on its way in.
    pub(super) fn may_close(&self) -> bool {
        let shared = self.lock();
        shared.heads > 0 && !shared.partial
    }
}

fn wake(shared: &mut Shared) {
    if let Some(waker) = shared.waker.take() {
        waker.wake();
    }
}
