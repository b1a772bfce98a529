//! Segments of a path that a route has names for, and other values that come with a name.
//!
//! The route finds the segments (`/users/{id}`) and gives each as a [`Named`] span; here they are
//! members of one object: `$.id`. A segment is percent-encoded (RFC 3986, section 2.1); `+` is a
//! plus. A name that occurs several times is several members, and a rule selects them all.

use crate::base::Span;
use crate::document::Codec;
use crate::document::Field;
use crate::document::Program;
use crate::document::ReadContext;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::flat;
use crate::document::names::Naming;
use crate::document::outline;
use crate::document::outline::Outline;
use crate::document::outline::Sources;
use crate::document::outline::Style;
use crate::document::selector;
use crate::document::selector::Source;
use crate::document::visitor::Leaf;
use crate::document::visitor::Scalar;
use crate::document::visitor::Shape;
use crate::document::visitor::Visitor;

/// A value that somebody else found, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name of the member.
    pub name: String,
    /// Where its value is.
    pub span: Span,
}

/// Finds the fields that a program selects among named segments of a path. They must be in the
/// order of the path.
///
/// Refuses a selected segment with a broken percent escape, or whose bytes are not UTF-8, and one
/// with U+0000.
pub fn select_path(
    path: &[u8],
    segments: &[Named],
    context: ReadContext<'_>,
) -> Result<Vec<Field>, Refusal> {
    Members { source: path, codec: Codec::Path, named: segments, program: context.program }
        .select(context)
}

/// Lists named segments of a path.
pub(crate) fn outline_path(
    path: &[u8],
    segments: &[Named],
    context: ReadContext<'_>,
    style: Style<'_>,
) -> Outline {
    Members { source: path, codec: Codec::Path, named: segments, program: context.program }
        .outline(context, style)
}

/// Named values as the members of one object.
#[derive(Clone, Copy)]
pub(super) struct Members<'a> {
    pub(super) source: &'a [u8],
    pub(super) codec: Codec,
    pub(super) named: &'a [Named],
    pub(super) program: &'a Program,
}

impl Source for Members<'_> {
    fn visit<S: Visitor>(&self, visitor: &mut S) -> Result<(), Refusal> {
        let Naming { key_match, seed } = self.program.naming();
        let mut folded = String::new();
        visitor.enter(Shape::Object, 0)?;
        for Named { name, span } in self.named {
            let selected = visitor.key(seed.name(key_match.normal(name, &mut folded)));
            if selected || self.program.reads_values() {
                self.check(*span)?;
            }
            visitor.leaf(Leaf { span: *span, codec: self.codec, scalar: Scalar::Text })?;
        }
        visitor.up(u32::try_from(self.source.len()).unwrap_or(u32::MAX));
        Ok(())
    }
}

impl Members<'_> {
    /// Finds the fields that a program selects.
    pub(super) fn select(&self, context: ReadContext<'_>) -> Result<Vec<Field>, Refusal> {
        flat::fits(self.source)?;
        selector::select(self.source, context, self)
    }

    pub(super) fn outline(&self, context: ReadContext<'_>, style: Style<'_>) -> Outline {
        let nothing = Program::nothing();
        let sources = Sources { ruled: self, plain: &Members { program: &nothing, ..*self } };
        outline::told(&sources, self.source, context, style)
    }

    fn check(&self, span: Span) -> Result<(), Refusal> {
        let raw = span.of(self.source);
        let at = |error: Refusal| Refusal { reason: error.reason, offset: span.start() };
        let text = self.codec.decode(raw, crate::base::Kind::Text).map_err(at)?;
        if text.expose().contains('\0') {
            return Err(at(Refusal::new(Reason::ControlCharacter, 0)));
        }
        Ok(())
    }
}
