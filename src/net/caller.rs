//! Who asks, as far as it matters for taking turns.

use std::hash::BuildHasher;
use std::hash::RandomState;
use std::net::IpAddr;
use std::sync::LazyLock;

use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::net::admission::client_of;

/// A number for a caller, so that none can take the turns of all others. Two callers may share a
/// number by chance; nobody can choose to, as it is hashed under a key of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller(u64);

/// The key of this process.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Caller {
    /// The gateway itself, in whose name cases and tests store.
    pub const GATEWAY: Self = Self(0);

    /// Gives the number of whoever asks: of the user or service, and of nobody known that of the
    /// address. One IPv6 network of 64 bits is one address, as that is what one customer gets.
    pub fn of(principal: &Principal, source: IpAddr) -> Self {
        let kind = principal.kind();
        let hash = match kind {
            PrincipalKind::User | PrincipalKind::Service => KEY.hash_one((kind, principal.id())),
            PrincipalKind::Anonymous => KEY.hash_one(client_of(source)),
        };
        Self(hash)
    }
}

#[cfg(test)]
impl From<u64> for Caller {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::AuthMethod;

    #[test]
    fn a_caller_is_a_name_or_an_address_or_an_ipv6_network() {
        let nobody = Principal::anonymous();
        let of = |source: &str| Caller::of(&nobody, source.parse().unwrap());
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        let named = |kind, name, source: &str| {
            let method = AuthMethod::ApiKey;
            let who = Principal::assertion(method, kind, name, Vec::new(), BTreeMap::new());
            Caller::of(&who, source.parse().unwrap())
        };
        let (user, service) = (PrincipalKind::User, PrincipalKind::Service);
        assert_eq!(named(user, "a", "192.0.2.1"), named(user, "a", "192.0.2.2"));
        assert_ne!(named(user, "a", "192.0.2.1"), named(user, "b", "192.0.2.1"));
        assert_ne!(named(user, "a", "192.0.2.1"), named(service, "a", "192.0.2.1"));
    }
}
