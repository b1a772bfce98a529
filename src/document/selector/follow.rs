//! Running the automaton along the events of a document.

use crate::base::Kind;
use crate::base::Span;
use crate::document::Bounds;
use crate::document::Field;
use crate::document::ReadContext;
use crate::document::Readings;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::names::Name;
use crate::document::selector::OnContainer;
use crate::document::selector::automaton::Automaton;
use crate::document::selector::automaton::Goto;
use crate::document::visitor::Leaf;
use crate::document::visitor::Nth;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

/// Collects the fields that an automaton finds.
pub(super) struct Follow<'a> {
    automaton: &'a Automaton,
    /// What each rule does with a container, by rule.
    on_container: &'a [OnContainer],
    bounds: &'a Bounds,
    readings: Readings,
    /// State inside the innermost open container.
    state: u32,
    /// The step to the next value.
    next: Goto,
    /// Further states inside the open containers: a place that counts as a member and as an element
    /// leads to several. Those of the innermost container start at `mine`; JSON has none.
    also: Vec<u32>,
    mine: usize,
    /// Further steps to the next value.
    next_also: Vec<Goto>,
    /// Whether the innermost container stands beside a scalar that was emitted already.
    in_attributes: bool,
    outer: Vec<Outer>,
    /// Rules that selected an open container, each once: they select every scalar below it.
    covers: Vec<u16>,
    /// How many of them there were before each [`Visitor::cover`].
    covered: Vec<usize>,
    fields: Vec<Field>,
}

/// What to return to when a container ends.
struct Outer {
    state: u32,
    covers: usize,
    mine: usize,
    in_attributes: bool,
}

impl<'a> Follow<'a> {
    /// Starts at the root.
    pub(super) fn new(
        automaton: &'a Automaton,
        on_container: &'a [OnContainer],
        context: ReadContext<'a>,
    ) -> Self {
        let ReadContext { bounds, readings, .. } = context;
        Self {
            automaton,
            on_container,
            bounds,
            readings,
            covered: Vec::new(),
            state: 0,
            next: automaton.start(),
            also: Vec::new(),
            mine: 0,
            next_also: Vec::new(),
            in_attributes: false,
            outer: Vec::with_capacity(bounds.depth.min(32)),
            covers: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// The fields, in the order of the document, those of one place in the order of the rules.
    pub(super) fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    #[inline]
    fn selects(&self) -> bool {
        self.next.hits != 0
            || !self.covers.is_empty()
            || !self.next_also.is_empty()
            || (self.next.stops != 0 && self.readings == Readings::All)
    }

    /// Takes a step from every further state.
    fn step_also(&mut self, step: impl Fn(&Automaton, u32) -> Goto) {
        self.next_also.clear();
        for &state in self.also.get(self.mine..).unwrap_or_default() {
            let next = step(self.automaton, state);
            if next != Goto::default() && next != self.next && !self.next_also.contains(&next) {
                self.next_also.push(next);
            }
        }
    }

    /// Whether this rule selects the next value itself.
    fn hits(&self, rule: u16) -> bool {
        let mut steps = std::iter::once(&self.next).chain(&self.next_also);
        steps.any(|next| self.automaton.hits(next.hits).contains(&rule))
    }

    fn push(&mut self, leaf: Leaf, kind: Kind) -> Result<(), Refusal> {
        let first = self.fields.len();
        let field = |rule: u16| Field { rule, span: leaf.span, codec: leaf.codec, kind };
        self.fields.extend(self.automaton.hits(self.next.hits).iter().map(|&rule| field(rule)));
        for next in &self.next_also {
            self.fields.extend(self.automaton.hits(next.hits).iter().map(|&rule| field(rule)));
        }
        if !self.in_attributes && leaf.scalar != Scalar::Attribute {
            let covers = self.covers.iter().filter(|&&rule| !self.hits(rule));
            let covered: Vec<_> = covers.map(|&rule| field(rule)).collect();
            self.fields.extend(covered);
        }
        if self.fields.len() == first && self.readings == Readings::All {
            // A scalar where rules go deeper: a list or an object was meant.
            for next in std::iter::once(&self.next).chain(&self.next_also) {
                self.fields.extend(self.automaton.hits(next.stops).iter().map(|&rule| field(rule)));
            }
        }
        if self.fields.len() > self.bounds.fields {
            return Err(at(Reason::TooManyFields, leaf.span));
        }
        if !self.covers.is_empty() || !self.next_also.is_empty() {
            let added = self.fields.get_mut(first..).unwrap_or_default();
            added.sort_unstable_by_key(|field| field.rule);
        }
        Ok(())
    }

    /// Opens a container for the rules that select it.
    fn cover(&mut self, hits: u32, start: u32) -> Result<(), Refusal> {
        for &rule in self.automaton.hits(hits) {
            match self.on_container.get(usize::from(rule)) {
                Some(OnContainer::Reject) => {
                    return Err(Refusal { reason: Reason::ContainerSelected, offset: start });
                }
                Some(OnContainer::Leaves) | None if self.covers.contains(&rule) => {}
                Some(OnContainer::Leaves) | None => self.covers.push(rule),
            }
        }
        Ok(())
    }
}

impl Visitor for Follow<'_> {
    #[inline]
    fn key(&mut self, name: Name<'_>) -> bool {
        self.next = self.automaton.key(self.state, name, self.readings);
        if self.mine < self.also.len() || !self.next_also.is_empty() {
            let readings = self.readings;
            self.step_also(|automaton, state| automaton.key(state, name, readings));
        }
        self.selects()
    }

    #[inline]
    fn index(&mut self, position: u32) -> bool {
        self.next = self.automaton.index(self.state, position);
        if self.mine < self.also.len() || !self.next_also.is_empty() {
            self.step_also(|automaton, state| automaton.index(state, position));
        }
        self.selects()
    }

    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        self.key(name);
        for next in std::iter::once(&mut self.next).chain(&mut self.next_also) {
            // As one of its namesakes it is an element already.
            next.stops = next.member_stops;
        }
        for at in 0..=self.next_also.len() {
            let member = match at.checked_sub(1) {
                None => Some(self.next),
                Some(at) => self.next_also.get(at).copied(),
            };
            let Some(member) = member else { continue };
            let next = self.automaton.index(member.state, nth.position);
            if next != Goto::default() && next != self.next && !self.next_also.contains(&next) {
                self.next_also.push(next);
            }
        }
        self.selects()
    }

    #[inline]
    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal> {
        let (state, covers) = (self.state, self.covers.len());
        self.outer.push(Outer {
            state,
            covers,
            mine: self.mine,
            in_attributes: self.in_attributes,
        });
        self.state = self.next.state;
        self.mine = self.also.len();
        self.in_attributes = shape == Shape::Attributes;
        if !self.in_attributes {
            self.cover(self.next.hits, start)?;
        }
        if !self.next_also.is_empty() {
            for next in std::mem::take(&mut self.next_also) {
                if !self.in_attributes {
                    self.cover(next.hits, start)?;
                }
                let mine = self.also.get(self.mine..).unwrap_or_default();
                if next.state != 0 && next.state != self.state && !mine.contains(&next.state) {
                    self.also.push(next.state);
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        if !self.selects() {
            return Ok(());
        }
        match kind(leaf.scalar) {
            Some(kind) => self.push(leaf, kind),
            None => Ok(()),
        }
    }

    #[inline]
    fn up(&mut self, _: u32) {
        self.next_also.clear();
        if let Some(outer) = self.outer.pop() {
            self.state = outer.state;
            self.covers.truncate(outer.covers);
            self.also.truncate(self.mine);
            self.mine = outer.mine;
            self.in_attributes = outer.in_attributes;
        }
    }

    fn cover(&mut self, rules: &[u16]) {
        self.covered.push(self.covers.len());
        let new = rules.iter().filter(|rule| !self.covers.contains(rule));
        let new: Vec<u16> = new.copied().collect();
        self.covers.extend(new);
        // What the last name led to was another reading.
        self.next = Goto::default();
        self.next_also.clear();
    }

    fn uncover(&mut self) {
        if let Some(before) = self.covered.pop() {
            self.covers.truncate(before);
        }
    }
}

/// The kind of a scalar that can be a field; `null` and truth values cannot.
pub(in crate::document) fn kind(scalar: Scalar) -> Option<Kind> {
    match scalar {
        Scalar::Text | Scalar::Attribute => Some(Kind::Text),
        Scalar::Number => Some(Kind::Number),
        Scalar::True | Scalar::False | Scalar::Null => None,
    }
}

fn at(reason: Reason, span: Span) -> Refusal {
    Refusal { reason, offset: span.start() }
}
