//! `/console/person/{s}`: one person, masked; a field in clear where one was asked for.

use std::borrow::Cow;

use askama::Template;
use jiff::Timestamp;

use super::Hold;
use crate::base::DataClass;
use crate::base::Purpose;
use crate::base::Sensitive;
use crate::pages::Frame;
use crate::pages::Path;
use crate::pages::PersonToken;
use crate::pages::frame::Action;
use crate::pages::pages;
use crate::pages::portal::Consent;
use crate::pages::portal::Look;
use crate::pages::text::Shared;
use crate::pages::text::Staff;

/// Shows one person to staff, masked.
#[derive(Debug, Template)]
#[template(path = "console/person.html")]
pub struct Person {
    /// The frame of the page.
    pub frame: Frame,
    /// The person's token, the one name that the page has for them.
    pub person: PersonToken,
    /// Purposes that staff may name.
    pub purposes: Vec<Purpose>,
    /// The purpose that is named now.
    pub purpose: Option<Purpose>,
    /// The holds on the person's data.
    pub holds: Vec<Hold>,
    /// When the data is to be removed.
    pub removal: Option<Timestamp>,
    /// Fields of the profile and of documents.
    pub fields: Vec<MaskedField>,
    /// Fields of proxied records.
    pub records: Vec<MaskedField>,
    /// Consents, as the person sees them.
    pub consents: Vec<Consent>,
    /// The last looks, newest first.
    pub seen: Vec<Look>,
    /// A link by which the person signs in, shown once.
    pub link: Option<Sensitive<String>>,
}

/// A field, as much of it as may be seen.
#[derive(Debug, Clone)]
pub struct MaskedField {
    /// The name of the field in forms (member `row`).
    pub row: String,
    /// The name of the field at its source.
    pub name: String,
    /// The class of the value, if it has one.
    pub class: Option<DataClass>,
    /// What is shown of it.
    pub shown: Shown,
}

/// What is shown of a field.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A mask, such as `a***@example.com`; the value can be asked for.
    Mask(String),
    /// Nothing: policies do not show it.
    Hidden,
    /// The value in clear, on this one answer only.
    Clear(Sensitive<String>),
}

impl MaskedField {
    fn label<'a>(&'a self, frame: &Frame) -> Cow<'a, str> {
        match &self.class {
            Some(class) => frame.class(class),
            None => Cow::Borrowed(self.name.as_str()),
        }
    }
}

impl Person {
    fn is_purpose(&self, purpose: &Purpose) -> bool {
        self.purpose.as_ref() == Some(purpose)
    }
}

pages!(Person);
