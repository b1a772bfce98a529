//! Segments of a path that a route has names for, and other values that come with a name.
//!
//! The route finds the segments (`/users/{id}`) and gives each as a [`Named`] span; here they are
//! members of one object: `$.id`. A segment is percent-encoded (RFC 3986, section 2.1); `+` is a
//! plus. A name that occurs several times is several members, and a rule selects them all.

use crate::base::Span;
use crate::document::Bounds;
use crate::document::Codec;
use crate::document::Field;
use crate::document::Program;
use crate::document::Reason;
use crate::document::Refusal;
use crate::document::flat;
use crate::document::outline;
use crate::document::outline::Outline;
use crate::document::outline::Style;
use crate::document::selector;
use crate::document::selector::Front;
use crate::document::sink::Leaf;
use crate::document::sink::Scalar;
use crate::document::sink::Shape;
use crate::document::sink::Sink;

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
    program: &Program,
    bounds: &Bounds,
) -> Result<Vec<Field>, Refusal> {
    members((path, Codec::Path), segments, program, bounds)
}

/// Finds the fields that a program selects among named values.
pub(super) fn members(
    (source, codec): (&[u8], Codec),
    named: &[Named],
    program: &Program,
    bounds: &Bounds,
) -> Result<Vec<Field>, Refusal> {
    flat::fits(source)?;
    selector::select(program, source, bounds, &Members { source, codec, named, program })
}

/// Lists named values.
pub(crate) fn outline_members(
    (source, codec): (&[u8], Codec),
    named: &[Named],
    (program, bounds): (&Program, &Bounds),
    style: Style<'_>,
) -> Outline {
    let nothing = Program::nothing();
    let front = Members { source, codec, named, program };
    let plain = Members { source, codec, named, program: &nothing };
    outline::told((&front, program), &plain, (source, bounds), style)
}

struct Members<'a> {
    source: &'a [u8],
    codec: Codec,
    named: &'a [Named],
    program: &'a Program,
}

impl Front for Members<'_> {
    fn tell<S: Sink>(&self, sink: &mut S) -> Result<(), Refusal> {
        let (key_match, seed) = self.program.naming();
        let mut folded = String::new();
        sink.enter(Shape::Object, 0)?;
        for Named { name, span } in self.named {
            let selected = sink.key(seed.name(key_match.normal(name, &mut folded)));
            if selected || self.program.reads_values() {
                self.check(*span)?;
            }
            sink.leaf(Leaf { span: *span, codec: self.codec, scalar: Scalar::Text })?;
        }
        sink.up(u32::try_from(self.source.len()).unwrap_or(u32::MAX));
        Ok(())
    }
}

impl Members<'_> {
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
