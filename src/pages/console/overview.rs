//! `/console`: what is due, and whether all is well.

use askama::Template;
use jiff::Timestamp;

use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::PersonToken;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// The console's first page.
#[derive(Debug, Template)]
#[template(path = "console/overview.html")]
pub struct Overview {
    /// The frame of the page.
    pub frame: Frame,
    /// Requests that are open, by the day on which they are due.
    pub due: Vec<Due>,
    /// All requests that are open; more than are listed, perhaps.
    pub open: u64,
    /// Those of them that are late.
    pub late: u64,
    /// Messages to people that could not be delivered.
    pub undelivered: u64,
    /// Removals that are announced.
    pub expirations: u64,
    /// Holds that are set.
    pub holds: u64,
    /// The state of each part.
    pub checks: Vec<Check>,
}

/// A request that is open.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The token of the person whose request it is.
    pub person: PersonToken,
    /// Until when it must be decided.
    pub at: Timestamp,
}

/// A part that is looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// The name of the part, such as `vault`.
    pub part: String,
    /// What the last look at the part found.
    pub health: Health,
}

/// Tells whether a part works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The part works as it should.
    Well,
    /// The part does not work, or did not answer.
    Down,
}

impl Overview {
    fn is_late(&self, at: &Timestamp) -> bool {
        *at < self.frame.now
    }
}

pages!(Overview);
