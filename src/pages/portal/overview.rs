//! `/me`: what is held, how often it was seen, and whether it is to be removed.

use askama::Template;
use jiff::Timestamp;

use crate::base::DataClass;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// The overview of a person's data.
#[derive(Debug, Template)]
#[template(path = "portal/overview.html")]
pub struct Overview {
    /// The frame of the page.
    pub frame: Frame,
    /// How many values of each class are held.
    pub held: Vec<Held>,
    /// How often somebody looked.
    pub looks: Looks,
    /// The removal that is planned.
    pub removal: Option<Removal>,
    /// Requests that are not decided.
    pub open_requests: u64,
    /// Consents that are given.
    pub consents: u64,
    /// Shares that are live.
    pub shares: u64,
}

/// Values of one class.
#[derive(Debug, Clone)]
pub struct Held {
    /// The class of the values.
    pub class: DataClass,
    /// The number of values of the class.
    pub count: u64,
}

/// How often somebody looked.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// The number of looks on record.
    pub count: u64,
    /// The moment of the last look.
    pub last: Option<Timestamp>,
}

/// A removal that was announced.
#[derive(Debug, Clone, Copy)]
pub enum Removal {
    /// It happens then, unless the person keeps the data.
    Planned(Timestamp),
    /// It was due then, and a hold keeps the data.
    Held(Timestamp),
}

pages!(Overview);
