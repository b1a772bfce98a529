//! The threads that treat long messages.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::task::LocalSet;

use crate::engine::Engine;
use crate::gateway::Error;
use crate::gateway::Shared;
use crate::gateway::core;
use crate::net::Jobs;

/// How much nicer these threads are to others than cores are: when a core has something to do, they
/// get a quarter of its processor.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Starts as many threads as half of the cores, and two at least, so that one long message is not behind
/// another. They end when no core is left.
pub(super) fn start(
    cores: usize,
    shared: &Arc<Shared>,
    jobs: &Jobs<Engine>,
) -> Result<Vec<JoinHandle<()>>, Error> {
    (0..(cores / 2).max(2)).map(|number| thread(number, shared, jobs)).collect()
}

fn thread(
    number: usize,
    shared: &Arc<Shared>,
    jobs: &Jobs<Engine>,
) -> Result<JoinHandle<()>, Error> {
    let (shared, jobs) = (Arc::clone(shared), jobs.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Thread)?;
    let work = move || {
        step_back();
        LocalSet::new().block_on(&runtime, async {
            match core::engine(&shared, None) {
                Ok(engine) => jobs.work(engine).await,
                Err(error) => tracing::error!(%error, "a thread for long messages does not start"),
            }
        });
    };
    let thread = std::thread::Builder::new().name(format!("long-{number}"));
    thread.spawn(work).map_err(Error::Thread)
}

/// Lets the cores go first. On Linux this is of one thread; elsewhere it would be of the process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::warn!(%error, "threads for long messages are as urgent as cores");
    }
}
