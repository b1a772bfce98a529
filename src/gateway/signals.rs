//! Signals that end the process, and the one that must not.

use std::io;
use std::thread;

use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::oneshot;

use crate::gateway::Running;

/// Hears SIGTERM and SIGINT from the moment it is made. Make it before anybody is told that the
/// program is ready: a signal that comes earlier would end the process without an orderly stop.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Heard here so that it never ends the process; `reload` takes it as a hint.
    _hangup: Signal,
}

impl Signals {
    /// Begins to listen. Call it inside a runtime.
    pub fn listen() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let hangup = signal(SignalKind::hangup())?;
        Ok(Self { terminate, interrupt, _hangup: hangup })
    }

    /// Waits for one of them. Call it again to hear of a second one, which means: now.
    pub async fn told(&mut self) {
        tokio::select! {
            _signal = self.terminate.recv() => {}
            _signal = self.interrupt.recv() => {}
        }
    }

    /// Stops a gateway in order, unless another signal comes before that is done: then it returns at
    /// once. Gives how many connections were cut; `None` when it was not waited for.
    pub async fn drain(&mut self, running: Running) -> io::Result<Option<usize>> {
        let (done, stopped) = oneshot::channel();
        let stopping = thread::Builder::new().name(String::from("stopping"));
        stopping.spawn(move || {
            // After a second signal nobody waits for it any more.
            let _waited_for = done.send(running.stop()).is_ok();
        })?;
        tokio::select! {
            cut = stopped => cut.map(Some).map_err(io::Error::other),
            () = self.told() => Ok(None),
        }
    }
}
