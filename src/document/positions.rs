//! Elements of lists in names: `email[]`, `users[3].email`.
//!
//! Where the names of a list are all spelled alike, and their numbers are 0, 1, 2 in this order, all readers
//! agree which element is which. Where they are not, some move the elements together (qs), some go by the
//! order of the pairs (PHP), some join what is spelled in two ways (Rack), and some keep the numbers (Spring).

use std::collections::BTreeMap;

use crate::document::flat::in_php;

/// The elements that the names of a form have said so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Positions {
    /// How often each name with `[]` occurred: its next position.
    lists: BTreeMap<String, u32>,
    /// Lists by the letters and digits before their positions, in lower case.
    elements: BTreeMap<String, Elements>,
}

/// The elements of one list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Elements {
    /// One more than the largest number.
    next: u32,
    /// What stands before the positions, as it is spelled.
    front: Option<Box<str>>,
    /// The name of those that came without a number.
    unnumbered: Option<Box<str>>,
    /// Whether members came that have names.
    is_named: bool,
    /// Whether a value came under the name of the list itself.
    is_plain: bool,
    /// Whether readers do not agree any more.
    sparse: bool,
}

impl Positions {
    /// Returns the position of the next element of a name with empty brackets.
    pub(super) fn next(&self, name: &str) -> u32 {
        self.lists.get(name).copied().unwrap_or(0)
    }

    /// Whether some reader finds an element of this name at another position than the name says.
    pub(super) fn is_doubtful(&self, name: &str) -> bool {
        elements(name).any(|element| {
            let mut known = self.elements.get(&element.list).cloned().unwrap_or_default();
            known.add(&element, name);
            known.sparse
        })
    }

    /// Counts a name with empty brackets, also as PHP spells it.
    pub(super) fn count_empty(&mut self, name: &str) {
        for name in std::iter::once(name).chain(in_php(name).as_deref()) {
            if name.contains("[]") {
                let next = self.lists.entry(name.to_owned()).or_default();
                *next = next.saturating_add(1);
            }
        }
    }

    /// Counts a name and all elements in it, also as PHP spells it.
    pub(super) fn count(&mut self, name: &str) {
        self.count_empty(name);
        for name in std::iter::once(name).chain(in_php(name).as_deref()) {
            for element in elements(name) {
                self.elements.entry(element.list.clone()).or_default().add(&element, name);
            }
            let own = letters(name);
            if elements(name).all(|element| element.list != own) {
                let own = self.elements.entry(own).or_default();
                own.is_plain = true;
                own.sparse |= own.front.is_some();
            }
        }
    }

    /// Returns how many lists there are.
    pub(super) fn len(&self) -> usize {
        self.lists.len() + self.elements.len()
    }
}

impl Elements {
    fn add(&mut self, element: &Element<'_>, name: &str) {
        let front = self.front.get_or_insert_with(|| Box::from(element.front));
        self.sparse |= self.is_plain || **front != *element.front;
        self.sparse |= self.is_named && !matches!(element.number, Number::Word);
        match element.number {
            Number::None => {
                let known = self.unnumbered.get_or_insert_with(|| Box::from(name));
                self.sparse |= self.next > 0 || **known != *name;
            }
            Number::Is(number) => {
                self.sparse |= self.unnumbered.is_some() || number > self.next;
                self.next = self.next.max(number.saturating_add(1));
            }
            Number::Word => {
                self.sparse |= self.next > 0 || self.unnumbered.is_some();
                self.is_named = true;
            }
            Number::Odd => self.sparse = true,
        }
    }
}

/// An element of a list in a name.
struct Element<'n> {
    /// The letters and digits before its position, in lower case.
    list: String,
    /// All that stands before it, its sign too.
    front: &'n str,
    number: Number,
}

#[derive(Clone, Copy)]
enum Number {
    None,
    Is(u32),
    /// A name: a member, no position.
    Word,
    /// In a spelling that some take for a number and some for a name: `[07]`.
    Odd,
}

fn separates(letter: char) -> bool {
    !letter.is_alphanumeric() && letter != '_'
}

fn letters(name: &str) -> String {
    // What is inside an element without a number is another list.
    let inside = "#".repeat(name.matches("[]").count());
    name.replace(separates, "").to_ascii_lowercase() + &inside
}

/// Signs of a name that are looked at; `selector` selects longer names whatever they say.
const SIGNS: usize = 32;

/// The elements in a name: of `a[1][b].2` those of `a` and of `a[1][b]`.
fn elements(name: &str) -> impl Iterator<Item = Element<'_>> {
    let signs = name.char_indices().filter(|(_, letter)| separates(*letter)).take(SIGNS);
    signs.filter_map(move |(at, sign)| {
        let rest = name.get(at + sign.len_utf8()..)?;
        let word = match sign {
            '[' => rest.split(']').next()?,
            _ => rest.split(separates).next()?,
        };
        let digits = word.trim();
        let number = match digits.bytes().next() {
            None if sign == '[' => Number::None,
            None => return None,
            Some(_) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => Number::Word,
            Some(b'0') if digits.len() > 1 => Number::Odd,
            Some(_) if digits.len() < word.len() => Number::Odd,
            Some(_) => digits.parse().map_or(Number::Odd, Number::Is),
        };
        let front = name.get(..at + sign.len_utf8())?;
        Some(Element { list: letters(front), front, number })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_as_many_lists_as_signs_are_looked_at() {
        let mut positions = Positions::default();
        positions.count(&".1".repeat(1 << 16));
        assert!(positions.len() <= 2 * SIGNS, "{}", positions.len());
    }

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
            ("a a[x][]", "a[x][]"),
            ("a[0] a[x]", "a[x]"),
            ("a a[]", "a[]"),
            ("a[] a[][] a[]", "a[][] a[]"),
            ("a][] a[]", "a[]"),
            ("a[][x] a[][y]", "a[][y]"),
            ("a[0] a[]", "a[]"),
            ("a[00]", "a[00]"),
            ("a[_0]", "a[ 0]"),
            ("a.1", "a.1"),
            ("a-0 a-2", "a-2"),
            ("A[0] a[1] A[2] a[3]", "a[1] A[2] a[3]"),
            ("a[0] a.0", "a.0"),
            ("form-0-a form-1-a x$a:0", ""),
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
