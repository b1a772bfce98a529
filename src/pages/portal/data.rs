//! `/me/data`: every value, where it is from, and how it can be corrected.

use std::borrow::Cow;

use askama::Template;

use crate::base::DataClass;
use crate::base::Sensitive;
use crate::pages::Anchor;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::text::Portal;
use crate::pages::text::Shared;

/// Fields of the profile, documents of applications, and proxied records.
#[derive(Debug, Template)]
#[template(path = "portal/data.html")]
pub struct Data {
    /// The frame of the page.
    pub frame: Frame,
    /// Groups of fields, each with its source.
    pub groups: Vec<FieldGroup>,
}

/// Fields from one source.
#[derive(Debug, Clone)]
pub struct FieldGroup {
    /// Where the fields are kept.
    pub source: Source,
    /// The fields, in the order of the source.
    pub fields: Vec<DataField>,
}

/// Where fields are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the profile that the company keeps.
    Profile,
    /// In the document that an application keeps.
    Document(String),
    /// In an application, which has tokens in their place.
    Records(String),
}

/// A field with its value in clear.
#[derive(Debug, Clone)]
pub struct DataField {
    /// The name of the field in the form that changes it (member `row`).
    pub row: String,
    /// The name of the field at its source.
    pub name: String,
    /// The class of the value, if it has one.
    pub class: Option<DataClass>,
    /// The value in clear.
    pub value: Sensitive<String>,
    /// How it can be changed.
    pub change: Change,
    /// What the person typed, when it was refused.
    pub refused: Option<Refused>,
}

/// A value that was typed and refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The text that was typed, shown again to be corrected.
    pub entered: Sensitive<String>,
    /// What is wrong with it.
    pub fault: ValueFault,
}

/// How a field can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// By the person, at once.
    Now,
    /// By a request that a human decides.
    Request,
    /// By nobody on this page.
    Locked,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFault {
    /// Nothing was typed.
    Missing,
    /// It does not have the form of its class.
    Malformed,
    /// It is longer than a field may be.
    TooLong,
    /// It identifies somebody else.
    Taken,
}

impl ValueFault {
    fn text(self) -> Portal {
        match self {
            Self::Missing => Portal::ValueMissing,
            Self::Malformed => Portal::ValueMalformed,
            Self::TooLong => Portal::ValueTooLong,
            Self::Taken => Portal::ValueTaken,
        }
    }
}

impl DataField {
    /// Returns what people call the field.
    fn label<'a>(&'a self, frame: &Frame) -> Cow<'a, str> {
        match &self.class {
            Some(class) => frame.class(class),
            None => Cow::Borrowed(self.name.as_str()),
        }
    }
}

impl Data {
    fn has_faults(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.fields).any(|field| field.refused.is_some())
    }
}

pages!(Data);
