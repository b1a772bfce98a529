//! The part of an input that decides.

use arbitrary::Unstructured;

/// Its length.
pub const DICE: usize = 32;

/// Decisions, one after the other; when the bytes are used up, every decision is the first.
pub struct Dice<'a>(Unstructured<'a>);

impl<'a> Dice<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(Unstructured::new(bytes))
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.int_in_range(0..=end - 1).unwrap_or(0)
    }

    /// Yes or no.
    pub fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// One of a list.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// At most `most` of a list, in any order, with repetitions.
    pub fn some<T: Copy>(&mut self, list: &[T], most: usize) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| self.pick(list)).collect()
    }

    /// Ascending places at which a text of this length is cut: nowhere, at a few places, or
    /// between all bytes.
    pub fn cuts(&mut self, length: usize) -> Vec<usize> {
        let count = self.below(8);
        if count == 7 {
            return (1..length).collect();
        }
        let mut cuts: Vec<_> =
            (0..count).map(|_| self.below(usize::from(u16::MAX)) % (length + 1)).collect();
        cuts.sort_unstable();
        cuts
    }
}
