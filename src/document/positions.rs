//! Elements of lists in names: `email[]`, `users[3].email`.
//!
//! Where the numbers of a list are 0, 1, 2 in this order, all readers agree which element is which. Where
//! they are not, some move the elements together (qs), some go by the order of the pairs (PHP), and some keep
//! the numbers (Spring).

use std::collections::BTreeMap;

use crate::document::flat::in_php;

/// The elements that the names of a form have said so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Positions {
    /// How often each name with `[]` occurred: its next position.
    lists: BTreeMap<String, u32>,
    /// Lists by what stands before their positions.
    elements: BTreeMap<String, Elements>,
}

/// The elements of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Elements {
    /// One more than the largest number.
    next: u32,
    /// Whether some came without a number.
    unnumbered: bool,
    /// Whether the numbers have left their order.
    sparse: bool,
}

impl Positions {
    /// Returns the position of the next element of a name with empty brackets.
    pub(super) fn next(&self, name: &str) -> u32 {
        self.lists.get(name).copied().unwrap_or(0)
    }

    /// Whether some reader finds an element of this name at another position than the name says.
    pub(super) fn is_doubtful(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        elements(&name).any(|Element { list, number }| {
            let known = self.elements.get(list).copied().unwrap_or_default();
            known.with(number).sparse
        })
    }

    /// Counts a name, also as PHP spells it.
    pub(super) fn count(&mut self, name: &str) {
        for name in std::iter::once(name).chain(in_php(name).as_deref()) {
            if name.contains("[]") {
                let next = self.lists.entry(name.to_owned()).or_default();
                *next = next.saturating_add(1);
            }
            let name = name.to_ascii_lowercase();
            for Element { list, number } in elements(&name) {
                let known = self.elements.entry(list.to_owned()).or_default();
                *known = known.with(number);
            }
        }
    }

    /// Returns how many lists there are.
    pub(super) fn len(&self) -> usize {
        self.lists.len() + self.elements.len()
    }
}

impl Elements {
    fn with(self, number: Number) -> Self {
        match number {
            Number::None => Self { unnumbered: true, sparse: self.sparse || self.next > 0, ..self },
            Number::Is(number) => Self {
                next: self.next.max(number.saturating_add(1)),
                sparse: self.sparse || self.unnumbered || number > self.next,
                ..self
            },
            Number::Odd => Self { sparse: true, ..self },
        }
    }
}

/// An element of a list in a name.
struct Element<'n> {
    /// What stands before its position.
    list: &'n str,
    number: Number,
}

#[derive(Clone, Copy)]
enum Number {
    None,
    Is(u32),
    /// In a spelling that some take for a number and some for a name: `[07]`.
    Odd,
}

/// The elements in a name: of `a[1][b].2` those of `a` and of `a[1][b]`.
fn elements(name: &str) -> impl Iterator<Item = Element<'_>> {
    name.match_indices(['[', '.']).filter_map(|(at, sign)| {
        let rest = name.get(at + 1..)?;
        let word =
            if sign == "[" { rest.split(']').next()? } else { rest.split(['.', '[']).next()? };
        let digits = word.trim();
        let number = match digits.bytes().next() {
            None if sign == "[" => Number::None,
            _ if !digits.bytes().all(|byte| byte.is_ascii_digit()) => return None,
            None => return None,
            Some(b'0') if digits.len() > 1 => Number::Odd,
            Some(_) if digits.len() < word.len() => Number::Odd,
            Some(_) => digits.parse().map_or(Number::Odd, Number::Is),
        };
        Some(Element { list: name.get(..at)?, number })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_in_doubt_from_the_first_number_that_is_out_of_order() {
        for (names, doubts) in [
            ("a[0] a[1] a[2]", ""),
            ("a[0][x] a[0][y] a[1][x] a[0][z]", ""),
            ("a[] a[]", ""),
            ("a[x] b.c a[y]", ""),
            ("a[0][b][0] a[1][b][0]", ""),
            ("a[5] a[6] A[0]", "a[5] a[6] A[0]"),
            ("a[0] a[2] a[1]", "a[2] a[1]"),
            ("a[] a[1]", "a[1]"),
            ("a[0] a[]", "a[]"),
            ("a[00]", "a[00]"),
            ("a[_0]", "a[ 0]"),
            ("a.1", "a.1"),
            ("a[0] a[99999999999]", "a[99999999999]"),
        ] {
            let mut positions = Positions::default();
            let mut found = Vec::new();
            for name in names.split(' ').map(|name| name.replace('_', " ")) {
                if positions.is_doubtful(&name) {
                    found.push(name.clone());
                }
                positions.count(&name);
            }
            assert_eq!(found.join(" "), doubts, "{names}");
        }
    }
}
