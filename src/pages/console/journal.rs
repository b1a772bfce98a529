//! `/console/journal` and `/console/receipts`: events, and proofs of erasure.

use askama::Template;
use jiff::Timestamp;

use crate::base::DataClass;
use crate::base::Purpose;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::PersonToken;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// Events of one page of the list, newest first.
#[derive(Debug, Template)]
#[template(path = "console/journal.html")]
pub struct Journal {
    /// The frame of the page.
    pub frame: Frame,
    /// What is chosen of the list.
    pub filter: JournalFilter,
    /// The events that are shown.
    pub events: Vec<Event>,
    /// The page of the list, from 1.
    pub page: u64,
    /// Whether older ones follow.
    pub has_more: bool,
    /// Gateways that were asked and did not answer.
    pub silent: Vec<String>,
    /// The journal as it was verified last.
    pub verified: Option<Verified>,
}

/// What is chosen of the list: members `person`, `purpose`, `from` and `to` of the query.
#[derive(Debug, Clone)]
pub struct JournalFilter {
    /// The person whose events are shown.
    pub person: Option<PersonToken>,
    /// All purposes on record.
    pub purposes: Vec<Purpose>,
    /// The purpose that is chosen.
    pub purpose: Option<Purpose>,
    /// The first day that is shown; its time of day is not looked at.
    pub from: Option<Timestamp>,
    /// The last day that is shown; its time of day is not looked at.
    pub to: Option<Timestamp>,
}

/// An event of the journal, without any value.
#[derive(Debug, Clone)]
pub struct Event {
    /// The moment that the journal has for it.
    pub at: Timestamp,
    /// What was done, such as `person.read`.
    pub action: String,
    /// The group or the name of who did it.
    pub who: String,
    /// The purpose that was named for it.
    pub purpose: Option<Purpose>,
    /// Whose data it was, where one person is named.
    pub person: Option<PersonToken>,
    /// The classes of what was shown or changed.
    pub classes: Vec<DataClass>,
    /// How it ended, such as `done`.
    pub outcome: String,
}

/// A journal that was verified.
#[derive(Debug, Clone)]
pub struct Verified {
    /// When it was verified.
    pub at: Timestamp,
    /// The number of its events.
    pub size: u64,
    /// The root hash of its checkpoint, as text.
    pub root: String,
}

/// Proofs of erasure, newest first.
#[derive(Debug, Template)]
#[template(path = "console/receipts.html")]
pub struct Receipts {
    /// The frame of the page.
    pub frame: Frame,
    /// The receipts that are shown.
    pub receipts: Vec<ReceiptRow>,
    /// The page of the list, from 1.
    pub page: u64,
    /// Whether older ones follow.
    pub has_more: bool,
}

/// A proof of erasure. It names nobody.
#[derive(Debug, Clone)]
pub struct ReceiptRow {
    /// The name of the receipt in forms (member `row`).
    pub row: String,
    /// The moment of the erasure.
    pub at: Timestamp,
    /// Why, such as `request` or `expiration`.
    pub cause: String,
    /// Values that are destroyed.
    pub destroyed: u64,
    /// Values that others share.
    pub released: u64,
    /// When the last backup that holds it ends.
    pub backups_end: Timestamp,
}

impl JournalFilter {
    fn is_purpose(&self, purpose: &Purpose) -> bool {
        self.purpose.as_ref() == Some(purpose)
    }
}

pages!(Journal, Receipts);
