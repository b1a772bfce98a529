//! Whether the members of an object have different names.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::hash::Hasher;

use crate::base::Span;

/// Names of one object up to here are compared one by one; beyond, by a table.
const FEW: usize = 16;

/// The names of all open objects.
///
/// One stack for all levels, so that nesting costs nothing; one table for the large objects, in
/// which names carry the object's number. Entering a name costs constant time on average, closing
/// an object as much as its names did. The hashes are seeded: nobody outside can aim at them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    names: Vec<Known>,
    large: HashSet<u64, BuildHasherDefault<AsIs>>,
    objects: u64,
}

/// A name of an open object.
#[derive(Debug, Clone, Copy)]
struct Known {
    hash: u64,
    span: Span,
}

/// An object whose names are being collected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    start: usize,
    number: u64,
    /// One bit for each name, by its hash: a bit that is not set says the name is new.
    filter: u64,
}

impl Keys {
    #[inline]
    pub(super) fn open(&mut self) -> Open {
        self.objects = self.objects.wrapping_add(0x9e37_79b9_7f4a_7c15);
        Open { start: self.names.len(), number: self.objects, filter: 0 }
    }

    /// Enters a name. Answers false when `same` confirms that one is there already; a hash that
    /// two names share by accident refuses nothing.
    #[inline]
    pub(super) fn enter(
        &mut self,
        open: &mut Open,
        hash: u64,
        span: Span,
        same: impl FnMut(Span) -> bool,
    ) -> bool {
        let bit = 1 << (hash >> 58);
        let fresh = open.filter & bit == 0 && self.names.len() - open.start < FEW;
        open.filter |= bit;
        if !fresh && self.seen(*open, hash, same) {
            return false;
        }
        self.names.push(Known { hash, span });
        true
    }

    fn seen(&mut self, open: Open, hash: u64, mut same: impl FnMut(Span) -> bool) -> bool {
        let known = self.names.get(open.start..).unwrap_or_default();
        let seen = if known.len() < FEW {
            known.iter().any(|name| name.hash == hash)
        } else {
            if known.len() == FEW {
                self.large.extend(known.iter().map(|name| name.hash ^ open.number));
            }
            !self.large.insert(hash ^ open.number)
        };
        seen && known.iter().any(|name| name.hash == hash && same(name.span))
    }

    /// Closes the object opened last.
    pub(super) fn close(&mut self, open: Open) {
        let known = self.names.get(open.start..).unwrap_or_default();
        if known.len() > FEW {
            for name in known {
                self.large.remove(&(name.hash ^ open.number));
            }
        }
        self.names.truncate(open.start);
    }
}

/// Passes a number through that is a hash already.
#[derive(Debug, Clone, Copy, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> Span {
        Span::new(0, 0).unwrap()
    }

    #[test]
    fn tells_a_repeated_name_in_small_and_large_objects() {
        for size in [1, 15, 16, 17, 1000] {
            let mut keys = Keys::default();
            let mut open = keys.open();
            for hash in 0..size {
                assert!(keys.enter(&mut open, hash, span(), |_| true));
            }
            for hash in 0..size {
                assert!(!keys.enter(&mut open, hash, span(), |_| true), "{hash} of {size}");
            }
        }
    }

    #[test]
    fn a_hash_shared_by_accident_refuses_nothing() {
        let mut keys = Keys::default();
        let mut open = keys.open();
        for _ in 0..40 {
            assert!(keys.enter(&mut open, 7, span(), |_| false));
        }
        assert!(!keys.enter(&mut open, 7, span(), |_| true));
    }

    #[test]
    fn objects_do_not_see_each_other_and_leave_nothing_behind() {
        let mut keys = Keys::default();
        let mut outer = keys.open();
        for hash in 0..100 {
            assert!(keys.enter(&mut outer, hash, span(), |_| true));
            let mut inner = keys.open();
            for hash in 0..100 {
                assert!(keys.enter(&mut inner, hash, span(), |_| true));
            }
            keys.close(inner);
        }
        keys.close(outer);
        assert!(keys.names.is_empty() && keys.large.is_empty());
    }
}
