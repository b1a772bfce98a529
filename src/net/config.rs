//! Listeners and upstreams.

use std::fmt;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

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
    /// The name by which rules and `default_upstream` choose it.
    pub id: UpstreamId,
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Host name or address, as in the URL.
    pub host: String,
    /// The TCP port; never 0.
    pub port: u16,
    /// PEM file of the authorities to trust; the system's when absent.
    pub ca: Option<PathBuf>,
    /// PEM files of certificate and key that we show to it.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}

/// How an upstream is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// HTTP in the clear, without TLS.
    Http,
    /// HTTP in TLS, with the upstream's certificate checked.
    Https,
}

/// How the names of header fields are written when a message goes on. They mean the same in any case
/// ([RFC 9110, section 5.1]), but not every program knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeaderCase {
    /// Writes them as they came, and those that we add in lower case.
    #[default]
    Keep,
    /// Writes all in lower case, which costs less.
    Lower,
}

impl HeaderCase {
    /// Returns the word of the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Lower => "lower",
        }
    }
}

/// Whose forwarding headers are believed. Nobody's by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forwarding {
    /// Addresses of the proxies in front of us.
    pub trusted: Vec<Network>,
}

impl Forwarding {
    /// Whether this peer is a proxy that we believe.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(peer))
    }
}

/// A block of addresses, written `10.0.0.0/8`, `2001:db8::/32`, or as a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Gives the block; refuses a prefix longer than the address.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        (prefix <= width(address)).then_some(Self { address: address.to_canonical(), prefix })
    }

    /// Whether the address lies in the block. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let host_bits = 32 - u32::from(self.prefix.min(32));
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(host_bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let host_bits = 128 - u32::from(self.prefix.min(128));
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(host_bits).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// Why a text is not a [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address block such as 10.0.0.0/8")]
pub struct NotANetwork;

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = if let Some((address, prefix)) = text.split_once('/') {
            (address.parse().ok(), prefix.parse().map_err(|_| NotANetwork)?)
        } else {
            let address: Option<IpAddr> = text.parse().ok();
            (address, address.map_or(0, width))
        };
        address.and_then(|address| Self::new(address, prefix)).ok_or(NotANetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(block: &str, address: &str) -> bool {
        block.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_block_holds_its_addresses_and_no_others() {
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.1.2.3", "10.1.2.3"));
        assert!(!holds("10.1.2.3", "10.1.2.4"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
    }

    #[test]
    fn refuses_what_is_no_block() {
        for text in
            ["", "10.0.0.0/33", "10.0.0/8", "::/129", "example.com", "10.0.0.0/", "10.0.0.0/-1"]
        {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text:?}");
        }
    }
}
