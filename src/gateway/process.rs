//! What the process asks of the operating system before it serves.

use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::setrlimit;

use crate::base::Limits;

/// Descriptors kept for what is neither a client's connection nor one to an upstream: files, journal, vault,
/// admin listener.
const RESERVE: usize = 256;

/// Keeps what is in memory out of core files, and away from other processes of the same user: it holds
/// keys and clear values.
pub fn keep_memory_private() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core files cannot be turned off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::DumpableBehavior;
        use rustix::process::set_dumpable_behavior;
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "other processes of this user may read our memory");
        }
    }
}

/// Raises the limit of descriptors to the highest that the process may have, and lowers the limits of
/// connections to what these carry; says both.
///
/// `pooled` is how many connections to upstreams may be idle.
pub(super) fn fit_connections(limits: &mut Limits, pooled: usize) {
    let allowed = getrlimit(Resource::Nofile);
    if allowed.current != allowed.maximum {
        let highest = Rlimit { current: allowed.maximum, maximum: allowed.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, highest) {
            tracing::warn!(%error, "the limit of descriptors stays");
        }
    }
    let descriptors = getrlimit(Resource::Nofile).current;
    let descriptors =
        descriptors.map_or(usize::MAX, |count| count.try_into().unwrap_or(usize::MAX));
    let wanted = limits.connections;
    fit(limits, descriptors, pooled);
    let (connections, per_client) = (limits.connections, limits.connections_per_client);
    if connections < wanted {
        tracing::warn!(
            descriptors,
            connections,
            per_client,
            wanted,
            "fewer connections than limits.connections: raise the hard limit of open files"
        );
    } else {
        tracing::info!(descriptors, connections, per_client, "room for connections");
    }
}

/// Every client's connection may need one to an upstream. One client never gets more than half of all.
fn fit(limits: &mut Limits, descriptors: usize, pooled: usize) {
    let kept = RESERVE.min(descriptors / 4).saturating_add(pooled.min(descriptors / 4));
    let room = (descriptors.saturating_sub(kept) / 2).max(1);
    limits.connections = limits.connections.min(room);
    limits.connections_per_client =
        limits.connections_per_client.min((limits.connections / 2).max(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(descriptors: usize, pooled: usize) -> (usize, usize) {
        let mut limits = Limits::default();
        fit(&mut limits, descriptors, pooled);
        (limits.connections, limits.connections_per_client)
    }

    #[test]
    fn many_descriptors_leave_the_limits_as_they_are() {
        assert_eq!(fitted(usize::MAX, 128), (10_000, 1000));
        assert_eq!(fitted(1 << 20, 128), (10_000, 1000));
    }

    #[test]
    fn each_connection_has_one_to_its_upstream_and_some_are_kept() {
        assert_eq!(fitted(1024, 128), (320, 160));
        for descriptors in [4, 64, 256, 1000, 4096, 20_000] {
            for pooled in [0, 128, 100_000] {
                let (connections, per_client) = fitted(descriptors, pooled);
                assert!(2 * connections < descriptors, "{descriptors}");
                assert!((1..=connections).contains(&per_client), "{descriptors}");
            }
        }
    }
}
