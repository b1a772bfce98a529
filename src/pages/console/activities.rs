//! `/console/activities`: the record of processing activities (GDPR, article 30).

use askama::Template;

use crate::base::DataClass;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// The record.
#[derive(Debug, Template)]
#[template(path = "console/activities.html")]
pub struct Activities {
    /// The frame of the page.
    pub frame: Frame,
    /// The activities.
    pub activities: Vec<Activity>,
    /// Live routes that no activity covers.
    pub uncovered: Vec<String>,
}

/// One activity.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The name of the activity in forms (member `row`).
    pub row: String,
    /// What it is, such as `deliver orders`.
    pub title: String,
    /// The kinds of data that it uses.
    pub classes: Vec<DataClass>,
    /// The lawful bases.
    pub bases: Vec<String>,
    /// Who gets the data.
    pub recipients: Vec<Recipient>,
    /// How long the data is kept, as the file says it: `2y`.
    pub retention: Option<String>,
}

/// Who gets data.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The name of who gets it.
    pub name: String,
    /// The country.
    pub country: String,
}

pages!(Activities);
