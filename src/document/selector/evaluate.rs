//! Applying a plan to a tape: RFC 9535, sections 2.2 to 2.5, for what cannot run as an automaton.
//!
//! Every visited node costs a step, and steps are bounded in proportion to the document: a filter
//! that looks at everything from everywhere is refused on a large document instead of taking
//! quadratic time.

use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;

use crate::document::Reason;
use crate::document::Refusal;
use crate::document::names::same_letters;
use crate::document::selector::plan::ChildSelector;
use crate::document::selector::plan::Plan;
use crate::document::selector::plan::Segment;
use crate::document::selector::tape::Tape;
use crate::document::visitor::Nth;
use crate::document::visitor::Shape;

/// Steps allowed for each node of the document.
const STEPS_PER_NODE: u64 = 256;
/// Steps allowed for any document.
const STEPS: u64 = 1 << 16;

/// Whether a node that is selected twice is listed twice (RFC 9535, section 2.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    Keep,
    /// As a set: order does not matter either.
    Drop,
}

/// Whether members count whose names differ by letter case from those in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Minded,
    Ignored,
    /// In a filter: only where no member has the very name, and with one beside it the document is refused.
    IgnoredInFilter,
}

/// One plan on one document.
pub(super) struct Run<'a> {
    pub(super) tape: &'a Tape,
    pub(super) source: &'a [u8],
    /// Answers to the queries from `$`, once they are asked.
    pub(super) roots: Vec<Option<Rc<[u32]>>>,
    /// Patterns that a query took from the document; none when they are no I-Regexp.
    pub(super) patterns: HashMap<(String, bool), Option<Regex>>,
    /// Scalars at which the plan of a rule goes on to members or elements; none to leave them.
    pub(super) stops: Option<Vec<u32>>,
    pub(super) case: Case,
    steps: u64,
}

impl<'a> Run<'a> {
    /// Prepares a run of a plan with this many queries from `$`.
    pub(super) fn new(tape: &'a Tape, source: &'a [u8], roots: usize) -> Self {
        Self {
            tape,
            source,
            roots: vec![None; roots],
            patterns: HashMap::new(),
            stops: None,
            case: Case::Minded,
            steps: STEPS_PER_NODE * u64::from(tape.len()) + STEPS,
        }
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Refusal> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Refusal::new(Reason::TooCostly, 0)),
        }
    }

    /// The nodes a plan selects, starting at one.
    pub(super) fn nodes(
        &mut self,
        plan: &Plan,
        from: u32,
        repeats: Repeats,
    ) -> Result<Vec<u32>, Refusal> {
        let mut current = vec![from];
        // Queries inside of filters select nothing.
        let mut stops = self.stops.take();
        let case = self.case;
        if case == Case::Ignored {
            self.case = Case::IgnoredInFilter;
        }
        for (number, segment) in plan.segments.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|number| plan.segments.get(number));
            let mut next = Vec::new();
            for at in current {
                if let Some(stops) = stops.as_mut()
                    && segment.takes_scalars()
                    && self.stops_at(before, segment, case, at)
                {
                    stops.push(at);
                }
                let last = match self.tape.node(at) {
                    Some(node) if segment.descend => node.after,
                    _ => at.saturating_add(1),
                };
                for at in at..last {
                    self.apply(segment, at, case, &mut next)?;
                }
            }
            if repeats == Repeats::Drop {
                next.sort_unstable();
                next.dedup();
            }
            current = next;
        }
        (self.stops, self.case) = (stops, case);
        Ok(current)
    }

    /// Whether a node is a scalar that a name or a position in a list led to.
    fn stops_at(&self, before: Option<&Segment>, next: &Segment, case: Case, at: u32) -> bool {
        let Some(node) = self.tape.node(at) else { return false };
        let name = self.tape.name(node);
        let named = |selector: &ChildSelector| match selector {
            ChildSelector::Name(own) => {
                **own == *name || (case != Case::Minded && same_letters(own, name))
            }
            ChildSelector::Index(_) | ChildSelector::Slice { .. } => true,
            ChildSelector::Any | ChildSelector::Filter(_) => name.is_empty(),
        };
        let goes_on = match before {
            None => next.has_elements(),
            Some(before) => before.selectors.iter().any(named),
        };
        // As one of its namesakes it is an element already.
        let counted = node.nth.is_some() && !next.has_names();
        self.tape.container(at).is_none() && goes_on && !counted
    }

    /// Applies a child segment to one node.
    fn apply(
        &mut self,
        segment: &Segment,
        at: u32,
        case: Case,
        out: &mut Vec<u32>,
    ) -> Result<(), Refusal> {
        self.spend(1)?;
        if let Some(nth) = self.tape.node(at).and_then(|node| node.nth) {
            self.among_namesakes(segment, at, nth, out)?;
        }
        let Some((shape, count)) = self.tape.container(at) else { return Ok(()) };
        for selector in &segment.selectors {
            match selector {
                ChildSelector::Name(name) if shape.is_named() => {
                    self.member(at, name, case, out)?;
                }
                ChildSelector::Any => {
                    for child in self.tape.children(at) {
                        self.push(child, out)?;
                    }
                }
                ChildSelector::Index(index) if shape == Shape::Array => {
                    self.slice(at, Positions::of_index(*index, count), out)?;
                }
                ChildSelector::Slice { start, end, step } if shape == Shape::Array => {
                    self.slice(at, Positions::of_slice(*start, *end, *step, count), out)?;
                }
                ChildSelector::Filter(test) => {
                    for child in self.tape.children(at) {
                        self.spend(1)?;
                        if self.test(test, child)? {
                            self.push(child, out)?;
                        }
                    }
                }
                ChildSelector::Name(_) | ChildSelector::Index(_) | ChildSelector::Slice { .. } => {}
            }
        }
        Ok(())
    }

    /// Applies a child segment to the list of all members of one name, of which this is one.
    fn among_namesakes(
        &mut self,
        segment: &Segment,
        at: u32,
        nth: Nth,
        out: &mut Vec<u32>,
    ) -> Result<(), Refusal> {
        let position = i64::from(nth.position);
        for selector in &segment.selectors {
            let picked = match selector {
                ChildSelector::Name(_) => false,
                ChildSelector::Any => true,
                ChildSelector::Index(index) => {
                    Positions::of_index(*index, nth.count).have(position)
                }
                ChildSelector::Slice { start, end, step } => {
                    Positions::of_slice(*start, *end, *step, nth.count).have(position)
                }
                ChildSelector::Filter(test) => self.test(test, at)?,
            };
            if picked {
                self.push(at, out)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, node: u32, out: &mut Vec<u32>) -> Result<(), Refusal> {
        self.spend(1)?;
        let most = usize::try_from(self.tape.len()).unwrap_or(usize::MAX).saturating_mul(4);
        if out.len() > most.saturating_add(1 << 16) {
            return Err(Refusal::new(Reason::TooCostly, 0));
        }
        out.push(node);
        Ok(())
    }

    /// All members of a name: one in JSON, where names are unique; several in a form.
    fn member(
        &mut self,
        at: u32,
        name: &str,
        case: Case,
        out: &mut Vec<u32>,
    ) -> Result<(), Refusal> {
        let (mut exact, mut other) = (false, None);
        for child in self.tape.children(at) {
            self.spend(1)?;
            let Some(node) = self.tape.node(child) else { continue };
            let own = self.tape.name(node);
            let is_exact = own == name;
            if !is_exact && (case == Case::Minded || !same_letters(own, name)) {
                continue;
            }
            exact |= is_exact;
            other = other.or((!is_exact).then_some(node.span.start()));
            self.push(child, out)?;
        }
        match other.filter(|_| exact && case == Case::IgnoredInFilter) {
            Some(offset) => Err(Refusal { reason: Reason::DuplicateKey, offset }),
            None => Ok(()),
        }
    }

    /// Selects the elements at these positions; a negative step lists them from the end.
    fn slice(&mut self, at: u32, positions: Positions, out: &mut Vec<u32>) -> Result<(), Refusal> {
        if positions.step == 0 || positions.lower >= positions.upper {
            return Ok(());
        }
        let first = out.len();
        for (position, child) in (0_i64..).zip(self.tape.children(at)) {
            self.spend(1)?;
            if position >= positions.upper {
                break;
            }
            if positions.have(position) {
                self.push(child, out)?;
            }
        }
        if positions.step < 0 {
            out.get_mut(first..).unwrap_or_default().reverse();
        }
        Ok(())
    }
}

/// Positions of elements: from `lower` up to but not including `upper`, by a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Positions {
    lower: i64,
    upper: i64,
    step: i64,
}

impl Positions {
    /// Returns the one position of an index; a negative one counts from the end (RFC 9535, section 2.3.3.2).
    fn of_index(index: i64, count: u32) -> Self {
        let position = if index < 0 { index + i64::from(count) } else { index };
        if position < 0 {
            return Self { lower: 0, upper: 0, step: 1 };
        }
        Self { lower: position, upper: position.saturating_add(1), step: 1 }
    }

    /// Returns the positions of a slice (RFC 9535, section 2.3.4.2.2). With a negative step the RFC counts
    /// from `upper` down to above `lower`; here that is one more on both sides.
    fn of_slice(start: Option<i64>, end: Option<i64>, step: i64, count: u32) -> Self {
        let count = i64::from(count);
        let normal = |index: i64| if index < 0 { index + count } else { index };
        if step >= 0 {
            let lower = start.map_or(0, normal).clamp(0, count);
            let upper = end.map_or(count, normal).clamp(0, count);
            return Self { lower, upper, step };
        }
        let upper = start.map_or(count - 1, normal).clamp(-1, count - 1);
        let lower = end.map_or(-1, normal).clamp(-1, count - 1);
        Self { lower: lower + 1, upper: upper + 1, step }
    }

    fn have(self, position: i64) -> bool {
        let Self { lower, upper, step } = self;
        let distance = if step > 0 { position - lower } else { upper - 1 - position };
        step != 0 && position >= lower && position < upper && distance % step == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Bounds;
    use crate::document::KeyMatch;
    use crate::document::Selector;
    use crate::document::json;
    use crate::document::names::Naming;
    use crate::document::names::Seed;

    /// Steps that a query takes on a list of records.
    fn steps(query: &str, records: usize) -> u64 {
        let list = vec![r#"{"a":{"b":[1,2,3]},"c":"text"}"#; records].join(",");
        let source = format!("[{list}]");
        let selector = Selector::parse(query).unwrap();
        let mut tape = Tape::default();
        let naming = Naming { key_match: KeyMatch::Exact, seed: Seed::random() };
        json::scan(source.as_bytes(), naming, &Bounds::default(), &mut tape).unwrap();
        let mut run = Run::new(&tape, source.as_bytes(), selector.roots);
        let before = run.steps;
        run.nodes(&selector.plan, 0, Repeats::Keep).unwrap();
        before - run.steps
    }

    #[test]
    fn ten_times_the_records_take_ten_times_the_steps() {
        for query in [
            "$..*",
            "$[*].a.b[-1]",
            "$[?@.a.b[1]==2].c",
            "$..[?@.b]",
            "$[?@..b]",
            "$[?@.c==$[-1].c]",
            "$[?count($..b)>1]",
            "$[?@.a==$[0].a]",
            "$[?search(@.c,'t$')]",
        ] {
            let (few, many) = (steps(query, 100), steps(query, 1000));
            assert!(many <= few * 11, "{query}: {few} and {many}");
        }
    }

    #[test]
    fn slices_keep_inside_the_array() {
        for ((start, end, step, count), (lower, upper, same)) in [
            ((None, None, 1, 7), (0, 7, 1)),
            ((Some(1), Some(3), 1, 7), (1, 3, 1)),
            ((Some(5), None, 1, 3), (3, 3, 1)),
            ((Some(5), Some(1), -2, 7), (2, 6, -2)),
            ((None, None, -1, 7), (0, 7, -1)),
            ((Some(-100), Some(100), 1, 7), (0, 7, 1)),
            ((Some(100), Some(-100), -1, 7), (0, 7, -1)),
            ((None, None, -1, 0), (0, 0, -1)),
        ] {
            let wanted = Positions { lower, upper, step: same };
            assert_eq!(
                Positions::of_slice(start, end, step, count),
                wanted,
                "{start:?}:{end:?}:{step}"
            );
        }
    }
}
