//! The border between sources, which read a format, and what finds the selected places.
//!
//! A source emits a document as events. Before every value that is not the root it calls
//! [`Visitor::key`] or [`Visitor::index`]; a value is one [`Visitor::leaf`], or [`Visitor::enter`], its
//! children, and [`Visitor::up`]. Calling `key` or `index` again before the value takes the first
//! call back. Dispatch is static: a source is compiled once per visitor.

use crate::base::Span;
use crate::document::Codec;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::names::Name;

/// What kind of container opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Members with names.
    Object,
    /// Elements with positions.
    Array,
    /// What stands beside a scalar that was emitted already: the attributes of an XML element without
    /// child elements. Members with names, but no container to a rule.
    Attributes,
}

impl Shape {
    /// Whether the children are members.
    pub(crate) fn is_named(self) -> bool {
        match self {
            Self::Object | Self::Attributes => true,
            Self::Array => false,
        }
    }
}

/// Which of several members of one name: its position among them, and their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nth {
    pub(crate) position: u32,
    pub(crate) count: u32,
}

/// What kind of scalar a leaf is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    Text,
    /// A number, as it is spelled.
    Number,
    True,
    False,
    Null,
    /// Text that a rule must name: a selected container does not take it along. XML attributes,
    /// where types and links stand beside the data.
    Attribute,
}

/// A scalar at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    /// Where it is written.
    pub(crate) span: Span,
    /// How it is written.
    pub(crate) codec: Codec,
    pub(crate) scalar: Scalar,
}

/// Takes the events of one document.
pub(crate) trait Visitor {
    /// The next value is the member of this name. Answers whether it is selected if it is a scalar;
    /// `true` when in doubt.
    fn key(&mut self, name: Name<'_>) -> bool;

    /// The next value is the element at this position. Answers like [`Visitor::key`].
    fn index(&mut self, position: u32) -> bool;

    /// The next value is a member of this name and, at the same time, an element of the list of
    /// all members of this name: `$.user` and `$.user[0]` both select it. Answers like
    /// [`Visitor::key`].
    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool;

    /// The value is a container that starts at this byte.
    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal>;

    /// The value is a scalar.
    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal>;

    /// The innermost open container ends before this byte.
    fn up(&mut self, end: u32);

    /// These rules select every value up to [`Visitor::uncover`], whatever its place: a name that
    /// some framework takes for one that they select.
    fn cover(&mut self, rules: &[u16]);

    /// Ends what the last [`Visitor::cover`] began.
    fn uncover(&mut self);
}

/// Takes nothing: for documents that are only checked.
pub(crate) struct Nothing;

impl Visitor for Nothing {
    fn key(&mut self, _: Name<'_>) -> bool {
        false
    }

    fn index(&mut self, _: u32) -> bool {
        false
    }

    fn element(&mut self, _: Name<'_>, _: Nth) -> bool {
        false
    }

    fn enter(&mut self, _: Shape, _: u32) -> Result<(), Refusal> {
        Ok(())
    }

    fn leaf(&mut self, _: Leaf) -> Result<(), Refusal> {
        Ok(())
    }

    fn up(&mut self, _: u32) {}

    fn cover(&mut self, _: &[u16]) {}

    fn uncover(&mut self) {}
}

/// Passes so many values on, and refuses the next one.
pub(crate) struct Bounded<S> {
    pub(crate) visitor: S,
    /// Values, containers and attributes that may still come.
    pub(crate) left: usize,
}

impl<S> Bounded<S> {
    #[inline]
    fn count(&mut self, offset: u32) -> Result<(), Refusal> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(Refusal { reason: Reason::TooManyNodes, offset });
        };
        self.left = left;
        Ok(())
    }
}

impl<S: Visitor> Visitor for Bounded<S> {
    #[inline]
    fn key(&mut self, name: Name<'_>) -> bool {
        self.visitor.key(name)
    }

    #[inline]
    fn index(&mut self, position: u32) -> bool {
        self.visitor.index(position)
    }

    #[inline]
    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        self.visitor.element(name, nth)
    }

    #[inline]
    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal> {
        self.count(start)?;
        self.visitor.enter(shape, start)
    }

    #[inline]
    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        self.count(leaf.span.start())?;
        self.visitor.leaf(leaf)
    }

    #[inline]
    fn up(&mut self, end: u32) {
        self.visitor.up(end);
    }

    #[inline]
    fn cover(&mut self, rules: &[u16]) {
        self.visitor.cover(rules);
    }

    #[inline]
    fn uncover(&mut self) {
        self.visitor.uncover();
    }
}

/// Passes the events to two visitors.
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<A: Visitor, B: Visitor> Visitor for Both<A, B> {
    fn key(&mut self, name: Name<'_>) -> bool {
        let first = self.0.key(name);
        self.1.key(name) || first
    }

    fn index(&mut self, position: u32) -> bool {
        let first = self.0.index(position);
        self.1.index(position) || first
    }

    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        let first = self.0.element(name, nth);
        self.1.element(name, nth) || first
    }

    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal> {
        self.0.enter(shape, start)?;
        self.1.enter(shape, start)
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        self.0.leaf(leaf)?;
        self.1.leaf(leaf)
    }

    fn up(&mut self, end: u32) {
        self.0.up(end);
        self.1.up(end);
    }

    fn cover(&mut self, rules: &[u16]) {
        self.0.cover(rules);
        self.1.cover(rules);
    }

    fn uncover(&mut self) {
        self.0.uncover();
        self.1.uncover();
    }
}

/// Passes to a visitor the events of a document that is a part of a larger one.
pub(crate) struct Shifted<'a, S> {
    pub(crate) visitor: &'a mut S,
    /// Where the part starts.
    pub(crate) by: u32,
}

impl<S: Visitor> Visitor for Shifted<'_, S> {
    fn key(&mut self, name: Name<'_>) -> bool {
        self.visitor.key(name)
    }

    fn index(&mut self, position: u32) -> bool {
        self.visitor.index(position)
    }

    fn element(&mut self, name: Name<'_>, nth: Nth) -> bool {
        self.visitor.element(name, nth)
    }

    fn enter(&mut self, shape: Shape, start: u32) -> Result<(), Refusal> {
        self.visitor.enter(shape, start.saturating_add(self.by))
    }

    fn leaf(&mut self, leaf: Leaf) -> Result<(), Refusal> {
        self.visitor.leaf(Leaf { span: shift(leaf.span, self.by), ..leaf })
    }

    fn up(&mut self, end: u32) {
        self.visitor.up(end.saturating_add(self.by));
    }

    fn cover(&mut self, rules: &[u16]) {
        self.visitor.cover(rules);
    }

    fn uncover(&mut self) {
        self.visitor.uncover();
    }
}

/// Moves a span towards the end.
pub(crate) fn shift(span: Span, by: u32) -> Span {
    let (start, end) = (span.start().saturating_add(by), span.end().saturating_add(by));
    #[expect(clippy::expect_used, reason = "adding the same to both keeps their order")]
    Span::new(start, end).expect("start <= end")
}

/// The span between two offsets of a source that is shorter than 4 GiB.
#[inline]
pub(crate) fn span(start: usize, end: usize) -> Span {
    let (start, end) =
        (u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX));
    #[expect(clippy::expect_used, reason = "the larger of the two is never below the first")]
    Span::new(start, end.max(start)).expect("start <= end")
}
