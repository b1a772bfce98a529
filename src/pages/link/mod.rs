//! Pages behind links that were sent: keeping or removing data, signing in, and what was shared.
//!
//! A link that is opened changes nothing, since mail scanners open links, too: its page has a button.

use askama::Template;
use jiff::Timestamp;

use crate::base::Sensitive;
use crate::pages::Frame;
use crate::pages::LinkToken;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Link;
use crate::pages::text::Shared;

/// `/v1/exp/retain/{t}`, `/v1/exp/delete/{t}`: one question, one button.
#[derive(Debug, Template)]
#[template(path = "link/removal.html")]
pub struct RemovalLink {
    /// The frame of the page.
    pub frame: Frame,
    /// The token of the link.
    pub token: LinkToken,
    /// What the link asks.
    pub question: Question,
    /// When the data is removed, if nothing is clicked.
    pub removal: Timestamp,
}

/// Tells what a link was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether the data should stay.
    Keep,
    /// Whether the data should go now.
    Remove,
}

/// What became of it: the page that the button leads to, also when it is pressed again.
#[derive(Debug, Template)]
#[template(path = "link/done.html")]
pub struct Done {
    /// The frame of the page.
    pub frame: Frame,
    /// What became of it.
    pub end: End,
}

/// What became of an announced removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The data stays, its removal is called off.
    Kept,
    /// The data is removed.
    Removed,
    /// A hold keeps the data; removing it is a request now.
    Requested,
}

/// A link by which a person signs in once, without a code.
#[derive(Debug, Template)]
#[template(path = "link/portal.html")]
pub struct PortalLink {
    /// The frame of the page; it says where the button posts to.
    pub frame: Frame,
}

/// `/v1/get/{record}` in a browser: what was shared with a partner.
#[derive(Debug, Template)]
#[template(path = "link/shared.html")]
pub struct SharedRecord {
    /// The frame of the page.
    pub frame: Frame,
    /// Who it is shared with.
    pub partner: String,
    /// The fields, in the order in which they were shared.
    pub fields: Vec<SharedField>,
    /// The end of the share.
    pub until: Timestamp,
    /// How often it can still be read; `None` for any number.
    pub reads_left: Option<u64>,
}

/// A field that is shared.
#[derive(Debug, Clone)]
pub struct SharedField {
    /// The name of the field.
    pub name: String,
    /// Its value now; `None` when there is none any more.
    pub value: Option<Sensitive<String>>,
}

pages!(RemovalLink, Done, PortalLink, SharedRecord);
