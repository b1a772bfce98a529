//! `/console/activities`: the record of processing activities (GDPR, article 30).

use askama::Template;

use crate::base::DataClass;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// Shows the record of processing activities, and what it does not cover.
#[derive(Debug, Template)]
#[template(path = "console/activities.html")]
pub struct Activities {
    /// The frame of the page.
    pub frame: Frame,
    /// The activities, in the order in which they were described.
    pub activities: Vec<Activity>,
    /// Live routes that no activity covers.
    pub uncovered: Vec<String>,
}

/// An entry of the record: what is done with which data, on what basis, for whom.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The name of the activity in forms (member `row`).
    pub row: String,
    /// What it is, such as `deliver orders`.
    pub title: String,
    /// The kinds of data that it uses.
    pub classes: Vec<DataClass>,
    /// The lawful bases (GDPR, article 6), by name.
    pub bases: Vec<String>,
    /// Who gets the data.
    pub recipients: Vec<Recipient>,
    /// How long the data is kept, as the file says it: `2y`.
    pub retention: Option<String>,
}

/// Somebody who gets data in the course of an activity.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The name of who gets it.
    pub name: String,
    /// The country of who gets it (ISO 3166-1, two letters).
    pub country: String,
}

pages!(Activities);
