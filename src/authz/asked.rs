//! Both kinds of question in one form, for what does not care which it is.

use std::net::IpAddr;

use super::Holding;
use super::HoldingQuestion;
use super::Question;
use crate::base::DataClass;
use crate::base::Principal;
use crate::base::Purpose;
use crate::base::RouteId;
use crate::base::Timestamp;

/// A question, whatever it is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) principal: &'a Principal,
    pub(super) action: &'static str,
    pub(super) about: About<'a>,
    pub(super) purpose: Option<&'a Purpose>,
    pub(super) method: &'a str,
    pub(super) source: IpAddr,
    pub(super) now: Timestamp,
}

/// What a question is about: the resource.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// A class of data on a route.
    Data { class: &'a DataClass, route: &'a RouteId, own: bool },
    /// What is kept about a person.
    Holding(Holding<'a>),
}

impl<'a> From<&Question<'a>> for Asked<'a> {
    fn from(question: &Question<'a>) -> Self {
        let &Question { principal, action, class, route, own, purpose, method, source, now } =
            question;
        let about = About::Data { class, route, own };
        Self { principal, action: action.as_str(), about, purpose, method, source, now }
    }
}

impl<'a> From<&HoldingQuestion<'a>> for Asked<'a> {
    fn from(question: &HoldingQuestion<'a>) -> Self {
        let &HoldingQuestion { principal, action, holding, purpose, method, source, now } =
            question;
        let about = About::Holding(holding);
        Self { principal, action: action.as_str(), about, purpose, method, source, now }
    }
}
