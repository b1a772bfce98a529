//! How many connections there may be: of all clients, and of one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::telemetry::metrics::Gauge;

/// Counts connections over all cores and listeners. Asked before the TLS handshake: a connection
/// that is not admitted costs an `accept` and a `close`.
#[derive(Debug, Clone)]
pub struct Admission(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connections: usize,
    per_client: usize,
    open: Mutex<Open>,
    gauge: Gauge,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// Somebody was refused, and there is not much room yet.
    scarce: bool,
    by_client: HashMap<IpAddr, usize>,
}

impl Admission {
    /// Allows this many connections at once, and this many from one client.
    pub fn new(connections: usize, per_client: usize) -> Self {
        let (open, gauge) = (Mutex::default(), Gauge::default());
        Self(Arc::new(Shared { connections, per_client, open, gauge }))
    }

    /// Shows in this gauge from now on how many are open. Call it before any is.
    #[must_use]
    pub fn shown_in(mut self, gauge: Gauge) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.0) {
            shared.gauge = gauge;
        }
        self
    }

    /// Gives the right to one connection of a proxy that is trusted to come for many clients: it counts
    /// against the limit of all alone.
    pub fn admit_proxy(&self) -> Option<Admitted> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.takes_one(&mut open).then(|| Admitted { shared: Arc::clone(&self.0), client: None })
    }

    /// Gives the right to one connection, returned on drop; none when a limit is reached.
    ///
    /// A client is an IPv4 address, or an IPv6 network of 64 bits: that is what one customer gets,
    /// and counting single IPv6 addresses would limit nobody.
    pub fn admit(&self, peer: IpAddr) -> Option<Admitted> {
        let client = client_of(peer);
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = open.by_client.get(&client).copied().unwrap_or(0);
        if of_client >= self.0.per_client || !self.0.takes_one(&mut open) {
            return None;
        }
        open.by_client.insert(client, of_client + 1);
        Some(Admitted { shared: Arc::clone(&self.0), client: Some(client) })
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).total
    }
}

impl Shared {
    /// Counts one more, unless that would be too many.
    fn takes_one(&self, open: &mut Open) -> bool {
        if open.total < self.connections {
            open.total += 1;
            self.gauge.inc();
            return true;
        }
        if !std::mem::replace(&mut open.scarce, true) {
            tracing::warn!(limit = self.connections, "all connections are in use");
        }
        false
    }

    fn gives_one_back(&self, open: &mut Open) {
        open.total = open.total.saturating_sub(1);
        self.gauge.dec();
        if open.scarce && open.total <= self.connections - self.connections / 8 {
            open.scarce = false;
            tracing::info!("there is room for connections again");
        }
    }
}

/// Returns what counts as one client: an IPv4 address, or the first address of an IPv6 /64 network.
pub fn client_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

/// The right to one connection.
#[derive(Debug)]
#[must_use = "the right ends when this is dropped"]
pub struct Admitted {
    shared: Arc<Shared>,
    client: Option<IpAddr>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.gives_one_back(&mut open);
        let Some(client) = self.client else { return };
        if let Some(count) = open.by_client.get_mut(&client) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_cannot_take_all_connections() {
        let admission = Admission::new(3, 2);
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let same_network: IpAddr = "2001:db8::2".parse().unwrap();
        let other: IpAddr = "203.0.113.1".parse().unwrap();

        let first = admission.admit(one).unwrap();
        let _second = admission.admit(same_network).unwrap();
        assert!(admission.admit(one).is_none());
        let _third = admission.admit(other).unwrap();
        assert!(admission.admit("203.0.113.2".parse().unwrap()).is_none());

        drop(first);
        assert_eq!(admission.open(), 2);
        assert!(admission.admit(one).is_some());
    }

    #[test]
    fn a_proxy_counts_against_the_limit_of_all_alone() {
        let admission = Admission::new(3, 1);
        let proxies: Vec<_> = (0..3).map_while(|_| admission.admit_proxy()).collect();
        assert_eq!(proxies.len(), 3);
        assert!(admission.admit_proxy().is_none());
        drop(proxies);
        assert_eq!(admission.open(), 0);
    }
}
