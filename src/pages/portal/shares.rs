//! `/me/shares`: what partners can read.

use askama::Template;
use jiff::Timestamp;

use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// Shares that are live.
#[derive(Debug, Template)]
#[template(path = "portal/shares.html")]
pub struct Shares {
    /// The frame of the page.
    pub frame: Frame,
    /// The shares, newest first.
    pub shares: Vec<Share>,
}

/// Fields that a partner can read for a while.
#[derive(Debug, Clone)]
pub struct Share {
    /// The name of the share in forms (member `row`).
    pub row: String,
    /// The name of the partner who can read it.
    pub partner: String,
    /// The country of the partner.
    pub country: Option<String>,
    /// Names of the fields.
    pub fields: Vec<String>,
    /// The end of the share.
    pub until: Timestamp,
    /// How often it was read.
    pub reads: u64,
    /// How often it can still be read; `None` for any number.
    pub reads_left: Option<u64>,
}

pages!(Shares);
