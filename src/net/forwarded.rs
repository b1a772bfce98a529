//! Who the client is, and what the upstream is told about it.
//!
//! `X-Forwarded-For`, `-Proto`, `-Host` and `Forwarded` ([RFC 7239]) can be written by anybody. They
//! are believed, and kept, only when the connection comes from a proxy that the configuration
//! trusts; everybody else's are replaced by what we know ourselves.

use std::net::IpAddr;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::header;

use crate::net::config::Forwarding;

pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The other end of a client's connection, with the header values that tell of it made once.
#[derive(Debug, Clone)]
pub struct Peer {
    address: IpAddr,
    trusted: bool,
    for_value: HeaderValue,
    proto_value: HeaderValue,
    forwarded_node: String,
}

impl Peer {
    /// Describes a connection: where from, whether in TLS, and whether its forwarding headers count.
    pub fn new(address: IpAddr, tls: bool, forwarding: &Forwarding) -> Self {
        let address = address.to_canonical();
        let proto = if tls { "https" } else { "http" };
        let node = match address {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("\"[{v6}]\""),
        };
        let for_value = HeaderValue::try_from(address.to_string());
        Self {
            address,
            trusted: forwarding.trusts(address),
            for_value: for_value.unwrap_or(HeaderValue::from_static("unknown")),
            proto_value: HeaderValue::from_static(proto),
            forwarded_node: format!("for={node};proto={proto}"),
        }
    }

    /// Where the connection comes from.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Adds the forwarding fields to a request that goes on. `earlier` holds those that came with
    /// it; they are used only when the peer is trusted.
    pub(crate) fn describe(&self, earlier: &Earlier, host: &HeaderValue, to: &mut HeaderMap) {
        let earlier = if self.trusted { earlier } else { &Earlier::default() };
        let for_value = match joined(&earlier.for_values, self.for_value.as_bytes()) {
            Some(chain) => chain,
            None => self.for_value.clone(),
        };
        to.append(X_FORWARDED_FOR, for_value);
        let proto = earlier.proto.clone().unwrap_or_else(|| self.proto_value.clone());
        to.append(X_FORWARDED_PROTO, proto);
        to.append(X_FORWARDED_HOST, earlier.host.clone().unwrap_or_else(|| host.clone()));
        if let Some(chain) = joined(&earlier.forwarded, self.forwarded_node.as_bytes()) {
            to.append(header::FORWARDED, chain);
        }
    }
}

/// The forwarding fields of a request as they came.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    pub(crate) for_values: Vec<HeaderValue>,
    pub(crate) proto: Option<HeaderValue>,
    pub(crate) host: Option<HeaderValue>,
    pub(crate) forwarded: Vec<HeaderValue>,
}

/// Gives the values and the new element as one list; nothing when there were no values.
fn joined(values: &[HeaderValue], last: &[u8]) -> Option<HeaderValue> {
    if values.is_empty() {
        return None;
    }
    let mut chain = Vec::new();
    for value in values {
        chain.extend_from_slice(value.as_bytes());
        chain.extend_from_slice(b", ");
    }
    chain.extend_from_slice(last);
    HeaderValue::from_bytes(&chain).ok()
}

/// Gives the address of the client itself: the connection's, or, behind trusted proxies, the last
/// address in `X-Forwarded-For` that is not one of them. An entry that is no address ends the walk:
/// what stands left of it is hearsay.
pub fn client_address(peer: &Peer, headers: &HeaderMap, forwarding: &Forwarding) -> IpAddr {
    let mut client = peer.address;
    if !peer.trusted {
        return client;
    }
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
    for hop in hops {
        let Some(address) = std::str::from_utf8(hop).ok().and_then(|t| t.trim().parse().ok())
        else {
            return client;
        };
        client = address;
        if !forwarding.trusts(address) {
            return client;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarding() -> Forwarding {
        Forwarding { trusted: vec!["10.0.0.0/8".parse().unwrap()] }
    }

    fn seen(peer: &str, lines: &[&str]) -> String {
        let peer = Peer::new(peer.parse().unwrap(), false, &forwarding());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        client_address(&peer, &headers, &forwarding()).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        assert_eq!(seen("203.0.113.5", &["127.0.0.1"]), "203.0.113.5");
    }

    #[test]
    fn behind_trusted_proxies_the_last_stranger_counts() {
        assert_eq!(seen("10.0.0.1", &["127.0.0.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["127.0.0.1", "198.51.100.7", "10.0.0.2"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["127.0.0.1, evil, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn tells_the_upstream_only_what_is_known() {
        let earlier = || Earlier {
            for_values: vec![HeaderValue::from_static("192.0.2.1")],
            proto: Some(HeaderValue::from_static("https")),
            host: Some(HeaderValue::from_static("shop.example")),
            forwarded: vec![HeaderValue::from_static("for=192.0.2.1")],
        };
        let host = HeaderValue::from_static("inner.example");
        let told = |peer: &str| {
            let mut to = HeaderMap::new();
            let peer = Peer::new(peer.parse().unwrap(), false, &forwarding());
            peer.describe(&earlier(), &host, &mut to);
            to
        };

        let stranger = told("203.0.113.5");
        assert_eq!(stranger["x-forwarded-for"], "203.0.113.5");
        assert_eq!(stranger["x-forwarded-proto"], "http");
        assert_eq!(stranger["x-forwarded-host"], "inner.example");
        assert!(!stranger.contains_key("forwarded"));

        let proxy = told("10.0.0.1");
        assert_eq!(proxy["x-forwarded-for"], "192.0.2.1, 10.0.0.1");
        assert_eq!(proxy["x-forwarded-proto"], "https");
        assert_eq!(proxy["x-forwarded-host"], "shop.example");
        assert_eq!(proxy["forwarded"], "for=192.0.2.1, for=10.0.0.1;proto=http");
    }
}
