//! `/console/requests`: what people asked for, with what is there before and after.

use askama::Template;
use jiff::Timestamp;

use crate::base::Sensitive;
use crate::pages::Anchor;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::PersonToken;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::portal::Goes;
use crate::pages::portal::Stays;
use crate::pages::text::Portal;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// Requests that are open, by the day on which they are due.
#[derive(Debug, Template)]
#[template(path = "console/requests.html")]
pub struct Requests {
    /// The frame of the page.
    pub frame: Frame,
    /// The requests, those that are due first on top.
    pub requests: Vec<OpenRequest>,
    /// A decision that was refused.
    pub fault: Option<DecisionFault>,
}

/// A request to decide on.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// The name of the request in forms (member `row`).
    pub row: String,
    /// What was stored when this was shown: a decision on anything else is a conflict (member `revision`).
    pub revision: u64,
    /// The token of the person who asks.
    pub person: PersonToken,
    /// When it was asked.
    pub asked: Timestamp,
    /// Until when it must be decided.
    pub due: Timestamp,
    /// What is asked for.
    pub wish: Wish,
}

/// What is asked for, and what would become of it.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Removing everything.
    Erase {
        /// What would be removed by an approval.
        goes: Vec<Goes>,
        /// What a hold keeps.
        stays: Vec<Stays>,
    },
    /// Correcting one field.
    Change {
        /// The name of the field.
        field: String,
        /// What is there now, masked or clear as policies say.
        before: Sensitive<String>,
        /// What would be there.
        after: Sensitive<String>,
    },
}

/// A decision that was refused.
#[derive(Debug, Clone)]
pub struct DecisionFault {
    /// The row of the request.
    pub row: String,
    /// Why the decision was refused.
    pub why: Decision,
}

/// Why a decision was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A refusal needs a reason.
    NoReason,
    /// What was shown is not what is stored any more; it is shown anew.
    Changed,
}

impl Decision {
    fn text(self) -> Staff {
        match self {
            Self::NoReason => Staff::ReasonMissing,
            Self::Changed => Staff::RequestChanged,
        }
    }
}

impl Requests {
    fn late(&self) -> u64 {
        let late = self.requests.iter().filter(|request| self.is_late(request)).count();
        u64::try_from(late).unwrap_or(u64::MAX)
    }

    fn open(&self) -> u64 {
        u64::try_from(self.requests.len()).unwrap_or(u64::MAX)
    }

    fn is_late(&self, request: &OpenRequest) -> bool {
        request.due < self.frame.now
    }

    fn fault_of(&self, request: &OpenRequest) -> Option<Decision> {
        self.fault.as_ref().filter(|fault| fault.row == request.row).map(|fault| fault.why)
    }
}

pages!(Requests);
