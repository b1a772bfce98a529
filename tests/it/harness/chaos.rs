//! A TCP proxy that cuts, delays or swallows what passes through it.

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// What happens to bytes on their way back from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing.
    Pass,
    /// Each piece waits this long.
    Delay(Duration),
    /// They vanish; the connection stays.
    Swallow,
    /// This many bytes still pass on each connection that is open now, then it is cut.
    CutAfter(usize),
    /// Connections are accepted and closed at once; open ones are cut.
    Refuse,
}

/// A running proxy. Its threads end with their connections; the listening one with the process.
#[derive(Debug, Clone)]
pub(crate) struct Chaos {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    mode: Mutex<Mode>,
    changed: Condvar,
    open: Mutex<Vec<TcpStream>>,
}

impl Chaos {
    /// Starts a proxy in front of a port of this machine.
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            mode: Mutex::new(Mode::Pass),
            changed: Condvar::new(),
            open: Mutex::default(),
        });
        let chaos = Self { port, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if *shared.mode.lock().unwrap() == Mode::Refuse {
                    continue;
                }
                if let Ok(upstream) = TcpStream::connect(("127.0.0.1", server)) {
                    shared.connect(client, upstream);
                }
            }
        });
        chaos
    }

    /// Where to connect to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Changes what happens from now on.
    pub(crate) fn set(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap() = mode;
        self.shared.changed.notify_all();
        if mode == Mode::Refuse {
            self.cut();
        }
    }

    /// Cuts all open connections.
    pub(crate) fn cut(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: TcpStream, upstream: TcpStream) {
        let mut to_server = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
        self.open
            .lock()
            .unwrap()
            .extend([client.try_clone().unwrap(), upstream.try_clone().unwrap()]);
        thread::spawn(move || {
            drop(std::io::copy(&mut to_server.0, &mut to_server.1));
            drop(to_server.1.shutdown(Shutdown::Both));
        });
        let shared = Arc::clone(self);
        thread::spawn(move || shared.back(upstream, client));
    }

    fn back(&self, mut upstream: TcpStream, mut client: TcpStream) {
        let mut piece = [0; 4096];
        while let Ok(length @ 1..) = upstream.read(&mut piece) {
            let mode = *self.mode.lock().unwrap();
            let written = match mode {
                Mode::Pass => client.write_all(&piece[..length]),
                Mode::Delay(time) => {
                    let guard = self.mode.lock().unwrap();
                    drop(self.changed.wait_timeout_while(guard, time, |now| *now == mode).unwrap());
                    client.write_all(&piece[..length])
                }
                Mode::Swallow => Ok(()),
                Mode::CutAfter(bytes) => {
                    drop(client.write_all(&piece[..length.min(bytes)]));
                    break;
                }
                Mode::Refuse => break,
            };
            if written.is_err() {
                break;
            }
        }
        drop(client.shutdown(Shutdown::Both));
        drop(upstream.shutdown(Shutdown::Both));
    }
}
