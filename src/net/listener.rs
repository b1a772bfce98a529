//! Binding and accepting.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::Domain;
use socket2::Protocol;
use socket2::Socket;
use socket2::Type;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::net::stream::tune;

/// Connections the kernel holds for us until we accept them.
const BACKLOG: i32 = 1024;

/// How long to rest when the process has no file descriptor left: trying again at once would only
/// burn the core that could close some.
const NO_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Opens the address once per core. The kernel spreads connections over the sockets
/// (`SO_REUSEPORT`), so cores share nothing. Port 0: the first takes a free port, the others join it.
pub fn bind(address: SocketAddr, cores: usize) -> io::Result<Vec<std::net::TcpListener>> {
    let first = open(address)?;
    let address = first.local_addr()?;
    let mut sockets = vec![first];
    while sockets.len() < cores {
        sockets.push(open(address)?);
    }
    Ok(sockets)
}

fn open(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// One core's socket of a listener.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl From<TcpListener> for Listener {
    fn from(socket: TcpListener) -> Self {
        Self(socket)
    }
}

impl Listener {
    /// Takes a socket of [`bind`] into the runtime that calls this.
    pub fn new(socket: std::net::TcpListener) -> io::Result<Self> {
        TcpListener::from_std(socket).map(Self)
    }

    /// The address, with the port that was taken.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Gives the next connection. A failed one (the client gave up, no descriptor left) is not the
    /// caller's business: it is skipped, after a rest when resting helps.
    pub async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, peer)) if tune(&stream, None).is_ok() => return (stream, peer),
                Ok(_gone) => {}
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(error = %error.kind(), "cannot accept");
                    tokio::time::sleep(NO_DESCRIPTORS).await;
                }
            }
        }
    }

    /// Gives the connections that the kernel has accepted already; none when there are no more.
    /// At shutdown these are served before the socket closes: closing it would reset them.
    pub async fn accept_pending(&self) -> Option<(TcpStream, SocketAddr)> {
        tokio::select! {
            biased;
            connection = self.accept() => Some(connection),
            () = tokio::task::yield_now() => None,
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_cores_share_the_port_that_the_first_one_got() {
        let sockets = bind("127.0.0.1:0".parse().unwrap(), 3).unwrap();
        let ports: Vec<u16> = sockets.iter().map(|s| s.local_addr().unwrap().port()).collect();
        assert_ne!(ports[0], 0);
        assert_eq!(ports, [ports[0]; 3]);
    }

    #[tokio::test]
    async fn gives_what_waits_in_the_backlog_and_then_nothing() {
        let socket = bind("127.0.0.1:0".parse().unwrap(), 1).unwrap().remove(0);
        let listener = Listener::new(socket).unwrap();
        let client = std::net::TcpStream::connect(listener.address().unwrap()).unwrap();
        let (_, peer) = listener.accept_pending().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
        assert!(listener.accept_pending().await.is_none());
    }
}
