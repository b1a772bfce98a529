//! What a case needs around the gateway: files, keys, and an application that answers as the case says.

use std::fs;
use std::io;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crate::crypto::Keyring;
use crate::net::message::Expected;
use crate::net::message::Message;
use crate::net::message::MessageReader;

/// How long the application waits for the next bytes of the gateway.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The same keys for every case, so that cases do not change from run to run.
pub(in crate::gateway) fn fixed_keyring() -> Keyring {
    let mut next = 0_u8;
    Keyring::generate(&mut |bytes| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_add(1);
        }
    })
}

/// A folder that is removed when this is dropped.
pub(in crate::gateway) struct Scratch(PathBuf);

impl Scratch {
    pub(in crate::gateway) fn new() -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cloakroom-case-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(in crate::gateway) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(%error, "the folder of a case stays");
        }
    }
}

/// An application that gives the answer of the case to every request, and keeps the requests.
pub(super) struct Application {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    answer: Mutex<Vec<u8>>,
    got: Mutex<Vec<Message>>,
    stopping: AtomicBool,
}

impl Application {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let listening = thread::spawn(move || listen(&listener, &of_thread));
        Ok(Self { address, shared, listening: Some(listening) })
    }

    /// Sets the answer to the next requests, and forgets earlier ones.
    pub(super) fn answers(&self, answer: Vec<u8>) {
        *self.shared.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        self.shared.got.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What it got since then.
    pub(super) fn got(&self) -> Vec<Message> {
        self.shared.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address)); // wakes the listener
        if let Some(thread) = self.listening.take() {
            drop(thread.join());
        }
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || drop(serve(stream, &shared)));
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut reader = MessageReader::default();
    while let Some(request) = reader.read(&mut stream, Expected::Request)? {
        shared.got.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let answer = shared.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        stream.write_all(&answer)?;
    }
    Ok(())
}
