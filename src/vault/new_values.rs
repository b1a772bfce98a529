//! How many values that the vault does not know yet a caller may bring: per tenant, caller and class.
//!
//! Whoever may submit values and see what the application was given can make a dictionary of a class
//! with few values, such as social security numbers; and every record stays for ever. A form or a
//! profile holds few new values, an import holds many: so users have more than strangers, and
//! services, which import, have no bound by default.
//!
//! Each budget is a leaking bucket: it holds what may be stored in a minute, and what was stored runs
//! out evenly. A message sets its values aside first and gives back those that were known after all,
//! so that messages at the same time cannot spend the same budget twice.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::base::ClassCode;
use crate::base::NewValuesPerMinute;
use crate::base::PrincipalKind;
use crate::base::TenantId;
use crate::base::Timestamp;
use crate::net::Caller;

/// Budgets that are kept at once, 3 MB of them. Whoever comes when they are all in use shares one
/// with all others who do.
const BUDGETS: usize = 65_536;
/// The budget of those who found no other.
const SHARED: u64 = 0;
/// Between two searches for budgets that are whole again, in microseconds.
const BETWEEN_SEARCHES: u64 = 1_000_000;
const MINUTE: u64 = 60_000_000;

/// The budgets of all callers. Clones share them.
#[derive(Debug, Clone)]
pub struct NewValues(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    per_minute: NewValuesPerMinute,
    hasher: RandomState,
    budgets: Mutex<Budgets>,
}

#[derive(Debug)]
struct Budgets {
    used: HashMap<u64, Bucket>,
    searched: Timestamp,
}

/// What of a budget is in use.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    used: u64,
    /// Up to when the outflow was taken off.
    since: Timestamp,
}

impl Bucket {
    /// Takes off what ran out until now; what is left of the next value stays for the next time.
    fn leak(&mut self, limit: u64, now: Timestamp) {
        let elapsed = now.0.saturating_sub(self.since.0);
        let out = u128::from(elapsed) * u128::from(limit) / u128::from(MINUTE);
        let out = u64::try_from(out).unwrap_or(u64::MAX);
        if out >= self.used || now < self.since {
            *self = Self { used: self.used.saturating_sub(out), since: now };
            return;
        }
        self.used -= out;
        self.since.0 += out.saturating_mul(MINUTE).checked_div(limit).unwrap_or(elapsed);
    }
}

/// Who stores, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Spender<'a> {
    /// The tenant whose class it is.
    pub tenant: &'a TenantId,
    /// The caller whose budget it is.
    pub caller: Caller,
    /// What sort of caller, which says how much.
    pub kind: PrincipalKind,
}

/// The caller has no budget for so many new values of a class. It does not say how many of them are new,
/// or when there will be room for them: from either the caller could tell which values others have stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The class of which there are too many.
    pub class: ClassCode,
}

/// Values set aside in a budget. When it is dropped instead of settled, all of them stay counted: how
/// many were stored is not known then.
#[derive(Debug)]
#[must_use = "what was known already is given back by `settle`"]
pub struct Reservation {
    of: NewValues,
    taken: Vec<Taken>,
}

/// Values of one class that were set aside.
#[derive(Debug)]
struct Taken {
    class: ClassCode,
    /// The name of the budget.
    from: u64,
    values: u64,
}

impl NewValues {
    /// Gives budgets of this size, all of them whole.
    pub fn new(per_minute: NewValuesPerMinute) -> Self {
        let budgets = Budgets { used: HashMap::new(), searched: Timestamp(0) };
        let budgets = Mutex::new(budgets);
        Self(Arc::new(Inner { per_minute, hasher: RandomState::new(), budgets }))
    }

    /// Sets aside so many values of each class, or none at all.
    pub fn reserve(
        &self,
        spender: &Spender<'_>,
        wanted: &BTreeMap<ClassCode, u64>,
        now: Timestamp,
    ) -> Result<Reservation, Exceeded> {
        let mut taken = Vec::new();
        let Some(limit) = self.limit(spender.kind) else {
            return Ok(Reservation { of: self.clone(), taken });
        };
        let mut budgets = self.lock();
        for (&class, &wanted) in wanted {
            let name = self.0.hasher.hash_one((spender.tenant, spender.caller, class));
            let (name, bucket) = budgets.bucket(name, limit, now);
            if wanted > 0 && bucket.used.saturating_add(wanted) > limit {
                give_back(&mut budgets, &taken);
                return Err(Exceeded { class });
            }
            bucket.used += wanted;
            taken.push(Taken { class, from: name, values: wanted });
        }
        drop(budgets);
        Ok(Reservation { of: self.clone(), taken })
    }

    fn limit(&self, kind: PrincipalKind) -> Option<u64> {
        let NewValuesPerMinute { anonymous, user, service } = self.0.per_minute;
        match kind {
            PrincipalKind::Anonymous => anonymous,
            PrincipalKind::User => user,
            PrincipalKind::Service => service,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Budgets> {
        self.0.budgets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budgets {
    /// The budget of this name as it is now, or the shared one when there is room for no other.
    fn bucket(&mut self, name: u64, limit: u64, now: Timestamp) -> (u64, &mut Bucket) {
        let is_full = self.used.len() >= BUDGETS && !self.used.contains_key(&name);
        if is_full && now.0.abs_diff(self.searched.0) >= BETWEEN_SEARCHES {
            self.searched = now;
            // In a minute every budget is whole, however large it is.
            self.used.retain(|_, bucket| now.0.abs_diff(bucket.since.0) < MINUTE);
        }
        let has_room = self.used.len() < BUDGETS || self.used.contains_key(&name);
        let name = if has_room { name } else { SHARED };
        let bucket = self.used.entry(name).or_insert(Bucket { used: 0, since: now });
        bucket.leak(limit, now);
        (name, bucket)
    }
}

fn give_back(budgets: &mut Budgets, taken: &[Taken]) {
    for Taken { from, values, .. } in taken {
        if let Some(bucket) = budgets.used.get_mut(from) {
            bucket.used = bucket.used.saturating_sub(*values);
        }
    }
}

impl Reservation {
    /// Gives back all but what was created of each class.
    pub fn settle(mut self, created: &BTreeMap<ClassCode, u64>) {
        for Taken { class, values, .. } in &mut self.taken {
            *values = values.saturating_sub(created.get(class).copied().unwrap_or(0));
        }
        give_back(&mut self.of.lock(), &self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn of(values: u64) -> BTreeMap<ClassCode, u64> {
        BTreeMap::from([(ClassCode::new("em").unwrap(), values)])
    }

    fn budgets(anonymous: u64) -> NewValues {
        NewValues::new(NewValuesPerMinute {
            anonymous: Some(anonymous),
            user: Some(5),
            service: None,
        })
    }

    struct World {
        budgets: NewValues,
        tenant: TenantId,
    }

    impl World {
        fn new(anonymous: u64) -> Self {
            Self { budgets: budgets(anonymous), tenant: TenantId::new("acme").unwrap() }
        }

        fn tries(
            &self,
            caller: u64,
            kind: PrincipalKind,
            values: u64,
            at: u64,
        ) -> Result<Reservation, Exceeded> {
            let spender = Spender { tenant: &self.tenant, caller: Caller::from(caller), kind };
            self.budgets.reserve(&spender, &of(values), Timestamp(at))
        }

        fn stranger(&self, values: u64, at: u64) -> bool {
            let reservation = self.tries(1, PrincipalKind::Anonymous, values, at);
            reservation.map(|reservation| reservation.settle(&of(values))).is_ok()
        }
    }

    #[test]
    fn a_minute_holds_so_many_and_they_run_out_evenly() {
        let world = World::new(60);
        let at = 100 * SECOND;
        assert!(world.stranger(60, at));
        assert!(!world.stranger(1, at));
        assert!(!world.stranger(30, at + 10 * SECOND));
        assert!(world.stranger(30, at + 30 * SECOND));
        assert!(!world.stranger(1, at + 30 * SECOND));
        assert!(world.stranger(60, at + 90 * SECOND));
        assert!(!world.stranger(61, at + 900 * SECOND));
        assert!(!world.stranger(1000, at + 900 * SECOND));
    }

    #[test]
    fn small_steps_of_time_lose_nothing() {
        let world = World::new(7);
        let begin = 100 * SECOND;
        let stored: u64 = (0..60_000)
            .filter(|step| world.stranger(1, begin + step * (SECOND / 100)))
            .count()
            .try_into()
            .unwrap();
        // Ten minutes of seven, and the seven to begin with.
        assert!((76..=77).contains(&stored), "{stored}");
    }

    #[test]
    fn what_was_known_is_given_back_and_what_is_not_known_is_not() {
        let world = World::new(100);
        let first = world.tries(1, PrincipalKind::Anonymous, 100, 0).unwrap();
        assert!(!world.stranger(1, 0));
        first.settle(&of(10));
        assert!(world.stranger(90, 0));
        let world = World::new(100);
        drop(world.tries(1, PrincipalKind::Anonymous, 100, 0).unwrap());
        assert!(!world.stranger(1, 0));
    }

    #[test]
    fn each_caller_tenant_class_and_kind_has_its_own() {
        let world = World::new(1);
        let (stranger, user) = (PrincipalKind::Anonymous, PrincipalKind::User);
        let spends = |caller, kind, values| world.tries(caller, kind, values, 0).map(drop).is_ok();
        assert!(spends(1, stranger, 1) && !spends(1, stranger, 1));
        assert!(spends(2, stranger, 1));
        assert!(spends(3, user, 5) && !spends(3, user, 1));
        assert!(spends(4, PrincipalKind::Service, 1_000_000));
        let other = TenantId::new("other").unwrap();
        let there = Spender { tenant: &other, caller: Caller::from(1), kind: stranger };
        assert!(world.budgets.reserve(&there, &of(1), Timestamp(0)).map(drop).is_ok());
        let phones = BTreeMap::from([(ClassCode::new("ph").unwrap(), 1)]);
        let here = Spender { tenant: &world.tenant, ..there };
        assert!(world.budgets.reserve(&here, &phones, Timestamp(0)).map(drop).is_ok());
    }

    #[test]
    fn one_class_too_many_sets_nothing_aside() {
        let world = World::new(10);
        let spender = Spender {
            tenant: &world.tenant,
            caller: Caller::from(1),
            kind: PrincipalKind::Anonymous,
        };
        let (em, ph) = (ClassCode::new("em").unwrap(), ClassCode::new("ph").unwrap());
        let wanted = BTreeMap::from([(em, 10), (ph, 11)]);
        let refused = world.budgets.reserve(&spender, &wanted, Timestamp(0));
        assert_eq!(refused.map(drop).map_err(|exceeded| exceeded.class), Err(ph));
        assert!(world.stranger(10, 0));
    }

    #[test]
    fn many_callers_take_no_more_memory_and_late_ones_share() {
        let world = World::new(1);
        let stranger = PrincipalKind::Anonymous;
        let spends = |caller, at| world.tries(caller, stranger, 1, at).map(drop).is_ok();
        for caller in 0..u64::try_from(BUDGETS).unwrap() + 10_000 {
            spends(caller, SECOND);
        }
        assert!(world.budgets.lock().used.len() <= BUDGETS + 1);
        assert!(!spends(1_000_000, SECOND));
        assert!(spends(1_000_000, 70 * SECOND));
        assert!(world.budgets.lock().used.len() < 10);
    }
}
