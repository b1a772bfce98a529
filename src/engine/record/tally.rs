//! How many occurrences of each class something happened to, for journal and metrics.

use std::collections::BTreeMap;

use crate::audit::Item;
use crate::audit::Mode;
use crate::audit::Reference;
use crate::base::ClassCode;
use crate::token::Class;

/// The occurrences of one class to which one thing happened.
pub(crate) struct Tally<'a> {
    pub(in crate::engine) class: &'a Class,
    pub(in crate::engine) mode: Mode,
    pub(in crate::engine) count: u64,
    /// Which tokens, where the journal names them.
    references: Vec<Reference>,
}

impl Tally<'_> {
    /// Returns the tally in the journal's words.
    pub(in crate::engine) fn item(&self) -> Item {
        Item::new(self.class.name.clone(), self.mode, self.count, self.references.clone())
    }
}

/// Counts by class, in the order of their codes, and by mode.
#[derive(Default)]
pub(super) struct Tallies<'a>(BTreeMap<(ClassCode, u8), Tally<'a>>);

impl<'a> Tallies<'a> {
    pub(super) fn add(&mut self, class: &'a Class, mode: Mode, reference: Option<Reference>) {
        let order = u8::from(mode == Mode::Mask);
        let new = || Tally { class, mode, count: 0, references: Vec::new() };
        let tally = self.0.entry((class.code, order)).or_insert_with(new);
        tally.count += 1;
        tally.references.extend(reference);
    }

    pub(super) fn finish(self) -> Vec<Tally<'a>> {
        self.0.into_values().collect()
    }
}
