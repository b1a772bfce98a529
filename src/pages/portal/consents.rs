//! `/me/consents`: what a person agreed to. Withdrawing is as easy as giving.

use askama::Template;
use jiff::Timestamp;

use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// Consents, by basis.
#[derive(Debug, Template)]
#[template(path = "portal/consents.html")]
pub struct Consents {
    /// The frame of the page.
    pub frame: Frame,
    /// The consents that can be given here.
    pub consents: Vec<Consent>,
}

/// A consent that a person can give and withdraw.
#[derive(Debug, Clone)]
pub struct Consent {
    /// The name of the consent in forms (member `row`).
    pub row: String,
    /// What it is for, in few words.
    pub title: String,
    /// What the person agrees to, word by word.
    pub wording: String,
    /// The state that counts now.
    pub state: ConsentState,
    /// What happened to it, newest first.
    pub history: Vec<ConsentEvent>,
}

/// How a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentState {
    /// It was never given.
    Absent,
    /// It was given then, and counts.
    Given(Timestamp),
    /// It was refused then; nobody asks again.
    Refused(Timestamp),
    /// It was withdrawn by the person, then.
    Withdrawn(Timestamp),
    /// It ended by itself, then.
    Expired(Timestamp),
}

/// A change of a consent.
#[derive(Debug, Clone)]
pub struct ConsentEvent {
    /// What became of it, and when.
    pub state: ConsentState,
    /// How it was said, such as `web form`.
    pub method: String,
}

impl ConsentState {
    fn is_given(self) -> bool {
        matches!(self, Self::Given(_))
    }

    pub(in crate::pages) fn text(self) -> Portal {
        match self {
            Self::Absent => Portal::ConsentAbsent,
            Self::Given(_) => Portal::ConsentGiven,
            Self::Refused(_) => Portal::ConsentRefused,
            Self::Withdrawn(_) => Portal::ConsentWithdrawn,
            Self::Expired(_) => Portal::ConsentExpired,
        }
    }

    pub(in crate::pages) fn since(self) -> Option<Timestamp> {
        match self {
            Self::Absent => None,
            Self::Given(at) | Self::Refused(at) | Self::Withdrawn(at) | Self::Expired(at) => {
                Some(at)
            }
        }
    }
}

pages!(Consents);
