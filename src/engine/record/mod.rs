//! What must be durable before anything is written: values in the vault, what is shown in the journal.
//!
//! All occurrences of a message travel to the vault together. What is shown is one event, and needs a
//! `Permit` for each value: a value comes out only against the receipt of that event. That values were
//! stored is noted in the journal, and not waited for.

mod ask;
mod people;
mod reveal;
mod store;
mod withheld;

use std::collections::BTreeMap;

use crate::audit::Item;
use crate::audit::Mode;
use crate::audit::Reference;
use crate::base::ClassCode;
use crate::engine::decide::Classes;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::token::Class;
use crate::token::Subject;

pub(super) use withheld::Released;

/// Cryptography of so many values takes well under a millisecond.
const AT_ONCE: u32 = 128;

/// Lets the other exchanges of a core have their turns while a long message is treated.
#[derive(Default)]
struct Pauses(u32);

impl Pauses {
    /// Counts a value, and yields when it is somebody else's turn.
    async fn next(&mut self) {
        self.0 += 1;
        if self.0.is_multiple_of(AT_ONCE) {
            tokio::task::yield_now().await;
        }
    }
}

/// Stores what becomes tokens, or fetches what is revealed and puts that on record. Each occurrence then
/// has what takes its place; values are in what is released, if any is shown.
pub(super) async fn record<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    subject: Subject<'_>,
    classes: &Classes,
    observer: &mut dyn Observer,
) -> Result<Option<Released>, Error> {
    match leg.treatment {
        Treatment::Protect => store::store(leg, parts, subject, observer).await.map(|()| None),
        Treatment::Reveal => reveal::reveal(leg, parts, classes, observer).await,
    }
}

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
struct Tallies<'a>(BTreeMap<(ClassCode, u8), Tally<'a>>);

impl<'a> Tallies<'a> {
    fn add(&mut self, class: &'a Class, mode: Mode, reference: Option<Reference>) {
        let order = u8::from(mode == Mode::Mask);
        let new = || Tally { class, mode, count: 0, references: Vec::new() };
        let tally = self.0.entry((class.code, order)).or_insert_with(new);
        tally.count += 1;
        tally.references.extend(reference);
    }

    fn finish(self) -> Vec<Tally<'a>> {
        self.0.into_values().collect()
    }
}
