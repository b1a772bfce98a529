//! The memory of all bodies that are held at once: one bound for the process, and in it a share for
//! each client's address and for each principal, so that nobody takes what others need.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use crate::base::Limits;
use crate::base::Principal;
use crate::base::PrincipalKind;
use crate::net::BodyError;
use crate::net::admission::client_of;
use crate::telemetry::metrics::Gauge;

/// Counts the memory of bodies, for all cores. Clones count together.
#[derive(Debug, Clone)]
pub struct Budget {
    all: Arc<Shared>,
    /// Those whose bodies are counted with this handle.
    shares: [Option<Arc<Share>>; 2],
}

#[derive(Debug)]
struct Shared {
    bytes: Count,
    per_client: usize,
    per_principal: usize,
    owners: Mutex<HashMap<Owner, Weak<Share>>>,
    /// Somebody was refused, and there is not much room yet.
    scarce: AtomicBool,
    gauge: Gauge,
}

/// What one owner holds; it exists as long as a handle or a body does.
#[derive(Debug)]
struct Share {
    bytes: Count,
    owner: Owner,
    all: Weak<Shared>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Owner {
    Client(IpAddr),
    Principal(PrincipalKind, Box<str>),
}

#[derive(Debug)]
struct Count {
    limit: usize,
    used: AtomicUsize,
}

impl Count {
    fn new(limit: usize) -> Self {
        Self { limit, used: AtomicUsize::new(0) }
    }

    /// Counts more, unless that would be over the limit; says whether it did.
    fn take(&self, bytes: usize) -> bool {
        let within = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= self.limit);
        self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, within).is_ok()
    }

    /// Counts more, also over the limit.
    fn force(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Counts less; gives what is used then.
    fn give_back(&self, bytes: usize) -> usize {
        self.used.fetch_sub(bytes, Ordering::AcqRel).saturating_sub(bytes)
    }
}

impl Shared {
    fn owners(&self) -> MutexGuard<'_, HashMap<Owner, Weak<Share>>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(all) = self.all.upgrade() else { return };
        let mut owners = all.owners();
        // Another share of the same owner may have been made in between.
        if owners.get(&self.owner).is_some_and(|share| share.strong_count() == 0) {
            owners.remove(&self.owner);
        }
    }
}

impl Budget {
    /// Sets aside `limits.buffered_bytes`, with the shares that the limits give.
    pub fn of(limits: &Limits) -> Self {
        Self::shared(
            limits.buffered_bytes,
            limits.buffered_bytes_per_client,
            limits.buffered_bytes_per_principal,
        )
    }

    /// Sets aside this many bytes for everybody alike.
    pub fn new(bytes: usize) -> Self {
        Self::shared(bytes, bytes, bytes)
    }

    fn shared(bytes: usize, per_client: usize, per_principal: usize) -> Self {
        let all = Shared {
            bytes: Count::new(bytes),
            per_client,
            per_principal,
            owners: Mutex::default(),
            scarce: AtomicBool::new(false),
            gauge: Gauge::default(),
        };
        Self { all: Arc::new(all), shares: [None, None] }
    }

    /// Shows what is held in this gauge from now on. Call it before anything is held.
    #[must_use]
    pub fn shown_in(mut self, gauge: Gauge) -> Self {
        if let Some(all) = Arc::get_mut(&mut self.all) {
            all.gauge = gauge;
        }
        self
    }

    /// Returns a handle that counts against the shares of this client and this principal, too. Who is
    /// nobody has the client's share alone. IPv6 addresses of one /64 network are one client.
    #[must_use]
    pub fn share_of(&self, client: IpAddr, principal: &Principal) -> Self {
        let mut shares = [Some(self.share(Owner::Client(client_of(client)))), None];
        if principal.is_authenticated() {
            let owner = Owner::Principal(principal.kind(), principal.id().into());
            shares[1] = Some(self.share(owner));
        }
        Self { all: Arc::clone(&self.all), shares }
    }

    fn share(&self, owner: Owner) -> Arc<Share> {
        let mut owners = self.all.owners();
        if let Some(share) = owners.get(&owner).and_then(Weak::upgrade) {
            return share;
        }
        let limit = match owner {
            Owner::Client(_) => self.all.per_client,
            Owner::Principal(..) => self.all.per_principal,
        };
        let all = Arc::downgrade(&self.all);
        let share = Arc::new(Share { bytes: Count::new(limit), owner: owner.clone(), all });
        owners.insert(owner, Arc::downgrade(&share));
        share
    }

    /// Returns how many bytes nobody holds now.
    pub fn free(&self) -> usize {
        self.all.bytes.limit.saturating_sub(self.all.bytes.used.load(Ordering::Acquire))
    }

    /// Counts so many bytes. Fails with [`BodyError::ShareExhausted`] when a share does not have them, and
    /// with [`BodyError::Exhausted`] when all together hold too much.
    pub fn hold(&self, bytes: usize) -> Result<Held, BodyError> {
        self.take(bytes)?;
        Ok(Held { bytes, budget: self.clone() })
    }

    fn shares(&self) -> impl Iterator<Item = &Arc<Share>> {
        self.shares.iter().flatten()
    }

    fn take(&self, bytes: usize) -> Result<(), BodyError> {
        for (taken, share) in self.shares().enumerate() {
            if !share.bytes.take(bytes) {
                for earlier in self.shares().take(taken) {
                    earlier.bytes.give_back(bytes);
                }
                return Err(BodyError::ShareExhausted);
            }
        }
        if self.all.bytes.take(bytes) {
            self.show(bytes, Gauge::inc_by);
            return Ok(());
        }
        for share in self.shares() {
            share.bytes.give_back(bytes);
        }
        if !self.all.scarce.swap(true, Ordering::AcqRel) {
            tracing::warn!(limit = self.all.bytes.limit, "all memory for bodies is in use");
        }
        Err(BodyError::Exhausted)
    }

    fn force(&self, bytes: usize) {
        self.shares().for_each(|share| share.bytes.force(bytes));
        self.all.bytes.force(bytes);
        self.show(bytes, Gauge::inc_by);
    }

    fn give_back(&self, bytes: usize) {
        for share in self.shares() {
            share.bytes.give_back(bytes);
        }
        let used = self.all.bytes.give_back(bytes);
        self.show(bytes, Gauge::dec_by);
        let limit = self.all.bytes.limit;
        let roomy = used <= limit - limit / 8;
        if roomy
            && self.all.scarce.load(Ordering::Acquire)
            && self.all.scarce.swap(false, Ordering::AcqRel)
        {
            tracing::info!("there is memory for bodies again");
        }
    }

    fn show(&self, bytes: usize, change: impl Fn(&Gauge, i64) -> i64) {
        change(&self.all.gauge, i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

/// Memory that counts against a [`Budget`] until this is dropped.
pub struct Held {
    bytes: usize,
    budget: Budget,
}

impl Held {
    /// Returns how many bytes count.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Counts so many bytes from now on. Fails as [`Budget::hold`] does when there are not so many; then
    /// nothing changes.
    pub fn resize(&mut self, bytes: usize) -> Result<(), BodyError> {
        match self.bytes.checked_sub(bytes) {
            Some(spare) => self.budget.give_back(spare),
            None => self.budget.take(bytes - self.bytes)?,
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Counts so many bytes from now on, also more than there are: for what exists already and cannot
    /// be refused any more.
    #[must_use]
    pub fn covering(mut self, bytes: usize) -> Self {
        if self.resize(bytes).is_err() {
            self.budget.force(bytes - self.bytes);
            self.bytes = bytes;
        }
        self
    }

    /// Gives so many of the bytes that count into other hands.
    /// None when there are fewer.
    pub fn split_off(&mut self, bytes: usize) -> Option<Self> {
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(Self { bytes, budget: self.budget.clone() })
    }

    /// Joins two holdings of one budget.
    #[must_use]
    pub fn joined(mut self, mut other: Self) -> Self {
        let same = |(one, two): (&Option<Arc<Share>>, &Option<Arc<Share>>)| match (one, two) {
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let budgets = (&self.budget, &other.budget);
        if Arc::ptr_eq(&budgets.0.all, &budgets.1.all)
            && budgets.0.shares.iter().zip(&budgets.1.shares).all(same)
        {
            self.bytes += std::mem::take(&mut other.bytes);
        }
        self
    }

    /// Ties the memory to bytes: it counts until nobody has them any more.
    pub fn with(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Owned { bytes, _held: self })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Held({})", self.bytes())
    }
}

struct Owned {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::AuthMethod;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn user(name: &str) -> Principal {
        let kind = PrincipalKind::User;
        Principal::assertion(AuthMethod::Jwt, kind, name, Vec::new(), BTreeMap::new())
    }

    #[test]
    fn what_is_held_counts_until_it_is_dropped() {
        let budget = Budget::new(100);
        let mut held = budget.hold(40).unwrap();
        assert_eq!((held.bytes(), budget.free()), (40, 60));
        held.resize(70).unwrap();
        assert_eq!(held.resize(101), Err(BodyError::Exhausted));
        assert_eq!((held.bytes(), budget.free()), (70, 30));
        held.resize(10).unwrap();
        assert_eq!((held.bytes(), budget.free()), (10, 90));
        let bytes = held.with(Bytes::from_static(b"abc"));
        let part = bytes.slice(1..2);
        drop(bytes);
        assert_eq!((part.as_ref(), budget.free()), (b"b".as_slice(), 90));
        drop(part);
        assert_eq!(budget.free(), 100);
        assert_eq!(budget.hold(101).unwrap_err(), BodyError::Exhausted);
    }

    #[test]
    fn what_exists_already_counts_also_over_the_limit() {
        let budget = Budget::new(100);
        let held = budget.hold(40).unwrap().covering(130);
        assert_eq!((held.bytes(), budget.free()), (130, 0));
        assert!(budget.hold(1).is_err());
        drop(held);
        assert_eq!(budget.free(), 100);
    }

    #[test]
    fn one_client_and_one_principal_have_a_share_each() {
        let budget = Budget::shared(100, 40, 60);
        let nobody = Principal::anonymous();
        let one = budget.share_of(address("192.0.2.1"), &nobody);
        let held = one.hold(40).unwrap();
        assert_eq!(one.hold(1).unwrap_err(), BodyError::ShareExhausted);
        let same = budget.share_of(address("192.0.2.1"), &user("ann"));
        assert_eq!(same.hold(1).unwrap_err(), BodyError::ShareExhausted);

        let ann = |from: &str| budget.share_of(address(from), &user("ann"));
        let first = ann("2001:db8::1").hold(30).unwrap();
        assert_eq!(ann("2001:db8::2").hold(20).unwrap_err(), BodyError::ShareExhausted);
        let second = ann("192.0.2.9").hold(30).unwrap();
        assert_eq!(ann("192.0.2.8").hold(1).unwrap_err(), BodyError::ShareExhausted);
        let bob = budget.share_of(address("192.0.2.8"), &user("bob"));
        assert_eq!(bob.hold(1).unwrap_err(), BodyError::Exhausted);

        drop((held, first, second));
        assert_eq!(budget.free(), 100);
        assert!(bob.hold(40).is_ok());
        drop((one, same, bob));
        assert!(budget.all.owners().is_empty(), "shares that nobody uses are forgotten");
    }
}
