//! `/console/find`: from an identifier to a person. It is posted, so it stands in no URL.

use askama::Template;

use crate::base::DataClass;
use crate::base::Purpose;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::PersonToken;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// The search for a person.
#[derive(Debug, Template)]
#[template(path = "console/find.html")]
pub struct Find {
    /// The frame of the page.
    pub frame: Frame,
    /// Classes that identify people.
    pub classes: Vec<DataClass>,
    /// Purposes that staff may name.
    pub purposes: Vec<Purpose>,
    /// What is wrong with the question.
    pub fault: Option<FindFault>,
    /// The people found; `None` before the first question.
    pub found: Option<Vec<Found>>,
}

/// What is wrong with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindFault {
    /// No identifier was typed.
    Missing,
    /// It does not have the form of its class.
    Malformed,
}

/// A person that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The person's token, by which the page links to them.
    pub person: PersonToken,
    /// Whether the identifier is this person's alone, or also stands in records of others.
    pub is_unique: bool,
}

impl FindFault {
    fn text(self) -> Staff {
        match self {
            Self::Missing => Staff::FindMissing,
            Self::Malformed => Staff::FindMalformed,
        }
    }
}

impl Find {
    fn found_count(&self) -> u64 {
        u64::try_from(self.found.as_ref().map_or(0, Vec::len)).unwrap_or(u64::MAX)
    }
}

pages!(Find);
