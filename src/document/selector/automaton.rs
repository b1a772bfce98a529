//! Many selectors as one deterministic automaton over the path from the root to a value.
//!
//! A state stands for the set of places that all selectors have reached together; a step is a
//! member's name or an element's position. So a value costs one look-up, however many rules there
//! are. State 0 is dead: below it no selector can match.

use std::collections::HashMap;

use crate::document::KeyMatch;
use crate::document::Readings;
use crate::document::names::Name;
use crate::document::names::Naming;
use crate::document::names::Seed;
use crate::document::selector::construct;
use crate::document::selector::plan::Plan;

/// Most states, and most lists of hit selectors; beyond, the evaluator does the work.
pub(super) const STATES: usize = 4096;

/// Where a step leads: the state for what is below, and which selectors the value itself ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Goto {
    /// Index into the states; 0 is dead.
    pub(super) state: u32,
    /// Index into the lists of hits; 0 is the empty list.
    pub(super) hits: u32,
    /// Index into the same lists: which selectors go on to members or elements of the value, and so end
    /// here if it is a scalar.
    pub(super) stops: u32,
    /// Those of them that go on to members by their names.
    pub(super) member_stops: u32,
}

/// All selectors of one program that can run while a document is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Automaton {
    states: Vec<State>,
    hits: Vec<Box<[u16]>>,
    start: Goto,
    seed: Seed,
}

#[derive(Debug, Clone, Default)]
struct State {
    names: Table,
    /// The same names, folded; empty where they are folded anyway.
    folded: Table,
    /// Members whose name is not in the table.
    other: Goto,
    /// Elements: from this position on; the first starts at 0, the last has no end.
    ranges: Box<[(u32, Goto)]>,
}

/// Names of one state, with linear probing. Only names from rules are in it, and the hash is
/// seeded, so its shape is known when it is made and nobody outside can change it.
#[derive(Debug, Clone, Default)]
struct Table {
    /// Bit n: a name of n bytes is in it; the last bit stands for all longer ones.
    lengths: u64,
    slots: Box<[Option<Slot>]>,
}

#[derive(Debug, Clone)]
struct Slot {
    hash: u64,
    name: Box<str>,
    to: Goto,
}

/// A state while the automaton is being made.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) names: HashMap<Box<str>, Goto>,
    pub(super) folded: HashMap<Box<str>, Goto>,
    pub(super) other: Goto,
    pub(super) ranges: Vec<(u32, Goto)>,
}

impl Automaton {
    /// Makes the automaton of some plans, each with the number of its rule. None when it would
    /// have too many states.
    pub(super) fn build(
        plans: &[(u16, &Plan)],
        Naming { key_match, seed }: Naming,
    ) -> Option<Self> {
        let (drafts, hits, start) = construct::construct(plans, key_match)?;
        let states = drafts.into_iter().map(|draft| State {
            names: Table::new(draft.names, seed),
            folded: Table::new(draft.folded, seed),
            other: draft.other,
            ranges: draft.ranges.into(),
        });
        Some(Self { states: states.collect(), hits, start, seed })
    }

    /// Number of states, the dead one included.
    pub(super) fn states(&self) -> usize {
        self.states.len()
    }

    /// The step to the root.
    pub(super) fn start(&self) -> Goto {
        self.start
    }

    /// The step to a member; where all readings count, also to one whose name differs from that in a rule by
    /// letter case.
    #[inline]
    pub(super) fn key(&self, state: u32, name: Name<'_>, readings: Readings) -> Goto {
        if state == 0 {
            return Goto::default();
        }
        let Some(state) = self.state(state) else { return Goto::default() };
        let found = state.names.find(name);
        let found = match readings {
            Readings::All => found.or_else(|| state.folded.find_folded(name, self.seed)),
            Readings::Standard => found,
        };
        found.unwrap_or(state.other)
    }

    /// The step to an element.
    #[inline]
    pub(super) fn index(&self, state: u32, position: u32) -> Goto {
        if state == 0 {
            return Goto::default();
        }
        let ranges = self.state(state).map_or(&[][..], |state| &state.ranges);
        if let [(_, only)] = ranges {
            return *only;
        }
        let after = ranges.partition_point(|&(from, _)| from <= position);
        after.checked_sub(1).and_then(|at| ranges.get(at)).map_or(Goto::default(), |&(_, to)| to)
    }

    /// The rules in a list, in ascending order.
    pub(super) fn hits(&self, list: u32) -> &[u16] {
        usize::try_from(list).ok().and_then(|at| self.hits.get(at)).map_or(&[], |hits| hits)
    }

    fn state(&self, state: u32) -> Option<&State> {
        usize::try_from(state).ok().and_then(|at| self.states.get(at))
    }
}

impl Table {
    fn new(names: HashMap<Box<str>, Goto>, seed: Seed) -> Self {
        if names.is_empty() {
            return Self::default();
        }
        let size = (names.len() * 2).next_power_of_two();
        let mut table = Self { lengths: 0, slots: vec![None; size].into() };
        for (name, to) in names {
            table.lengths |= length_bit(&name);
            let hash = seed.name(&name).hash;
            let free = table.probe(hash).find(|&at| matches!(table.slots.get(at), Some(None)));
            if let Some(slot) = free.and_then(|at| table.slots.get_mut(at)) {
                *slot = Some(Slot { hash, name, to });
            }
        }
        table
    }

    #[inline]
    fn find(&self, name: Name<'_>) -> Option<Goto> {
        if self.lengths & length_bit(name.text) == 0 {
            return None;
        }
        for at in self.probe(name.hash) {
            let slot = self.slots.get(at)?.as_ref()?;
            if slot.hash == name.hash && &*slot.name == name.text {
                return Some(slot.to);
            }
        }
        None
    }

    fn find_folded(&self, name: Name<'_>, seed: Seed) -> Option<Goto> {
        if self.lengths == 0 {
            return None;
        }
        let mut buffer = String::new();
        let folded = KeyMatch::Fold.normal(name.text, &mut buffer);
        if folded == name.text { self.find(name) } else { self.find(seed.name(folded)) }
    }

    /// The slots for a hash, in the order of looking. The table is at most half full.
    #[inline]
    fn probe(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len().wrapping_sub(1);
        let first = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
        (0..=mask).map(move |step| first.wrapping_add(step) & mask)
    }
}

#[inline]
fn length_bit(name: &str) -> u64 {
    1 << name.len().min(63)
}
