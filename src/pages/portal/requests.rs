//! `/me/requests`: what a person asked for, and until when it is decided.

use askama::Template;
use jiff::Timestamp;

use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// A person's own requests, newest first.
#[derive(Debug, Template)]
#[template(path = "portal/requests.html")]
pub struct Requests {
    /// The frame of the page.
    pub frame: Frame,
    /// The requests, the newest first.
    pub requests: Vec<OwnRequest>,
}

/// A request that a human decides.
#[derive(Debug, Clone)]
pub struct OwnRequest {
    /// The name of the request in forms (member `row`).
    pub row: String,
    /// What is asked for.
    pub kind: RequestKind,
    /// When it was asked.
    pub asked: Timestamp,
    /// Until when it must be decided.
    pub due: Timestamp,
    /// Whether it is open, and how it ended.
    pub state: RequestState,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestKind {
    /// Removing everything.
    Erase,
    /// Correcting a field of this name.
    Change(String),
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody decided yet.
    Open,
    /// Approved and done, then.
    Approved(Timestamp),
    /// Refused, for this reason.
    Refused {
        /// When it was refused.
        at: Timestamp,
        /// What the company says why.
        reason: String,
    },
    /// Taken back by the person, then.
    Cancelled(Timestamp),
}

pages!(Requests);
