//! `/console/expirations` and `/console/holds`: what is to be removed, and what must not be.

use askama::Template;
use jiff::Timestamp;

use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::PersonToken;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// Removals that are announced, the next first.
#[derive(Debug, Template)]
#[template(path = "console/expirations.html")]
pub struct Expirations {
    /// The frame of the page.
    pub frame: Frame,
    /// The removals, the next one first.
    pub expirations: Vec<Expiration>,
}

/// A removal that is announced.
#[derive(Debug, Clone)]
pub struct Expiration {
    /// The name of the removal in forms (member `row`).
    pub row: String,
    /// The token of the person whose data it is.
    pub person: PersonToken,
    /// When it was announced.
    pub started: Timestamp,
    /// The moment at which it happens.
    pub due: Timestamp,
    /// Whether it waits or is held.
    pub state: ExpirationState,
}

/// How a removal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpirationState {
    /// The person can still keep the data.
    Waiting,
    /// It was due, and a hold keeps the data.
    Held,
}

/// Holds on data, the next to end first.
#[derive(Debug, Template)]
#[template(path = "console/holds.html")]
pub struct Holds {
    /// The frame of the page.
    pub frame: Frame,
    /// The holds, the next to end first.
    pub holds: Vec<Hold>,
}

/// A hold: data that a law keeps.
#[derive(Debug, Clone)]
pub struct Hold {
    /// The name of the hold in forms (member `row`).
    pub row: String,
    /// The token of the person whose data it is.
    pub person: PersonToken,
    /// The reason that staff gave for it.
    pub reason: String,
    /// The law that asks for it.
    pub law: String,
    /// The moment at which it ends by itself.
    pub until: Timestamp,
    /// The fields that stay; none named: all of them.
    pub keep: Vec<String>,
}

impl ExpirationState {
    fn text(self) -> Staff {
        match self {
            Self::Waiting => Staff::ExpirationWaiting,
            Self::Held => Staff::ExpirationHeld,
        }
    }
}

pages!(Expirations, Holds);
