//! Replacing spans and copying the rest byte for byte.

use crate::base::Span;

/// A copy of a source in which some spans are replaced.
///
/// Spans come in ascending order and do not overlap; one that starts before the end of the last is
/// left out, so what was written already stands. Without edits the copy is the source.
#[derive(Debug)]
pub struct Splice<'a> {
    source: &'a [u8],
    done: usize,
    out: Vec<u8>,
}

impl<'a> Splice<'a> {
    /// Starts a copy that is expected to be this many bytes longer than its source.
    pub fn new(source: &'a [u8], growth: usize) -> Self {
        Self { source, done: 0, out: Vec::with_capacity(source.len().saturating_add(growth)) }
    }

    /// Writes something else in the place of a span. Answers whether it did: not when the span
    /// overlaps the one before, or lies outside the source.
    pub fn replace(&mut self, span: Span, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let start = usize::try_from(span.start()).unwrap_or(usize::MAX);
        let end = usize::try_from(span.end()).unwrap_or(usize::MAX);
        let Some(between) = self.source.get(self.done..start) else { return false };
        if end > self.source.len() {
            return false;
        }
        self.out.extend_from_slice(between);
        write(&mut self.out);
        self.done = end;
        true
    }

    /// Copies what is left and gives the result.
    pub fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(self.source.get(self.done..).unwrap_or_default());
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32) -> Span {
        Span::new(start, end).unwrap()
    }

    #[test]
    fn without_edits_the_copy_is_the_source() {
        assert_eq!(Splice::new(b"abc", 0).finish(), b"abc");
    }

    #[test]
    fn replaces_spans_and_copies_the_rest() {
        let mut splice = Splice::new(b"one two three", 8);
        assert!(splice.replace(span(0, 3), |out| out.extend_from_slice(b"1")));
        assert!(splice.replace(span(8, 13), |out| out.extend_from_slice(b"3")));
        assert_eq!(splice.finish(), b"1 two 3");
    }

    #[test]
    fn leaves_out_what_overlaps_or_lies_outside() {
        let mut splice = Splice::new(b"abcdef", 0);
        assert!(splice.replace(span(1, 4), |out| out.push(b'-')));
        assert!(!splice.replace(span(2, 5), |out| out.push(b'!')));
        assert!(!splice.replace(span(5, 9), |out| out.push(b'!')));
        assert_eq!(splice.finish(), b"a-ef");
    }
}
