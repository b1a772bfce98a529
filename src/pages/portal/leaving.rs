//! `/me/download`, `/me/erase`, `/bye`: taking everything along, having it removed, and the end.

use askama::Template;
use jiff::Timestamp;

use crate::base::Sensitive;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// `/me/download`: a copy of everything.
#[derive(Debug, Template)]
#[template(path = "portal/download.html")]
pub struct Download {
    /// The frame of the page.
    pub frame: Frame,
    /// Whether a code is asked for first.
    pub needs_code: bool,
}

/// `/me/erase`: removing everything, in two steps.
#[derive(Debug, Template)]
#[template(path = "portal/erase.html")]
pub struct Erase {
    /// The frame of the page.
    pub frame: Frame,
    /// The step that is shown.
    pub step: EraseStep,
    /// What would go, by kind, with counts.
    pub goes: Vec<Goes>,
    /// What stays, and why.
    pub stays: Vec<Stays>,
}

/// A step of removing everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EraseStep {
    /// It says what would happen.
    First,
    /// It asks for the last word.
    Second {
        /// Whether the box was missing when the button was pressed.
        unchecked: bool,
    },
    /// A hold keeps all of it: the button makes a request.
    OnHold,
}

/// Things of one kind that go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goes {
    /// The kind of the things counted.
    pub kind: GoesKind,
    /// The number of things of this kind.
    pub count: u64,
}

/// Tells things apart that go in an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesKind {
    /// Values of the profile and of applications.
    Values,
    /// Documents of applications.
    Documents,
    /// Sessions of web applications.
    Sessions,
    /// Shares with partners.
    Shares,
    /// Consents, with their history.
    Consents,
}

/// Something that a hold keeps through an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stays {
    /// What it is, such as `invoices`.
    pub what: String,
    /// The law that asks for it.
    pub law: String,
    /// The day on which the hold ends.
    pub until: Timestamp,
}

/// `/bye`: the end of a visit.
#[derive(Debug, Template)]
#[template(path = "portal/bye.html")]
pub struct Bye {
    /// The frame of the page.
    pub frame: Frame,
    /// How the visit ended.
    pub ending: Ending,
}

/// How a visit ended.
#[derive(Debug, Clone)]
pub enum Ending {
    /// By signing out, or by the end of the session.
    SignedOut,
    /// By an erasure that is under way.
    Erasing,
    /// By an erasure that is done.
    Erased(Receipt),
}

/// The proof of an erasure.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The moment from which nothing opens any more.
    pub at: Timestamp,
    /// Values that are destroyed.
    pub destroyed: u64,
    /// Values that others share and that no longer lead to the person.
    pub released: u64,
    /// What a hold keeps.
    pub stays: Vec<Stays>,
    /// When the last backup that holds it ends.
    pub backups_end: Timestamp,
    /// The signed note (C2SP), as text to copy.
    pub note: String,
    /// What shows its owner: a number that nobody else has.
    pub nonce: Sensitive<String>,
}

impl GoesKind {
    pub(in crate::pages) fn text(self) -> Portal {
        match self {
            Self::Values => Portal::GoesValues,
            Self::Documents => Portal::GoesDocuments,
            Self::Sessions => Portal::GoesSessions,
            Self::Shares => Portal::GoesShares,
            Self::Consents => Portal::GoesConsents,
        }
    }
}

pages!(Download, Erase, Bye);
