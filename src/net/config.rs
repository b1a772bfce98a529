//! Listeners and upstreams.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::base::UpstreamId;

/// A place to accept connections.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Address; port 0 takes a free one.
    pub address: SocketAddr,
    /// TLS, when asked for.
    pub tls: Option<ServerTls>,
}

/// What we show to clients. Both files are watched.
#[derive(Debug, Clone)]
pub struct ServerTls {
    /// PEM file: certificate chain, leaf first.
    pub certificate: PathBuf,
    /// PEM file: private key, readable by its owner alone.
    pub key: PathBuf,
}

/// An application behind us.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its name in rules.
    pub id: UpstreamId,
    /// `http` or `https`.
    pub scheme: Scheme,
    /// Host name or address, as in the URL.
    pub host: String,
    /// Port.
    pub port: u16,
    /// PEM file of the authorities to trust; the system's when absent.
    pub ca: Option<PathBuf>,
    /// PEM files of certificate and key that we show to it.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}

/// How an upstream is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Clear.
    Http,
    /// TLS.
    Https,
}
