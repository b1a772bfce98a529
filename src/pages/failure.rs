//! The page that says that something went wrong.

use askama::Template;
use http::StatusCode;

use super::Frame;
use super::Path;
use super::frame::Action;
use super::pages;
use super::text::Errors;
use super::text::Shared;

/// What went wrong, as far as people can tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A request that cannot be read.
    Unreadable,
    /// No session, or one that is over.
    SignedOut,
    /// No policy permits it.
    Forbidden,
    /// A form without its token, or from another site.
    Foreign,
    /// No page at this path.
    NotFound,
    /// A link that was used, is over, or never was: nobody learns which.
    LinkOver,
    /// What was shown is not what is stored any more.
    Changed,
    /// A hold forbids it.
    OnHold,
    /// A limit is reached.
    TooMany,
    /// A part is out of reach, and nothing was done.
    Unavailable,
    /// A part did not answer in time, so nobody knows.
    Unknown,
}

impl Failure {
    /// Returns the status of its page.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Foreign => StatusCode::FORBIDDEN,
            Self::NotFound | Self::LinkOver => StatusCode::NOT_FOUND,
            Self::Changed | Self::OnHold => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable | Self::Unknown => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn happened(self) -> Errors {
        match self {
            Self::Unreadable => Errors::Unreadable,
            Self::SignedOut => Errors::SignedOut,
            Self::Forbidden => Errors::Forbidden,
            Self::Foreign => Errors::Foreign,
            Self::NotFound => Errors::NotFound,
            Self::LinkOver => Errors::LinkOver,
            Self::Changed => Errors::Changed,
            Self::OnHold => Errors::OnHold,
            Self::TooMany => Errors::TooMany,
            Self::Unavailable => Errors::Unavailable,
            Self::Unknown => Errors::Unknown,
        }
    }

    fn did_not(self) -> Errors {
        match self {
            Self::Unknown => Errors::UnknownDid,
            Self::OnHold => Errors::OnHoldDid,
            Self::Unreadable
            | Self::SignedOut
            | Self::Forbidden
            | Self::Foreign
            | Self::NotFound
            | Self::LinkOver
            | Self::Changed
            | Self::TooMany
            | Self::Unavailable => Errors::NothingChanged,
        }
    }

    fn to_do(self) -> Errors {
        match self {
            Self::Unreadable => Errors::UnreadableDo,
            Self::SignedOut => Errors::SignedOutDo,
            Self::Forbidden => Errors::ForbiddenDo,
            Self::Foreign => Errors::ForeignDo,
            Self::NotFound => Errors::NotFoundDo,
            Self::LinkOver => Errors::LinkOverDo,
            Self::Changed => Errors::ChangedDo,
            Self::OnHold => Errors::OnHoldDo,
            Self::TooMany => Errors::TooManyDo,
            Self::Unavailable => Errors::UnavailableDo,
            Self::Unknown => Errors::UnknownDo,
        }
    }
}

/// What happened, what did not, what to do, and the number of the request.
#[derive(Debug, Template)]
#[template(path = "failure.html")]
pub struct FailurePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The failure that the page tells of.
    pub failure: Failure,
    /// Where to go on: `/`, `/me` or `/console`.
    pub onward: Path,
}

pages!(FailurePage);
