//! A document as a list of spans, for selectors that must look ahead or around.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::base::Kind;
use crate::base::Span;
use crate::document::Codec;
use crate::document::Refusal;
use crate::document::names::Name;
use crate::document::visitor::Leaf;
use crate::document::visitor::Nth;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A container, with its number of children.
    Container(Shape, u32),
    /// A scalar and how it is written.
    Scalar(Scalar, Codec),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) span: Span,
    /// Index of the first node behind everything below this one.
    pub(super) after: u32,
    /// Where the name is in the tape's names; empty for elements and the root.
    name: (u32, u32),
    /// Which of its namesakes it is; none but for XML elements.
    pub(super) nth: Option<Nth>,
}

/// Names that are remembered, so that they are kept once.
const RECENT: usize = 4096;

/// All values of a document, parents before children, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Tape {
    nodes: Vec<Node>,
    names: String,
    /// Where names are that came last, by their hashes: rows of a table have the same ones.
    recent: HashMap<u64, (u32, u32)>,
    open: Vec<u32>,
    name: (u32, u32),
    nth: Option<Nth>,
}

impl Tape {
    pub(super) fn len(&self) -> u32 {
        small(self.nodes.len())
    }

    /// A node by its index.
    pub(super) fn node(&self, at: u32) -> Option<&Node> {
        usize::try_from(at).ok().and_then(|at| self.nodes.get(at))
    }

    /// The name of a member, in its normal form.
    pub(super) fn name(&self, node: &Node) -> &str {
        self.text(node.name)
    }

    fn text(&self, range: (u32, u32)) -> &str {
        let (start, end) = range;
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        range.and_then(|(start, end)| self.names.get(start..end)).unwrap_or_default()
    }

    /// The nodes right below a node; none below a scalar.
    pub(super) fn children(&self, at: u32) -> Children<'_> {
        let end = self.node(at).map_or(at, |node| node.after);
        Children { tape: self, next: at.saturating_add(1), end }
    }

    /// The shape of a node that is a container, with its number of children.
    pub(super) fn container(&self, at: u32) -> Option<(Shape, u32)> {
        match self.node(at)?.what {
            What::Container(shape, children) => Some((shape, children)),
            What::Scalar(..) => None,
        }
    }

    fn push(&mut self, what: What, span: Span) {
        if let Some(parent) = self.open.last().and_then(|&at| usize::try_from(at).ok())
            && let Some(Node { what: What::Container(_, children), .. }) =
                self.nodes.get_mut(parent)
        {
            *children = children.saturating_add(1);
        }
        let after = small(self.nodes.len() + 1);
        let name = std::mem::take(&mut self.name);
        let nth = self.nth.take();
        self.nodes.push(Node { what, span, after, name, nth });
    }
}

impl Node {
    /// Whether a rule must name it.
    pub(super) fn is_attribute(&self) -> bool {
        matches!(self.what, What::Scalar(Scalar::Attribute, _))
    }

    /// The text of a string, read from the source.
    pub(super) fn text<'s>(&self, source: &'s [u8]) -> Result<Option<Cow<'s, str>>, Refusal> {
        let What::Scalar(Scalar::Text | Scalar::Attribute, codec) = self.what else {
            return Ok(None);
        };
        let raw = self.span.of(source);
        if codec == Codec::Json
            && !raw.contains(&b'\\')
            && let Some(inner) = raw.get(1..raw.len().saturating_sub(1))
            && let Ok(text) = std::str::from_utf8(inner)
        {
            return Ok(Some(Cow::Borrowed(text)));
        }
        Ok(Some(Cow::Owned(codec.decode(raw, Kind::Text)?.expose().clone())))
    }
}

impl Visitor for Tape {
    fn key(&mut self, name: Name<'_>) -> bool {
        self.name = self.recent.get(&name.hash).copied().unwrap_or_default();
        if self.text(self.name) != name.text {
            let start = small(self.names.len());
            self.names.push_str(name.text);
            self.name = (start, small(self.names.len()));
            if self.recent.len() >= RECENT {
                self.recent.clear();
            }
            self.recent.insert(name.hash, self.name);
        }
        self.nth = None;
        true
    }

    fn index(&mut self, _: u32) -> bool {
        self.name = (0, 0);
        self.nth = None;
        true
    }

    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        let selected = self.key(name);
        self.nth = Some(nth);
        selected
    }

    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal> {
        let at = small(self.nodes.len());
        if let Some(span) = Span::new(start, start) {
            self.push(What::Container(shape, 0), span);
        }
        self.open.push(at);
        Ok(())
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        self.push(What::Scalar(leaf.scalar, leaf.codec), leaf.span);
        Ok(())
    }

    fn up(&mut self, end: u32) {
        let after = small(self.nodes.len());
        let open = self.open.pop().and_then(|at| usize::try_from(at).ok());
        if let Some(node) = open.and_then(|at| self.nodes.get_mut(at)) {
            node.after = after;
            node.span = Span::new(node.span.start(), end).unwrap_or(node.span);
        }
    }

    fn cover(&mut self, _: &[u16]) {}

    fn uncover(&mut self) {}
}

/// Goes from child to child.
pub(super) struct Children<'a> {
    tape: &'a Tape,
    next: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.next >= self.end {
            return None;
        }
        let at = self.next;
        self.next = self.tape.node(at)?.after;
        Some(at)
    }
}

/// A count of things in a source shorter than 4 GiB.
fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::names::Seed;

    #[test]
    fn the_names_of_a_table_are_kept_once() {
        let (mut tape, seed) = (Tape::default(), Seed::random());
        let long = "x".repeat(1000);
        for _ in 0..1000 {
            for name in [&long, "", "id"] {
                tape.key(seed.name(name));
                assert_eq!(tape.text(tape.name), name);
            }
        }
        assert_eq!(tape.names.len(), 1002);
        for number in 0..3 * RECENT {
            tape.key(seed.name(&number.to_string()));
        }
        assert!(tape.recent.len() <= RECENT);
    }
}
