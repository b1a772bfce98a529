//! What must be durable before anything is written: values in the vault, what is shown in the journal.
//!
//! All occurrences of a message travel to the vault together. What is shown is one event, and needs a
//! `Permit` for each value: a value comes out only against the receipt of that event. That values were
//! stored is noted in the journal, and not waited for.

mod ask;
mod reveal;
mod store;
mod tally;

use crate::audit::Receipt;
use crate::base::Kind;
use crate::engine::decide::Decisions;
use crate::engine::error::Error;
use crate::engine::intent::Intent;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::engine::select::Selection;

pub(super) use reveal::Released;
pub(super) use tally::Tally;

/// What may be written, now that it is on record.
pub(super) enum Recorded {
    /// Every part stays as it came.
    Nothing,
    /// Tokens and masks, spelled as their classes are; for each occurrence what takes its place.
    Tokens(Vec<Option<String>>),
    /// Values and masks, with the proof that they are on record.
    Values(Released),
}

/// What takes the place of an occurrence.
#[derive(Clone, Copy)]
pub(super) struct Replacement<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
}

impl Recorded {
    /// Returns what takes the place of the occurrence with this number; none where it stays.
    pub(super) fn replacement(&self, number: usize) -> Option<Replacement<'_>> {
        match self {
            Self::Nothing => None,
            Self::Tokens(texts) => {
                let text = texts.get(number)?.as_deref()?;
                Some(Replacement { text, kind: Kind::Text })
            }
            Self::Values(released) => released.replacement(number),
        }
    }

    /// Returns the announcement whose outcome the journal waits for.
    pub(super) fn into_intent(self, leg: &Leg<'_>) -> Option<Intent> {
        let receipt: Receipt = match self {
            Self::Nothing | Self::Tokens(_) => return None,
            Self::Values(released) => released.into_receipt(),
        };
        Some(Intent::new(leg.engine, leg.exchange, receipt))
    }
}

/// Cryptography of so many values takes well under a millisecond.
const AT_ONCE: u32 = 128;

/// Lets the other exchanges of a core have their turns while a long message is treated.
#[derive(Default)]
struct Turns(u32);

impl Turns {
    /// Counts a value, and yields when it is somebody else's turn.
    async fn next(&mut self) {
        self.0 += 1;
        if self.0.is_multiple_of(AT_ONCE) {
            tokio::task::yield_now().await;
        }
    }
}

/// Stores what becomes tokens, or fetches what is revealed and puts that on record.
pub(super) async fn record<'a>(
    leg: &Leg<'a>,
    parts: &mut [Part<'a>],
    selection: &Selection<'a>,
    decisions: &Decisions,
    observer: &mut dyn Observer,
) -> Result<Recorded, Error> {
    match leg.treatment {
        Treatment::Protect => store::store(leg, parts, selection, decisions, observer).await,
        Treatment::Reveal => reveal::reveal(leg, parts, selection, decisions, observer).await,
    }
}
