//! What must be durable before anything is written: values in the vault, what is shown in the journal.
//!
//! All occurrences of a message travel to the vault together. What is shown is one event, and needs a
//! `Permit` for each value: a value comes out only against the receipt of that event. That values were
//! stored is noted in the journal, and not waited for.

mod ask;
mod reveal;
mod store;
mod tally;
mod withheld;

use crate::engine::decide::Classes;
use crate::engine::error::Error;
use crate::engine::leg::Leg;
use crate::engine::leg::Treatment;
use crate::engine::observe::Observer;
use crate::engine::read::Part;
use crate::token::Subject;

pub(super) use tally::Tally;
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
