//! Running the automaton along the events of a document.

use crate::base::Kind;
use crate::base::Span;
use crate::document::Bounds;
use crate::document::Field;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::names::Name;
use crate::document::selector::OnContainer;
use crate::document::selector::automaton::Automaton;
use crate::document::selector::automaton::Goto;
use crate::document::sink::Leaf;
use crate::document::sink::Scalar;
use crate::document::sink::Shape;
use crate::document::sink::Sink;

/// Collects the fields that an automaton finds.
pub(super) struct Follow<'a> {
    automaton: &'a Automaton,
    /// What each rule does with a container, by rule.
    on_container: &'a [OnContainer],
    bounds: &'a Bounds,
    /// State inside the innermost open container.
    state: u32,
    /// The step to the next value.
    next: Goto,
    outer: Vec<Outer>,
    /// Rules that selected an open container, each once: they select every scalar below it.
    covers: Vec<u16>,
    fields: Vec<Field>,
}

/// What to return to when a container ends.
struct Outer {
    state: u32,
    covers: usize,
}

impl<'a> Follow<'a> {
    /// Starts at the root.
    pub(super) fn new(
        automaton: &'a Automaton,
        on_container: &'a [OnContainer],
        bounds: &'a Bounds,
    ) -> Self {
        Self {
            automaton,
            on_container,
            bounds,
            state: 0,
            next: automaton.start(),
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
        self.next.hits != 0 || !self.covers.is_empty()
    }

    fn push(&mut self, leaf: Leaf, kind: Kind) -> Result<(), Refusal> {
        let hits = self.automaton.hits(self.next.hits);
        let first = self.fields.len();
        let covers = self.covers.iter().filter(|rule| !hits.contains(rule));
        self.fields.extend(hits.iter().chain(covers).map(|&rule| Field {
            rule,
            span: leaf.span,
            codec: leaf.codec,
            kind,
        }));
        if self.fields.len() > self.bounds.fields {
            return Err(at(Reason::TooManyFields, leaf.span));
        }
        if !self.covers.is_empty() {
            let added = self.fields.get_mut(first..).unwrap_or_default();
            added.sort_unstable_by_key(|field| field.rule);
        }
        Ok(())
    }
}

impl Sink for Follow<'_> {
    #[inline]
    fn key(&mut self, name: Name<'_>) -> bool {
        self.next = self.automaton.key(self.state, name);
        self.selects()
    }

    #[inline]
    fn index(&mut self, position: u32) -> bool {
        self.next = self.automaton.index(self.state, position);
        self.selects()
    }

    #[inline]
    fn enter(&mut self, _: Shape, start: u32) -> Result<(), Refusal> {
        self.outer.push(Outer { state: self.state, covers: self.covers.len() });
        self.state = self.next.state;
        for &rule in self.automaton.hits(self.next.hits) {
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
        if let Some(outer) = self.outer.pop() {
            self.state = outer.state;
            self.covers.truncate(outer.covers);
        }
    }
}

/// The kind of a scalar that can be a field; `null` and truth values cannot.
pub(super) fn kind(scalar: Scalar) -> Option<Kind> {
    match scalar {
        Scalar::Text => Some(Kind::Text),
        Scalar::Number => Some(Kind::Number),
        Scalar::True | Scalar::False | Scalar::Null => None,
    }
}

fn at(reason: Reason, span: Span) -> Refusal {
    Refusal { reason, offset: span.start() }
}
