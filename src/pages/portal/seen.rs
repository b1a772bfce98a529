//! `/me/seen`: who looked, when, and what for.

use askama::Template;
use jiff::Timestamp;

use crate::base::DataClass;
use crate::base::Purpose;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// Looks of one page of the list, newest first.
#[derive(Debug, Template)]
#[template(path = "portal/seen.html")]
pub struct Seen {
    /// The frame of the page.
    pub frame: Frame,
    /// What is chosen of the list.
    pub filter: LookFilter,
    /// The looks that are shown.
    pub looks: Vec<Look>,
    /// The page of the list, from 1.
    pub page: u64,
    /// Whether older ones follow.
    pub has_more: bool,
    /// Gateways that were asked and did not answer: their looks are missing.
    pub silent: Vec<String>,
}

/// What is chosen of the list, and what can be.
#[derive(Debug, Clone)]
pub struct LookFilter {
    /// All purposes on record.
    pub purposes: Vec<Purpose>,
    /// The purpose that is chosen (member `purpose` of the query).
    pub chosen: Option<Purpose>,
}

/// A reveal of the person's data, as the journal has it.
#[derive(Debug, Clone)]
pub struct Look {
    /// The moment that the journal has for it.
    pub at: Timestamp,
    /// Who looked: a group, or a name where the company tells names.
    pub who: String,
    /// The purpose that was named, if one was.
    pub purpose: Option<Purpose>,
    /// The classes of what was shown.
    pub classes: Vec<DataClass>,
}

impl LookFilter {
    fn is_chosen(&self, purpose: &Purpose) -> bool {
        self.chosen.as_ref() == Some(purpose)
    }
}

pages!(Seen);
