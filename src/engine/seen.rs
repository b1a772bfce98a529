//! What was shown to whom, so that posting it back unchanged changes nothing.
//!
//! A caller who was shown a token or a mask may send it back on the same route, in a field of the same
//! class: it stands for the value that it stood for when it was shown. Kept in memory for an hour, as keyed hashes of
//! caller, class and text; the hash's key is made anew with every process. No value is in here.
//!
//! A mask that a caller was shown for two values within an hour stands for neither. That holds whatever
//! happens at once, and also when one of them was forgotten for want of room: what is kept of it then is the
//! time, in a slot that masks share, and a mask that is shown anew within an hour of its slot's time
//! counts as shown for several. So pressure costs masks that cannot be posted back, never a wrong value.
//!
//! Passing a token on gives its sender nothing: no reference is added to its record.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use quick_cache::DefaultHashBuilder;
use quick_cache::Lifecycle;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use quick_cache::sync::EntryAction;
use quick_cache::sync::EntryResult;
use sha2::Digest;
use sha2::Sha256;

use crate::base::ClassCode;
use crate::base::PrincipalKind;
use crate::base::TenantId;
use crate::base::Timestamp;
use crate::engine::Exchange;
use crate::engine::leg::Leg;
use crate::token::Token;

/// How many texts are remembered, each for its route and for all; then those go that were not asked for.
const ENTRIES: usize = 2 * 100_000;

/// Of one message so many tokens and masks are remembered.
pub(super) const REMEMBERED: usize = 4096;

/// Bytes of a body that are looked through for tokens that stay.
const LOOKED_AT: usize = 1024 * 1024;

/// For how long, in microseconds: an hour.
const KEPT: u64 = 3600 * 1_000_000;

/// Slots for the times of forgotten masks, 8 bytes each, once there is one.
const SLOTS: usize = 1 << 19;

/// What a text stood for when it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// One value, whose token this is.
    One(Token),
    /// Several values: nobody can tell which.
    Several,
}

/// Where something was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// On the route of this exchange.
    Here,
    /// On any route of the tenant.
    Anywhere,
}

/// The keyed hash of caller, place, class and text.
type Name = [u8; 16];

/// What is remembered of a text.
#[derive(Debug, Clone, Copy)]
struct Entry {
    lookup: Lookup,
    is_mask: bool,
    /// When it was last shown.
    since: Timestamp,
}

/// When masks were last shown that had to be forgotten.
#[derive(Clone, Default)]
struct Forgotten(Arc<OnceLock<Box<[AtomicU64]>>>);

impl Forgotten {
    fn slot(slots: &[AtomicU64], name: Name) -> Option<&AtomicU64> {
        let [a, b, c, d, ..] = name;
        slots.get(usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()? % SLOTS)
    }

    /// Returns whether this mask may have been shown within the hour, and was forgotten.
    fn may_hold(&self, name: Name, now: Timestamp) -> bool {
        let slot = self.0.get().and_then(|slots| Self::slot(slots, name));
        slot.is_some_and(|slot| is_kept(Timestamp(slot.load(Ordering::Relaxed)), now))
    }
}

impl Lifecycle<Name, Entry> for Forgotten {
    type RequestState = ();

    /// Runs under the lock of the entry, so that nobody adds the mask anew in between.
    fn on_evict(&self, _state: &mut (), name: Name, entry: Entry) {
        if entry.is_mask {
            let slots = self.0.get_or_init(|| (0..SLOTS).map(|_| AtomicU64::new(0)).collect());
            if let Some(slot) = Self::slot(slots, name) {
                slot.fetch_max(entry.since.0, Ordering::Relaxed);
            }
        }
    }
}

/// Returns whether what was shown then is still remembered.
fn is_kept(since: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(since.0) <= KEPT
}

/// What was shown. Shared by all cores of a process.
pub struct SeenTokens {
    key: [u8; 32],
    shown: Cache<Name, Entry, UnitWeighter, DefaultHashBuilder, Forgotten>,
    forgotten: Forgotten,
}

impl Default for SeenTokens {
    fn default() -> Self {
        Self::with_room(ENTRIES)
    }
}

impl fmt::Debug for SeenTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SeenTokens(…)")
    }
}

impl SeenTokens {
    fn with_room(entries: usize) -> Self {
        let mut key = [0; 32];
        // Without a key the hashes could be guessed from a dump of memory, which holds more anyway.
        let _random = aws_lc_rs::rand::fill(&mut key);
        let forgotten = Forgotten::default();
        let room = u64::try_from(entries).unwrap_or(u64::MAX);
        let (weights, hashes) = (UnitWeighter, DefaultHashBuilder::default());
        let shown = Cache::with(entries, room, weights, hashes, forgotten.clone());
        Self { key, shown, forgotten }
    }

    /// Remembers that a caller was shown this text in the place of the token's value.
    pub(super) fn add(&self, exchange: &Exchange, text: &str, token: Token, now: Timestamp) {
        for scope in [Scope::Here, Scope::Anywhere] {
            let name = self.name(exchange, token.code(), text, scope);
            self.add_named(name, token, text != token.as_str(), now);
        }
    }

    /// Remembers it in one step: of two at once, the second finds what the first did.
    fn add_named(&self, name: Name, token: Token, is_mask: bool, now: Timestamp) {
        let new = Entry { lookup: Lookup::One(token), is_mask, since: now };
        let entry = self.shown.entry(&name, None, |_, known| {
            if !is_kept(known.since, now) {
                *known = new;
            } else if known.lookup != new.lookup {
                known.lookup = Lookup::Several;
            }
            known.since = Timestamp(known.since.0.max(now.0));
            EntryAction::Retain(())
        });
        if let EntryResult::Vacant(guard) = entry {
            let is_open = is_mask && self.forgotten.may_hold(name, now);
            let lookup = if is_open { Lookup::Several } else { new.lookup };
            // Nobody takes the place away meanwhile: entries are never removed.
            let _refused = guard.insert(Entry { lookup, ..new });
        }
    }

    /// What a token or a mask of a class stood for when this caller was shown it.
    pub(super) fn find(
        &self,
        leg: &Leg<'_>,
        code: ClassCode,
        text: &str,
        scope: Scope,
    ) -> Option<Lookup> {
        self.at(&self.name(leg.exchange, code, text, scope), leg.engine.clock.now())
    }

    /// Remembers the tokens that stand in bytes which go to a caller as they are: they were shown,
    /// for whatever reason they stayed. Looks at the first MiB.
    pub(super) fn add_all(&self, exchange: &Exchange, bytes: &[u8], now: Timestamp) {
        let beginning = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        for (_, token) in exchange.tokenizer.find(beginning).into_iter().take(REMEMBERED) {
            self.add(exchange, token.as_str(), token, now);
        }
    }

    fn at(&self, name: &Name, now: Timestamp) -> Option<Lookup> {
        let entry = self.shown.get(name)?;
        is_kept(entry.since, now).then_some(entry.lookup)
    }

    fn name(&self, exchange: &Exchange, code: ClassCode, text: &str, scope: Scope) -> Name {
        let mut hasher = Sha256::new();
        let mut add = |part: &[u8]| {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        };
        let tenant: &TenantId = &exchange.route.tenant;
        let principal = &exchange.principal;
        add(&self.key);
        add(tenant.as_str().as_bytes());
        // Another route may show what this one hides: a token that was seen here opens nothing there.
        let route = exchange.route.id.as_str();
        add(if scope == Scope::Here { route.as_bytes() } else { b"" });
        match principal.kind() {
            PrincipalKind::Anonymous => match exchange.source {
                IpAddr::V4(address) => add(&address.octets()),
                IpAddr::V6(address) => add(&address.octets()),
            },
            PrincipalKind::User => {
                add(b"user");
                add(principal.id().as_bytes());
            }
            PrincipalKind::Service => {
                add(b"service");
                add(principal.id().as_bytes());
            }
        }
        add(&code.bytes());
        add(text.as_bytes());
        let hash: [u8; 32] = hasher.finalize().into();
        let mut name = [0; 16];
        name.copy_from_slice(hash.get(..16).unwrap_or(&[0; 16]));
        name
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::base::Kind;
    use crate::crypto::Keyring;
    use crate::token::Tokenizer;

    fn tokens() -> [Token; 2] {
        let keyring = Keyring::generate(&mut |bytes| bytes.fill(7));
        let tokenizer = Tokenizer::new(&keyring, &TenantId::default_tenant(), "mail.example");
        let class = crate::token::builtin("email").unwrap();
        ["a@b.example", "c@b.example"]
            .map(|value| tokenizer.derive(&class, value, Kind::Text, 0).token)
    }

    fn name(number: u128) -> Name {
        // The front says the slot: all of these share one.
        number.to_be_bytes()
    }

    #[test]
    fn a_mask_shown_for_two_values_at_once_stands_for_neither() {
        let (seen, now) = (SeenTokens::default(), Timestamp(0));
        let barrier = Barrier::new(2);
        std::thread::scope(|scope| {
            for token in tokens() {
                let (seen, barrier) = (&seen, &barrier);
                scope.spawn(move || {
                    for number in 0..20_000 {
                        if number % 100 == 0 {
                            barrier.wait();
                        }
                        seen.add_named(name(number), token, true, now);
                    }
                });
            }
        });
        let clear =
            (0..20_000).filter(|&number| seen.at(&name(number), now) != Some(Lookup::Several));
        assert_eq!(clear.count(), 0);
    }

    #[test]
    fn a_forgotten_mask_does_not_come_to_stand_for_another_value() {
        let (seen, [one, other]) = (SeenTokens::with_room(64), tokens());
        let now = Timestamp(7 * KEPT);
        for number in 1..10_000 {
            seen.add_named(name(number), one, false, now);
            if number == 1_000 {
                seen.add_named(name(0), one, true, now);
            }
        }
        assert_eq!(seen.at(&name(0), now), None);
        let soon = Timestamp(now.0 + KEPT);
        seen.add_named(name(0), other, true, soon);
        assert_eq!(seen.at(&name(0), soon), Some(Lookup::Several));
        seen.add_named(name(10_000), other, false, soon);
        assert_eq!(seen.at(&name(10_000), soon), Some(Lookup::One(other)));
        let later = Timestamp(soon.0 + KEPT + 1);
        seen.add_named(name(0), other, true, later);
        assert_eq!(seen.at(&name(0), later), Some(Lookup::One(other)));
    }

    #[test]
    fn showing_a_mask_again_keeps_in_mind_that_it_stood_for_another_value() {
        let (seen, [one, other]) = (SeenTokens::default(), tokens());
        seen.add_named(name(0), one, true, Timestamp(0));
        seen.add_named(name(0), other, true, Timestamp(KEPT));
        seen.add_named(name(0), other, true, Timestamp(2 * KEPT));
        assert_eq!(seen.at(&name(0), Timestamp(3 * KEPT)), Some(Lookup::Several));
        assert_eq!(seen.at(&name(0), Timestamp(3 * KEPT + 1)), None);
    }
}
