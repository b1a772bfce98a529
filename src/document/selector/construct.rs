//! Making the automaton: the subset construction, kept near the size of its result.
//!
//! A position is "rule r has matched its first k segments". Positions that ended are not part of a
//! state but of the step that leads to it, so that a hundred `$..x` share one state. For each state
//! the successors that every child shares are computed once; a name or a range of positions then
//! adds only what is its own.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::document::KeyMatch;
use crate::document::selector::automaton::Draft;
use crate::document::selector::automaton::Goto;
use crate::document::selector::automaton::STATES;
use crate::document::selector::plan::ChildSelector;
use crate::document::selector::plan::Plan;
use crate::document::selector::plan::Segment;

/// Most positions written while constructing: a bound on the time, for sets of rules that stay
/// under the cap of states and are still unreasonable.
const WORK: usize = 1 << 24;

/// A rule and how many of its segments are matched.
type Position = (u16, u16);

type Made = (Vec<Draft>, Vec<Box<[u16]>>, Goto);

/// Makes states and lists of hits; none when there would be too many.
pub(super) fn construct(plans: &[(u16, &Plan)], key_match: KeyMatch) -> Option<Made> {
    let mut maker = Maker::new(plans, key_match);
    let start: Vec<Position> = plans.iter().map(|&(rule, _)| (rule, 0)).collect();
    // A scalar in the place of the whole document is one element of it, and no member.
    let lists =
        |&(rule, at): &Position| maker.segment((rule, at)).is_some_and(Segment::has_elements);
    let own: Vec<Position> = start.iter().copied().filter(lists).collect();
    let start = maker.step(start, &own)?;
    let mut next = 1;
    while let Some(positions) = maker.order.get(next).cloned() {
        let draft = maker.draft(&positions)?;
        maker.drafts.push(draft);
        next += 1;
    }
    Some((maker.drafts, maker.lists, start))
}

struct Maker<'a> {
    plans: HashMap<u16, &'a Plan>,
    key_match: KeyMatch,
    states: HashMap<Box<[Position]>, u32>,
    order: Vec<Box<[Position]>>,
    drafts: Vec<Draft>,
    hits: HashMap<Box<[u16]>, u32>,
    lists: Vec<Box<[u16]>>,
    work: usize,
}

impl<'a> Maker<'a> {
    fn new(plans: &[(u16, &'a Plan)], key_match: KeyMatch) -> Self {
        Self {
            plans: plans.iter().copied().collect(),
            key_match,
            states: HashMap::from([(Box::default(), 0)]),
            order: vec![Box::default()],
            drafts: vec![Draft::default()],
            hits: HashMap::from([(Box::default(), 0)]),
            lists: vec![Box::default()],
            work: 0,
        }
    }

    fn segment(&self, (rule, at): Position) -> Option<&'a Segment> {
        self.plans.get(&rule).and_then(|plan| plan.segments.get(usize::from(at)))
    }

    /// The step to a set of positions, making its state when it is new. `own` are those that a name or
    /// a position in a list leads to: at a scalar they end, if what they wait for are children.
    fn step(&mut self, mut positions: Vec<Position>, own: &[Position]) -> Option<Goto> {
        self.work = self.work.saturating_add(positions.len() + 1);
        if self.work > WORK {
            return None;
        }
        positions.sort_unstable();
        positions.dedup();
        let (going, ended): (Vec<_>, Vec<_>) =
            positions.into_iter().partition(|&position| self.segment(position).is_some());
        let mut rules: Vec<u16> = ended.into_iter().map(|(rule, _)| rule).collect();
        rules.dedup();
        let waits = |&&at: &&Position| self.segment(at).is_some_and(Segment::takes_scalars);
        let mut stops: Vec<Position> = own.iter().filter(waits).copied().collect();
        stops.sort_unstable();
        let members = |&&at: &&Position| self.segment(at).is_some_and(Segment::has_names);
        let rules_of = |positions: &mut dyn Iterator<Item = Position>| {
            let mut rules: Vec<u16> = positions.map(|(rule, _)| rule).collect();
            rules.dedup();
            rules
        };
        let member_stops = rules_of(&mut stops.iter().filter(members).copied());
        let stops = rules_of(&mut stops.iter().copied());
        Some(Goto {
            state: number(&mut self.states, &mut self.order, going.into())?,
            hits: number(&mut self.hits, &mut self.lists, rules.into())?,
            stops: number(&mut self.hits, &mut self.lists, stops.into())?,
            member_stops: number(&mut self.hits, &mut self.lists, member_stops.into())?,
        })
    }

    fn draft(&mut self, positions: &[Position]) -> Option<Draft> {
        let (mut every, mut any) = (Vec::new(), Vec::new());
        let mut members: HashMap<&'a str, Vec<Position>> = HashMap::new();
        let mut elements: Vec<(u32, Option<u32>, Position)> = Vec::new();
        for &position in positions {
            let Some(segment) = self.segment(position) else { continue };
            let after = (position.0, position.1.saturating_add(1));
            if segment.descend {
                every.push(position);
            }
            for selector in &segment.selectors {
                match selector {
                    ChildSelector::Any => {
                        every.push(after);
                        any.push(after);
                    }
                    ChildSelector::Name(name) => members.entry(name).or_default().push(after),
                    ChildSelector::Index(_) | ChildSelector::Slice { .. } => {
                        elements.extend(range(selector).map(|(from, to)| (from, to, after)));
                    }
                    ChildSelector::Filter(_) => {}
                }
            }
        }
        let mut draft = Draft { other: self.step(every.clone(), &[])?, ..Draft::default() };
        if self.key_match == KeyMatch::Exact {
            draft.folded = self.folded(&every, &members)?;
        }
        for (name, own) in members {
            let to = self.step(every.iter().chain(&own).copied().collect(), &own)?;
            draft.names.insert(Box::from(name), to);
        }
        elements.extend(any.into_iter().map(|after| (0, None, after)));
        draft.ranges = self.ranges(&every, &elements)?;
        Some(draft)
    }

    /// The steps to members whose names differ by letter case from those of rules: to all that fold alike.
    fn folded(
        &mut self,
        every: &[Position],
        members: &HashMap<&'a str, Vec<Position>>,
    ) -> Option<HashMap<Box<str>, Goto>> {
        let mut together: HashMap<Box<str>, Vec<Position>> = HashMap::new();
        for (name, own) in members {
            let mut buffer = String::new();
            let folded = Box::from(KeyMatch::Fold.normal(name, &mut buffer));
            together.entry(folded).or_default().extend(own);
        }
        let steps = together.into_iter().map(|(name, own)| {
            let to = self.step(every.iter().chain(&own).copied().collect(), &own)?;
            Some((name, to))
        });
        steps.collect()
    }

    /// Cuts the positions of an array where what follows changes.
    fn ranges(
        &mut self,
        every: &[Position],
        elements: &[(u32, Option<u32>, Position)],
    ) -> Option<Vec<(u32, Goto)>> {
        let mut cuts = BTreeSet::from([0]);
        for &(from, to, _) in elements {
            cuts.insert(from);
            cuts.extend(to);
        }
        let mut ranges: Vec<(u32, Goto)> = Vec::with_capacity(cuts.len());
        for cut in cuts {
            self.work = self.work.saturating_add(elements.len());
            let own = elements
                .iter()
                .filter(|&&(from, to, _)| from <= cut && to.is_none_or(|to| cut < to));
            let own: Vec<Position> = own.map(|&(.., position)| position).collect();
            let to = self.step(every.iter().chain(&own).copied().collect(), &own)?;
            if ranges.last().is_none_or(|&(_, last)| last != to) {
                ranges.push((cut, to));
            }
        }
        Some(ranges)
    }
}

/// The positions that a selector of elements means: from, and up to but not including. Positions
/// beyond four bytes do not occur in a document that can be named with offsets of four bytes.
pub(super) fn range(selector: &ChildSelector) -> Option<(u32, Option<u32>)> {
    match selector {
        ChildSelector::Index(index) => {
            let index = u32::try_from(*index).ok()?;
            Some((index, Some(index.checked_add(1)?)))
        }
        ChildSelector::Slice { start, end, step } => {
            let from = u32::try_from(start.unwrap_or(0)).ok()?;
            let to = end.map(|end| u32::try_from(end).unwrap_or(u32::MAX));
            (*step == 1 && to.is_none_or(|to| from < to)).then_some((from, to))
        }
        ChildSelector::Name(_) | ChildSelector::Any | ChildSelector::Filter(_) => None,
    }
}

/// The number of a thing, a new one when it is new; none when there are too many.
fn number<T: Clone + Eq + std::hash::Hash>(
    known: &mut HashMap<T, u32>,
    order: &mut Vec<T>,
    thing: T,
) -> Option<u32> {
    if let Some(&number) = known.get(&thing) {
        return Some(number);
    }
    if order.len() >= STATES {
        return None;
    }
    let number = u32::try_from(order.len()).ok()?;
    order.push(thing.clone());
    known.insert(thing, number);
    Some(number)
}
